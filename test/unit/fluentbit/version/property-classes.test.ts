import { describe, expect, it } from 'vitest';
import { allowedByDefault, neverReason } from '../../../../hooks/fluentbit/policy/plugins.ts';
import {
  type ConfigurableKind,
  catalogue,
  pluginNames,
  propertyType,
} from '../../../../hooks/fluentbit/version/catalogue.ts';
import { ambientOutputs } from '../../../../hooks/fluentbit/version/checks/ambient-identity.ts';
import { limitFault } from '../../../../hooks/fluentbit/version/checks/class-limits.ts';
import { namesDestination } from '../../../../hooks/fluentbit/version/plugins/destination-properties.ts';
import { parserProperties } from '../../../../hooks/fluentbit/version/plugins/parser-properties.ts';
import { pathRule } from '../../../../hooks/fluentbit/version/plugins/path-rules.ts';
import { reservedReason } from '../../../../hooks/fluentbit/version/plugins/reserved.ts';
import {
  type ClassifiedProperty,
  classOf,
  everyClassified,
  safeDefaults,
} from '../../../../hooks/fluentbit/version/property-classes.ts';

/** Every property that a tenant may set: of plugins that a policy allows by default, and of parsers. */
const all: [kind: ConfigurableKind, plugin: string, property: string][] = [
  ...(['filter', 'output'] as const).flatMap((kind) =>
    allowedByDefault(kind).flatMap((plugin) =>
      [...Object.keys(catalogue.plugins[kind][plugin] ?? {}), ...Object.keys(catalogue.common[kind])].map(
        (property): [ConfigurableKind, string, string] => [kind, plugin, property],
      ),
    ),
  ),
  ...(['parser', 'multilineParser'] as const).flatMap((kind) =>
    parserProperties[kind].map((property): [ConfigurableKind, string, string] => [kind, '', property]),
  ),
];
const rows = everyClassified();
const named = (list: typeof all) => list.map((one) => one.join(' '));
const free = all.filter(([kind, plugin, property]) => reservedReason(kind, plugin, property) === undefined);
const of = (name: ClassifiedProperty['class']) =>
  free.filter(([kind, plugin, property]) => classOf(kind, plugin, property)?.class === name);
const names = (list: typeof all) => [...new Set(list.map(([kind, , property]) => `${kind} ${property}`))].sort();
const bounded = ({ allow, pattern, max, min, forbid }: ClassifiedProperty) =>
  forbid === true || [allow, pattern, max, min].some((limit) => limit !== undefined);

describe('every property that a tenant may set', () => {
  it('is classified', () => {
    expect(all.length).toBeGreaterThan(1500);
    const unknown = all.filter(
      ([kind, plugin, property]) =>
        classOf(kind, plugin, property) === undefined && reservedReason(kind, plugin, property) === undefined,
    );
    expect(named(unknown)).toEqual([]);
  });

  it('is refused until it is: a new version brings its properties so', () => {
    const http = catalogue.plugins.output['http'] as Record<string, string>;
    expect(reservedReason('output', 'http', 'brand_new')).toBeUndefined();
    http['brand_new'] = 'string';
    try {
      expect(reservedReason('output', 'http', 'Brand_New')).toContain('Nobody has looked yet');
    } finally {
      delete http['brand_new'];
    }
  });

  it('has a sentence that says what it does, and the place in the source', () => {
    for (const { plugin, property, why, source } of rows) {
      expect(why, `${plugin} ${property}`).toMatch(/^['A-Z0-9].{6,}\.$/s);
      expect(source, `${plugin} ${property}`).toMatch(/^(src|plugins|lib|include)\/[\w./-]+:\d+/);
    }
  });

  it('says only what is written for sure: defaults of outputs, and of parsers', () => {
    const written = rows.filter(({ set }) => set !== undefined);
    expect(written.length).toBeGreaterThan(10);
    for (const { kind, plugin, property } of written)
      expect(kind === 'parser' || kind === 'output', `${kind}/${plugin} ${property}`).toBe(true);
  });

  it('is written for every output that has it, where all have one row', () => {
    const unset = () => false;
    const limited = pluginNames('output').filter((plugin) =>
      safeDefaults('output', plugin, unset).some(([name]) => name === 'net.io_timeout'),
    );
    expect(limited).toEqual(pluginNames('output').filter((plugin) => propertyType('output', plugin, 'net.io_timeout')));
    expect(limited.length).toBeGreaterThan(25);
    expect(safeDefaults('output', 'http', () => true)).toEqual([]);
  });

  it('belongs to a plugin of this version', () => {
    const kinds = ['filter', 'output'] as const;
    for (const kind of kinds)
      for (const row of rows.filter((one) => one.kind === kind && one.plugin !== '*'))
        expect(pluginNames(kind), row.plugin).toContain(row.plugin);
  });
});

describe('what follows from a class', () => {
  it('log: nobody can switch on what writes into the log of the agent', () => {
    const open = of('log').filter(([kind, plugin, property]) => !bounded(classOf(kind, plugin, property) ?? never));
    // Each names a key of a record; what is logged is a line for each record that lacks it.
    const perRecord = /(_key|_accessor|sas_token|str_key|int_key|uint_key|float_key)$/;
    expect(named(open.filter(([, , property]) => !perRecord.test(property)))).toEqual(['parser  time_format']);
    expect(classOf('parser', '', 'time_strict')).toMatchObject({ set: false, allow: ['false'] });
  });

  it('size and time: they have bounds', () => {
    const open = [...of('size'), ...of('time')].filter(
      ([kind, plugin, property]) => !bounded(classOf(kind, plugin, property) ?? never),
    );
    expect(names(open)).toEqual([
      // With numbers as keys only, which no log of a pod has.
      'filter add_prefix',
      'output auto_retry_requests',
      // It keeps a worker of its own.
      'output oauth2.enable',
      'output require_ack_response',
      // Chunks that wait are parked before their tasks are too many.
      'output retry_limit',
      'output topic_key',
      'output use_put_object',
    ]);
  });

  it('address: the policy looks at it, or only harmless values are taken', () => {
    const open = of('address').filter(([kind, plugin, property]) => {
      const looked = (kind === 'filter' || kind === 'output') && namesDestination(kind, plugin, property);
      return !looked && !bounded(classOf(kind, plugin, property) ?? never);
    });
    // With the proxies of the policy, and a name in a handshake.
    expect(names(open)).toEqual(['output net.proxy_env_ignore', 'output tls.vhost']);
  });

  it('path: a declared file, or a path that the policy has to allow', () => {
    const open = of('path').filter(
      ([kind, plugin, property]) =>
        !bounded(classOf(kind, plugin, property) ?? never) &&
        ((kind !== 'filter' && kind !== 'output') || pathRule(kind, plugin, property) === undefined),
    );
    expect(named(open)).toEqual([]);
  });

  it('identity: the policy has to name the output', () => {
    for (const [, plugin] of of('identity')) expect(ambientOutputs).toContain(plugin);
  });

  it('code: the policy decides', () => {
    expect(new Set(of('code').map(([, plugin]) => plugin))).toEqual(new Set(['lua', 'wasm']));
  });
});

describe('a limit', () => {
  const text = (value: string) => ({ text: value, secret: false, unknown: false, file: false, references: [] });
  const row = (limits: Partial<ClassifiedProperty>): ClassifiedProperty => ({
    class: 'size',
    why: 'It grows.',
    source: 'src/x.c:1',
    ...limits,
  });

  it.each([
    [row({ max: 10, unit: 'bytes' }), 'string', 'ä'.repeat(5), true],
    [row({ max: 10, unit: 'bytes' }), 'string', 'ä'.repeat(6), false],
    [row({ min: 4096, max: 512_000, unit: 'bytes' }), 'size', '512K', true],
    [row({ min: 4096, max: 512_000, unit: 'bytes' }), 'size', '1M', false],
    [row({ min: 4096, max: 512_000, unit: 'bytes' }), 'size', 'false', false],
    [row({ min: 4096, max: 512_000, unit: 'bytes' }), 'size', '0', false],
    [row({ min: 1, max: 60, unit: 'seconds' }), 'time', '1m', true],
    [row({ min: 1, max: 60, unit: 'seconds' }), 'time', '2m', false],
    [row({ min: 1, max: 60, unit: 'seconds' }), 'integer', '0', false],
    [row({ min: 1, max: 4 }), 'integer', '4', true],
    [row({ min: 1, max: 4 }), 'integer', '-1', false],
    [row({ allow: ['false'] }), 'boolean', 'Off', true],
    [row({ allow: ['false'] }), 'boolean', 'yes', false],
    [row({ allow: ['json_lines'] }), 'string', 'JSON_lines', true],
    [row({ allow: ['json_lines'] }), 'string', 'msgpack', false],
    [row({ pattern: '^[a-z0-9-]{1,32}$' }), 'string', 'eu-central-1', true],
    [row({ pattern: '^[a-z0-9-]{1,32}$' }), 'string', 'x.evil.example', false],
  ] as const)('%o of type %s, %s: %s', (limits, type, value, fine) => {
    expect(limitFault(limits, type, text(value)) === undefined).toBe(fine);
    const secret = limitFault(limits, type, { ...text(value), secret: true });
    if (value.length > 3) expect(secret?.message ?? '').not.toContain(value);
  });
});

it('plugins that corrupt the memory of the agent are allowed by no policy', () => {
  for (const plugin of ['slack', 'oracle_log_analytics']) expect(neverReason('output', plugin)).toMatch(/corrupts/);
  expect(neverReason('filter', 'alter_size')).toMatch(/corrupts/);
});

const never: ClassifiedProperty = { class: 'plain', why: '', source: '' };
