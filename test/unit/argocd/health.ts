import { readFileSync } from 'node:fs';
import { Lua } from 'wasmoon-lua5.1';
import { parseAllDocuments } from 'yaml';
import { group, type KubernetesObject } from '../../../hooks/api/object.ts';
import { packageFile } from '../../../hooks/runtime/package-file.ts';
import { type Json, literal } from '../../support/fluent-bit/lua-runner.ts';

/** The key of a kind's check in argocd-cm. */
export const checkOf = (kind: string) => `resource.customizations.health.${group}_${kind}`;

/** Objects of a file in argocd/. */
export function manifests(name: string): unknown[] {
  return parseAllDocuments(readFileSync(packageFile(`argocd/${name}`), 'utf8')).map((document) => document.toJS());
}

export interface Health {
  status: 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended';
  message: string;
}

function script(kind: string): string {
  const { data } = manifests('argocd-cm.yaml')[0] as { data: Record<string, string> };
  return data[checkOf(kind)] ?? '';
}

/** Argo CD runs a check with the base and table libraries and nothing else; even strings have no methods. */
const sandbox = `
getmetatable("").__index = nil
for _, name in ipairs({"string", "math", "io", "os", "debug", "coroutine"}) do _G[name] = nil end
function array(t) return t end
`;

/** Runs a health check on an object, as Argo CD does: it is the global obj, and what is returned counts. */
export async function run(code: string, object: Json): Promise<Health> {
  const lua = await Lua.create();
  let health: Health | undefined;
  // Results of a chunk stay on the interpreter's stack for good: what it says goes through a function instead.
  lua.ctx.report = (status: Health['status'], message: string) => {
    health = { status, message };
  };
  await lua.doString(sandbox);
  await lua.doString(`obj = ${literal(object)}
local function check() ${code}
end
local hs = check()
report(hs.status, hs.message)`);
  if (health === undefined) throw new Error('the check returned nothing');
  return health;
}

/** Health of an object as it stands. */
export function healthOf(object: KubernetesObject | undefined): Promise<Health> {
  if (object === undefined) throw new Error('no object to check');
  return run(script(object.kind), JSON.parse(JSON.stringify(object)) as Json);
}
