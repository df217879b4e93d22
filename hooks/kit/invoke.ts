import { isCompositeReply } from '../api/wire/fast-shape.ts';
import {
  CompositeReply,
  CompositeRequest,
  CustomizeReply,
  DecoratorReply,
  DecoratorRequest,
} from '../api/wire/metacontroller.ts';
import { type Context, type Controller, type HookName, whenThere } from './controller.ts';
import { checkReply, checkRules } from './reply-rules.ts';
import { lazily, readCustomize } from './request.ts';

/** A hook of a controller, from the parsed JSON of a request to that of its reply, or to a promise of it. */
export type Hook = (body: unknown, context: Context) => unknown;

/**
 * The hooks that a controller has. This is the only way to call one, from the server, the engine, the CLI and the
 * tests: requests are read leniently, replies are checked strictly before they leave. A reply that would harm a
 * cluster is a bug here, and throwing leaves everything as it is.
 */
export function hooksOf(controller: Controller): Partial<Record<HookName, Hook>> {
  const { customize } = controller;
  const hooks: Partial<Record<HookName, Hook>> = {};
  if (controller.type === 'composite') {
    const wrap =
      (hook: typeof controller.sync): Hook =>
      (body, context) => {
        const request = lazily(CompositeRequest, body, 'children');
        const { parent, finalizing } = request;
        return whenThere(hook(request, context), (reply) =>
          checkReply(controller, parent, isCompositeReply(reply) ? reply : CompositeReply.parse(reply), finalizing),
        );
      };
    hooks.sync = wrap(controller.sync);
    if (controller.finalize !== undefined) hooks.finalize = wrap(controller.finalize);
  } else {
    const wrap =
      (hook: typeof controller.sync): Hook =>
      (body, context) => {
        const request = lazily(DecoratorRequest, body, 'attachments');
        const { object, finalizing } = request;
        return whenThere(hook(request, context), (reply) =>
          checkReply(controller, object, DecoratorReply.parse(reply), finalizing),
        );
      };
    hooks.sync = wrap(controller.sync);
    if (controller.finalize !== undefined) hooks.finalize = wrap(controller.finalize);
  }
  if (customize !== undefined)
    hooks.customize = (body, context) =>
      checkRules(controller, CustomizeReply.parse(customize(readCustomize(body), context)));
  return hooks;
}
