import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Candidate } from '../../hooks/api/wire/trial.ts';
import { complete } from '../../hooks/binding/complete.ts';
import { trialInput } from '../../hooks/fluentbit/render/trial-input.ts';
import { Sealed } from '../../hooks/kubernetes/sealed.ts';
import { readBuild } from '../../hooks/trial/build.ts';
import { Trials } from '../../hooks/trial/queue.ts';
import { type Bench, tryCandidate } from '../../hooks/trial/run.ts';
import { scratchParent } from '../../hooks/trial/scratch.ts';
import { makeStandIns } from '../../hooks/trial/stand-ins.ts';
import { fluentBit } from '../support/fluent-bit/fluent-bit.ts';
import { bindingSecret } from '../support/input/binding-secrets.ts';
import { authority } from '../support/input/issued-certificates.ts';
import { render } from '../support/rendered-spec.ts';
import { make, World } from '../support/world.ts';
import { written } from './tables/checks-table.ts';
import { refusals } from './tables/trial-refusals.ts';

const limits = { seconds: 4, cpuSeconds: 2, memoryMiB: 256 };

function candidateOf(fragment: Record<string, unknown>, values: Record<string, string> = {}): Candidate {
  const spec = complete({ outputs: [{ plugin: 'null' }], ...fragment });
  const all = Object.entries(values).map(([name, text]) => {
    const file = name.startsWith('file');
    return [name, { name, file, content: Sealed.fromText(text) }] as const;
  });
  const draft = render({ namespace: 'shop', name: 'logs', generation: 1, spec, values: new Map(all) }).draft();
  if (draft === undefined) throw new Error('no draft');
  return trialInput(draft);
}

/** Processes of a folder that is gone. */
function leftProcesses(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
}

describe.skipIf(fluentBit === undefined)('a trial with a real Fluent Bit', { timeout: 60_000 }, () => {
  let bench: Bench;
  let parent: string;
  beforeAll(async () => {
    parent = mkdtempSync(join(scratchParent(), 'fluentbind-test-'));
    bench = { build: await readBuild(fluentBit ?? ''), standIns: await makeStandIns(), limits, parent };
  });
  afterAll(() => {
    expect(readdirSync(parent)).toEqual([]);
    expect(leftProcesses(parent)).toEqual([]);
    rmSync(parent, { recursive: true });
  });
  /** Two at once, as a trial server does on two cores. */
  const trials = new Trials({ attempt: (one) => tryCandidate(one, bench), concurrency: 2, queue: 1000 });
  const tried = async (fragment: Record<string, unknown>, values: Record<string, string> = {}) => {
    const verdict = await trials.verdict(candidateOf(fragment, values));
    if (verdict === 'full') throw new Error('too many');
    return verdict;
  };

  describe.concurrent('refuses', () => {
    it.each(refusals)('%s', async (_, fragment, path, message) => {
      const verdict = await tried(fragment);
      expect(verdict).toMatchObject({ verdict: 'refused', path });
      expect(verdict.message).toMatch(message);
      expect(verdict.message).not.toMatch(/p[0-9a-f]{16}|fluentbind|shm|\d{4}\/\d\d\/\d\d/);
    });
  });

  const pem = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;
  const account = JSON.stringify({
    type: 'service_account',
    project_id: 'mine',
    private_key_id: '1',
    private_key: pem,
    client_email: 'a@mine.example.com',
    client_id: '7',
  });
  const sharedKey = Buffer.from('0123456789abcdef0123456789abcdef').toString('base64');

  /** Outputs with what their users keep in Secrets: a stand-in must do wherever the real one would. */
  // biome-ignore format: a table
  const credentials: [plugin: string, properties: object, values: Record<string, string>][] = [
    ['http', { host: '$(h)', port: '$(p)', uri: '$(u)', http_user: '$(a)', http_passwd: '$(b)' }, { h: 'a.example.com', p: '8443', u: '/in', a: 'me', b: 'p w' }],
    ['http', { host: 'a', proxy: '$(proxy)', header: 'Authorization Bearer $(t)' }, { proxy: 'http://proxy:3128', t: 'x y' }],
    ['opentelemetry', { host: 'a', tls: '$(tls)', header: 'X-Key $(k)' }, { tls: 'on', k: 'k' }],
    ['es', { host: 'a', cloud_id: '$(id)', cloud_auth: '$(auth)' }, { id: `name:${Buffer.from('b.example.com$c$d').toString('base64')}`, auth: 'me:pw' }],
    ['opensearch', { host: 'a', http_user: '$(a)', http_passwd: '$(b)', buffer_size: '$(s)' }, { a: 'a', b: 'b', s: '5M' }],
    ['loki', { host: 'a', tenant_id: '$(t)', bearer_token: '$(b)', labels: 'job=$(j)' }, { t: '1', b: 'x', j: 'shop' }],
    ['splunk', { host: 'a', splunk_token: '$(t)', tls: true }, { t: '0f0f0f0f-1111-2222-3333-444444444444' }],
    ['datadog', { apikey: '$(k)', tls: true, provider: 'ecs' }, { k: '0123456789abcdef0123456789abcdef' }],
    ['forward', { host: 'a', shared_key: '$(k)', self_hostname: '$(h)' }, { k: 'k', h: 'node' }],
    ['slack', { webhook: '$(w)' }, { w: 'https://hooks.slack.example.com/services/T/B/x' }],
    ['azure', { customer_id: '$(c)', shared_key: '$(k)' }, { c: 'id', k: sharedKey }],
    ['azure_blob', { account_name: '$(a)', container_name: 'c', shared_key: '$(k)' }, { a: 'a', k: sharedKey }],
    ['azure_logs_ingestion', { tenant_id: '$(t)', client_id: '$(c)', client_secret: '$(s)', dce_url: '$(u)', dcr_id: 'd', table_name: 't' }, { t: 't', c: 'c', s: 's', u: 'https://x.ingest.example.com' }],
    ['kafka', { brokers: '$(b)', topics: 'logs', 'rdkafka.sasl.username': '$(u)', 'rdkafka.sasl.password': '$(p)', 'rdkafka.security.protocol': 'SASL_SSL', 'rdkafka.sasl.mechanism': 'PLAIN' }, { b: 'a.example.com:9092,b.example.com:9092', u: 'u', p: 'p' }],
    ['kafka-rest', { host: 'a', http_user: '$(u)', http_passwd: '$(p)' }, { u: 'u', p: 'p' }],
    ['nrlogs', { license_key: '$(k)', base_uri: '$(u)' }, { k: 'k', u: 'https://log-api.example.com/log/v1' }],
    ['logdna', { api_key: '$(k)' }, { k: 'k' }],
    ['influxdb', { host: 'a', http_token: '$(t)', database: '$(d)' }, { t: 't', d: 'd' }],
    ['td', { api: '$(k)', database: 'd', table: 't' }, { k: 'k' }],
    ['gelf', { host: 'a', mode: 'tls', tls: true, 'tls.ca_file': '$(fileCa)' }, { fileCa: '' }],
    ['syslog', { host: '$(h)', port: '$(p)', mode: 'tls', tls: true, 'tls.key_passwd': '$(w)', 'tls.crt_file': '$(fileCert)', 'tls.key_file': '$(fileKey)' }, { h: 'a', p: '6514', w: 'pw', fileCert: '', fileKey: '' }],
    ['s3', { bucket: '$(b)', region: '$(r)' }, { b: 'b', r: 'eu-central-1' }],
    ['cloudwatch_logs', { region: '$(r)', log_group_name: 'g', log_stream_prefix: '$(p)' }, { r: 'r', p: 'p' }],
    ['kinesis_firehose', { region: 'r', delivery_stream: '$(s)' }, { s: 's' }],
    ['stackdriver', { google_service_credentials: '$(fileAccount)', resource: 'global' }, { fileAccount: account }],
    ['bigquery', { google_service_credentials: '$(fileAccount)', dataset_id: 'd', table_id: 't' }, { fileAccount: account }],
    ['prometheus_exporter', {}, {}],
    ['websocket', { host: 'a', uri: '$(u)' }, { u: '/x' }],
    ['nats', { host: 'a' }, {}],
    ['skywalking', { host: 'a', auth_token: '$(t)' }, { t: 't' }],
    ['tcp', { host: 'a', tls: true, 'tls.vhost': '$(v)' }, { v: 'a.example.com' }],
  ];

  it('takes stand-ins for every secret that outputs ask for', async () => {
    const ca = await authority('CA', new Date());
    const issued = await ca.issue();
    const files: Record<string, string> = { fileCa: ca.certificate, fileCert: issued.certificate, fileKey: issued.key };
    const verdicts = await Promise.all(
      credentials.map(async ([plugin, properties, values]) => {
        const filled = Object.entries(values).map(([name, value]) => [
          name,
          value === '' ? (files[name] ?? '') : value,
        ]);
        const { verdict, message } = await tried({ outputs: [{ plugin, properties }] }, Object.fromEntries(filled));
        return [plugin, verdict, message];
      }),
    );
    expect(verdicts.filter(([, verdict]) => verdict !== 'ok')).toEqual([]);
  });

  it('agrees with what becomes of an agent that gets the same configuration', async () => {
    const verdicts = await Promise.all(
      written.map(async ([name, fate, fragment]) => ({ name, fate, verdict: await tried(fragment) })),
    );
    const wrong = verdicts
      .filter(({ fate, verdict }) => verdict.verdict !== (fate === 'fatal' ? 'refused' : 'ok'))
      .map(({ name, verdict }) => [name, verdict]);
    // An address of an interface that is none ends the agent when it sends, which no trial does.
    expect(wrong.filter(([name]) => !String(name).includes('source_address'))).toEqual([]);
    // Nearly all of them are told by their field.
    const refused = verdicts.filter(({ verdict }) => verdict.verdict === 'refused');
    const told = refused.filter(({ verdict }) => verdict.path !== 'spec');
    console.log(`trial: ${told.length} of ${refused.length} refusals name their field`);
    expect(told.length / refused.length).toBeGreaterThan(0.97);
  }, 300_000);

  it('of a typical pipeline takes less than a second', async () => {
    const asked: Candidate[] = [];
    const world = await World.start({
      now: new Date().toISOString(),
      lint: false,
      trial: (one) => {
        asked.push(one);
        return { verdict: 'ok', version: '5.1.1' };
      },
    });
    const ca = await authority('CA', new Date());
    const { certificate, key } = await ca.issue();
    await world.apply(
      bindingSecret(
        'cls',
        { 'ingest-mtls-endpoint': 'a.example.com', 'ingest-mtls-cert': certificate, 'ingest-mtls-key': key },
        'plain',
      ),
      make.binding('logs', { templateRef: { name: 'sap-cloud-logging' }, secretRef: { name: 'cls' } }),
    );
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const started = performance.now();
      expect((await tryCandidate(asked[0] as Candidate, bench)).verdict).toEqual({ verdict: 'ok', version: '5.1.1' });
      times.push(Math.round(performance.now() - started));
    }
    console.log(`trial of sap-cloud-logging: ${times.join(', ')} ms`);
    expect(Math.min(...times)).toBeLessThan(1000);
  });

  it('keeps what is fatal from going live, and the rest of the cluster going', async () => {
    const world = await World.start({
      lint: false,
      trial: async (one) => {
        const verdict = await trials.verdict(one);
        return verdict === 'full' ? 'pending' : verdict;
      },
    });
    const template = (code: string) =>
      make.template('t', {
        filters: [{ plugin: 'lua', properties: { call: 'f', code } }],
        outputs: [{ plugin: 'http', properties: { host: 'a.example.com' } }],
      });
    const good = 'function f(tag, time, record) return 0, time, record end';
    await world.apply(template(good), make.binding('logs', { templateRef: { name: 't' } }));
    await world.apply(make.logging('other', { outputs: [{ plugin: 'http', properties: { host: 'b.example.com' } }] }));
    const before = world.file('logs');
    expect(before).toContain('return 0, time, record');
    await world.apply(template(`${good} while true do end`));
    expect(world.file('logs')).toBe(before);
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({
      status: 'False',
      reason: 'TrialRefused',
      message: expect.stringContaining(
        'spec.filters[0]: Fluent Bit 5.1.1 does not run with it: It calculates without an end',
      ),
    });
    await world.apply(make.logging('other', { outputs: [{ plugin: 'http', properties: { host: 'c.example.com' } }] }));
    expect(world.file('other')).toContain('c.example.com');
    await world.apply(template(good.replace('return 0', 'return 1')));
    expect(world.file('logs')).toContain('return 1, time, record');
  });
});
