import { z } from 'zod';
import { dnsLabel } from './object.ts';

const plugin = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/);

function plugins(what: string) {
  return z.array(plugin).max(128).optional().meta({ 'x-kubernetes-list-type': 'atomic' }).describe(what);
}

/** An address, a range (`10.0.0.0/8`), a name, or the end of names (`*.example.com`); `*` for everything. */
const destination = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9*.:/_-]+$/);

function destinations(what: string) {
  return z.array(destination).max(256).optional().meta({ 'x-kubernetes-list-type': 'atomic' }).describe(what);
}

function choice(kind: string, byDefault: string) {
  return z
    .strictObject({
      allow: plugins(`The only ${kind}s that may be used; when left out: ${byDefault}.`),
      deny: plugins(`${kind === 'filter' ? 'Filters' : 'Outputs'} that may not be used, even if they are allowed.`),
    })
    .optional()
    .describe(`Which ${kind}s of Fluent Bit tenants may use. The reference lists those that no policy can allow.`);
}

/** What tenants may do. Every field has a safe default, so that no policy at all is a safe one. */
export const Policy = z.strictObject({
  controlNamespaces: z
    .array(dnsLabel)
    .max(256)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Namespaces that may select the logs of other namespaces, by their exact names. None when left out.'),
  outputs: choice('output', 'all that ship over the network with settings of their own, and null'),
  filters: choice('filter', 'all that work on the record alone'),
  code: z
    .enum(['Template', 'Any', 'None'])
    .optional()
    .describe(
      'Lua and WASM run on every node, as the agent. Template (default): only filters that are word for word those of the ClusterTemplate they come from. Any: whatever tenants write. None: no such filter.',
    ),
  destinations: z
    .strictObject({
      allow: destinations(
        'Where outputs may ship to: addresses, ranges, names, ends of names such as *.example.com, * for everything. Default *.',
      ),
      deny: destinations(
        'Where they may not. Loopback, link-local, multicast and metadata addresses are always in this list. The more specific of two entries counts; of two that are equally so, this one.',
      ),
    })
    .optional()
    .describe(
      'Where outputs may ship to, as far as their settings tell. Names resolve later: only the network can hold them to it.',
    ),
  ambientIdentity: plugins(
    'Outputs that may use an identity which the node or the agent has from its cloud (AWS, GCP, Azure). None when left out: outputs bring credentials of their own.',
  ),
  proxies: z
    .boolean()
    .optional()
    .describe('True lets outputs name a proxy, and go around that of the agent. Default false.'),
  nodePaths: z
    .boolean()
    .optional()
    .describe('True lets properties name any path of the node. Default false: only declared files, as $(name).'),
});

export type Policy = z.infer<typeof Policy>;
