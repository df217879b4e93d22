import type { Controller, HookName } from './controller.ts';
import { type Hook, hooksOf } from './invoke.ts';

export interface Route {
  path: string;
  controller: string;
  hookName: HookName | 'validate';
  hook: Hook;
  /** Most of what is related is as it was in the request before. */
  incremental?: boolean;
  /** Of a route that is called without a token: limits of its own, so that it takes nothing from the others. */
  open?: {
    bodyLimit: string;
    maxInFlight: number;
    /** In which a request must have come and be answered. */
    seconds: number;
  };
}

/** The one table of hooks by path, for the server, the engine and the tests. */
export function routes(controllers: readonly Controller[]): Route[] {
  return controllers.flatMap((controller) =>
    (Object.entries(hooksOf(controller)) as [HookName, Hook][]).map(([hookName, hook]) => ({
      path: `/hooks/${controller.name}/${hookName}`,
      controller: controller.name,
      hookName,
      hook,
      incremental: hookName === 'sync' && controller.incremental === true,
    })),
  );
}
