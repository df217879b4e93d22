import { describe, expect, it } from 'vitest';
import { Candidate } from '../../../../hooks/api/wire/trial.ts';
import { complete } from '../../../../hooks/binding/complete.ts';
import { sectionsOf } from '../../../../hooks/fluentbit/file/read-yaml.ts';
import { secretKind } from '../../../../hooks/fluentbit/file/secret-kind.ts';
import { toYaml } from '../../../../hooks/fluentbit/file/yaml.ts';
import { trialInput } from '../../../../hooks/fluentbit/render/trial-input.ts';
import { digest } from '../../../../hooks/kubernetes/digest.ts';
import { Sealed } from '../../../../hooks/kubernetes/sealed.ts';
import type { Value } from '../../../../hooks/kubernetes/value.ts';
import { authority } from '../../../support/input/issued-certificates.ts';
import { render } from '../../../support/rendered-spec.ts';

const ca = await authority();
const issued = await ca.issue();

type Spec = Parameters<typeof complete>[0];
interface Tenant {
  namespace?: string;
  name?: string;
  spec?: Partial<Spec>;
  values?: Record<string, string | Buffer>;
  open?: Record<string, string>;
}

const base: Spec = {
  input: { multiline: ['mine'] },
  enrich: { labels: { include: ['app'] } },
  filters: [
    { plugin: 'parser', properties: { key_name: 'log', parser: 'mine' } },
    { plugin: 'lua', properties: { call: 'f', code: 'function f() return 0 end' } },
  ],
  outputs: [
    {
      id: 'main',
      plugin: 'http',
      properties: {
        host: 'a.example.com',
        uri: '/x',
        http_user: '$(user)',
        header: 'X {$(user)}',
        tls: true,
        'tls.crt_file': '$(cert)',
      },
    },
    { id: 'spare', plugin: 'loki', properties: { host: '$(host)' } },
  ],
  parsers: [{ name: 'mine', properties: { format: 'json' } }],
  multilineParsers: [
    {
      name: 'mine',
      properties: { type: 'regex' },
      rules: [{ state: 'start_state', regex: '/^x/', next: 'start_state' }],
    },
  ],
};

function rendered({ namespace = 'shop', name = 'logs', spec = {}, values = {}, open = {} }: Tenant) {
  const value = (file: boolean, secret: boolean, key: string, content: string | Buffer): [string, Value] => [
    key,
    {
      name: key,
      file,
      content: new Sealed(Buffer.from(content)),
      ...(secret ? {} : { text: String(content) }),
    },
  ];
  const all = { user: 'me', ...values };
  return render({
    namespace,
    name,
    generation: 7,
    template: 'ClusterTemplate/t',
    spec: complete({ ...base, ...spec }),
    values: new Map([
      ...Object.entries({ cert: issued.certificate, ...all }).map(([key, content]) =>
        value(!['user'].includes(key), true, key, content),
      ),
      ...Object.entries({ host: 'loki.example.com', ...open }).map(([key, content]) =>
        value(key === 'list', false, key, content),
      ),
    ]),
  });
}

function draftOf(tenant: Tenant) {
  const { draft, problems } = rendered(tenant);
  expect(problems).toEqual([]);
  const made = draft();
  if (made === undefined) throw new Error('no draft');
  return made;
}
const digestOf = (tenant: Tenant) => digest('key', draftOf(tenant).content);
const withOutput = (properties: Record<string, unknown>, index = 0): Tenant => ({
  spec: {
    outputs: base.outputs.map((output, at) =>
      at === index ? { ...output, properties: { ...output.properties, ...properties } as never } : output,
    ),
  },
});
const withFilter = (index: number, properties: Record<string, unknown>): Tenant => ({
  spec: {
    filters: (base.filters ?? []).map((filter, at) =>
      at === index ? { ...filter, properties: { ...filter.properties, ...properties } as never } : filter,
    ),
  },
});

describe('a candidate', () => {
  it.each<[string, Tenant]>([
    ['names', { namespace: 'another', name: 'mine' }],
    ['literal hosts', withOutput({ host: 'b.example.org' })],
    ['hosts from values', { open: { host: '10.1.2.3' } }],
    ['secrets of one kind', { values: { user: 'somebody-else' } }],
    ['certificates', { values: { cert: ca.certificate } }],
    ['containers', { spec: { input: { ...base.input, containers: { exclude: ['istio-proxy'] } } } }],
    ['namespaces', { spec: { input: { ...base.input, namespaces: { include: ['a', 'b'] } } } }],
  ])('is the same for tenants who differ in %s', (_, tenant) => {
    expect(digestOf(tenant)).toBe(digestOf({}));
    expect(trialInput(draftOf(tenant))).toEqual(trialInput(draftOf({})));
  });

  it.each<[string, Tenant]>([
    ['a property', withOutput({ uri: '/y' })],
    ['a type', withOutput({ tls: 'true' })],
    ['a host that is none', withOutput({ host: 'a b' })],
    ['an order', { spec: { filters: [...(base.filters ?? [])].reverse() } }],
    ['code', withFilter(1, { code: 'function f() return 1 end' })],
    ['a parser', { spec: { parsers: [{ name: 'mine', properties: { format: 'logfmt' } }] } }],
    ['a buffer', { spec: { buffer: { limit: '5G' } } }],
    ['metadata', { spec: { enrich: { labels: { include: ['*'] } } } }],
    ['a secret of another kind', { values: { user: '/a/path' } }],
    ['a certificate that is none', { values: { cert: issued.certificate.replace(/\n[^-\n]{20}/, '\n') } }],
    ['a plugin', { spec: { outputs: [base.outputs[0] as never, { id: 'spare', plugin: 'null' }] } }],
  ])('is another for tenants who differ in %s', (_, tenant) => {
    const { draft } = rendered(tenant);
    expect(digest('key', draft()?.content)).not.toBe(digestOf({}));
  });

  it('is another for another content of a file that is not secret', () => {
    const outputs = [{ plugin: 'loki', properties: { label_map_path: '$(list)' } }];
    const of = (list: string) => digestOf({ spec: { outputs }, open: { list } });
    expect(of('{"a": "b"}')).not.toBe(of('{"a": "c"}'));
    expect(of(issued.certificate)).toBe(of(ca.certificate));
  });

  it('tells nothing of its tenant, and nothing that is secret', () => {
    const sent = JSON.stringify(trialInput(draftOf({ values: { user: 'Pa55w0rd' } })));
    for (const told of ['Pa55w0rd', 'shop', 'ClusterTemplate', 'example.com', issued.certificate.slice(60, 120)])
      expect(sent).not.toContain(told);
    expect(sent).not.toContain(rendered({}).pipelines[0]?.id);
  });

  it('is what the trial server takes, and names every field that Fluent Bit could speak of', () => {
    const made = Candidate.parse(trialInput(draftOf({})));
    const names = [...new Set(made.configuration.match(/(?<=(?:alias|name): )p[0-9a-f]{16}(?:_\w+)?/g))];
    const unnamed = names.filter((name) => made.fields[name] === undefined && made.secrets[name] === undefined);
    expect(unnamed).toEqual([]);
    expect(new Set(Object.values(made.fields))).toEqual(
      new Set([
        'spec.input',
        'spec.filters[0]',
        'spec.filters[1]',
        'spec.outputs[0]',
        'spec.outputs[1]',
        'spec.parsers[0]',
        'spec.multilineParsers[0]',
      ]),
    );
    // The text that stands for the header is a secret, too, for a secret is in it.
    expect(Object.values(made.secrets)).toEqual(
      expect.arrayContaining([{ kind: 'text' }, { kind: 'certificate' }, { kind: 'words' }]),
    );
  });

  it('cannot be made where nothing stands in for a secret', () => {
    expect(rendered({ values: { cert: Buffer.from([0xff, 0xfe, 0, 1]) } }).draft()).toBeUndefined();
  });

  it('is read back as it was written, keys that stand several times included', () => {
    const { configuration } = trialInput(
      draftOf({
        ...withFilter(1, { code: 'function f()\n  return "a: b # c", 0\nend\n\n' }),
        ...withOutput({ header: ['A yes', 'B {}', 'C 0x10'], uri: '/ü:"x"\\', http_method: 'POST' }),
      }),
    );
    const sections = sectionsOf(configuration);
    expect(toYaml(' A candidate.', sections ?? [])).toBe(configuration);
    for (const other of ['', 'a', '- a', 'a: [', 'a: *b', '%YAML x'])
      expect(sectionsOf(other)?.flatMap(([, list]) => list) ?? []).toEqual([]);
  });
});

const google = { type: 'service_account', private_key: 'x', client_email: 'a@b' };

describe('the kind of a secret', () => {
  it.each<[string, string | Buffer | undefined, string | undefined]>([
    ['a token', 's3cr3t!', 'text'],
    ['a name', 'shop', 'text'],
    ['several words', 'Bearer abc', 'words'],
    ['lines', 'a\nb\n', 'lines'],
    ['a number', '443', 'number'],
    ['a size', '5M', 'number'],
    ['a switch', 'On', 'boolean'],
    ['a URL', 'https://a.example.com/x?y', 'https-url'],
    ['another URL', 'http://proxy:3128', 'http-url'],
    ['a path', '/v1/logs', 'path'],
    ['a broker', 'a.example.com:9092,b.example.com:9092', 'address'],
    ['a shared key', Buffer.from('0123456789abcdef0123').toString('base64'), 'base64'],
    ['an Elastic Cloud', `mine:${Buffer.from('a.example.com$b$c').toString('base64')}`, 'cloud-id'],
    ['a user with a password', 'me:Pa55w0rd', 'text'],
    ['a JSON document', '{"a": 1}', 'json'],
    ['what only looks like one', '{"a', 'text'],
    ['an account', JSON.stringify(google), 'google-credentials'],
    ['a certificate', issued.certificate, 'certificate'],
    ['a bundle', `# ours\n${issued.certificate}\n${ca.certificate}`, 'certificate'],
    ['a key', issued.key, 'private-key'],
    ['both', issued.certificate + issued.key, 'certificate-and-key'],
    ['half a certificate', issued.certificate.slice(0, 200), 'lines'],
    ['a broken one', issued.certificate.replaceAll('A', 'B'), 'lines'],
    ['bytes', Buffer.from([0xff, 0xd8]), undefined],
    ['a zero', 'a\u0000b', undefined],
  ])('%s', (_, content, kind) => {
    expect(secretKind(Buffer.from(content ?? ''))).toBe(kind);
  });

  it('of an encrypted key is that of a key', async () => {
    const { generateKeyPairSync } = await import('node:crypto');
    const cipher = { cipher: 'aes-256-cbc', passphrase: 'x' };
    for (const type of ['pkcs8', 'pkcs1'] as const) {
      const { privateKey } = generateKeyPairSync('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type, format: 'pem', ...cipher },
      });
      expect(secretKind(Buffer.from(privateKey))).toBe('private-key');
    }
  });
});
