import type { Route } from '../kit/routes.ts';
import { review } from './review.ts';

/**
 * What the API server calls. It has no token to send, so anybody who reaches the port may ask; an answer tells nothing
 * that was not in the question. The limits are its own, so that whoever floods it holds up no hook for long.
 */
export const admissionRoute: Route = {
  path: '/admission/validate',
  controller: 'admission',
  hookName: 'validate',
  hook: review,
  open: { bodyLimit: '4mb', maxInFlight: 16, seconds: 5 },
};
