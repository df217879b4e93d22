import { type Hook, hooksOf } from './call.ts';
import type { Controller, HookName } from './controller.ts';

export interface Route {
  path: string;
  controller: string;
  hookName: HookName;
  hook: Hook;
}

/** The one table of hooks by path, for the server, the engine and the tests. */
export function routes(controllers: readonly Controller[]): Route[] {
  return controllers.flatMap((controller) =>
    (Object.entries(hooksOf(controller)) as [HookName, Hook][]).map(([hookName, hook]) => ({
      path: `/hooks/${controller.name}/${hookName}`,
      controller: controller.name,
      hookName,
      hook,
    })),
  );
}
