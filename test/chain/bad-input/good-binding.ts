import { generateKeyPairSync } from 'node:crypto';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { authority } from '../../support/input/issued-certificates.ts';
import { make } from '../../support/world.ts';

export const ca = await authority();
export const issued = await ca.issue();
export const other = await ca.issue();
export const expired = await ca.issue({ notBefore: new Date('2026-01-01'), notAfter: new Date('2026-05-01') });
export const future = await ca.issue({ notBefore: new Date('2026-07-01'), notAfter: new Date('2026-09-01') });
export const encryptedKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'pw' })
  .toString();

export const template = make.template('t', {
  placeholders: [
    { name: 'host', secretKey: 'host', type: 'host' },
    { name: 'port', default: '443', type: 'port' },
    { name: 'endpoint', default: 'https://a.example.com/x', type: 'url' },
    { name: 'retries', default: '3', type: 'integer' },
    { name: 'gzip', default: 'on', type: 'boolean' },
    { name: 'index', default: 'main', pattern: '[a-z]+' },
    { name: 'stage', default: 'dev', enum: ['dev', 'live'] },
    { name: 'token', secretKey: 'token', sensitive: true },
    { name: 'cert', secretKey: 'cert', type: 'file' },
    { name: 'key', secretKey: 'key', type: 'file' },
    { name: 'ca', secretKey: 'ca', type: 'file', required: false },
  ],
  outputs: [
    {
      plugin: 'http',
      properties: {
        host: '$(host)',
        port: '$(port)',
        uri: '/$(index)/$(stage)',
        header: 'Authorization Bearer $(token)',
        tls: true,
        'tls.crt_file': '$(cert)',
        'tls.key_file': '$(key)',
        'tls.ca_file': '$(ca)',
      },
    },
  ],
});
const good = { host: 'a.example.com', token: 't0ken', cert: issued.certificate, key: issued.key, ca: ca.certificate };
export const secret = (change: Record<string, string | Buffer | undefined> = {}) =>
  make.secret(
    'cls',
    Object.fromEntries(
      Object.entries({ ...good, ...change }).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  );
export const binding = (change: object = {}) =>
  make.binding('logs', { templateRef: { name: 't' }, secretRef: { name: 'cls' }, ...change });
export const value = (name: string, text: string) => binding({ values: [{ name, value: text }] });
export const fromConfigMap = (ref: object) =>
  binding({ values: [{ name: 'index', valueFrom: { configMapKeyRef: ref } }] });
export const filter = (item: object) => binding({ filters: [item] });
export const input = (selection: object) => binding({ input: selection });
export const map = make.configMap('settings', { plain: 'x', json: '{"a": {"b": "main"}}' });
export const output = { plugin: 'http', properties: { host: 'a.example.com' } };

export type Row = [name: string, objects: KubernetesObject[], reason: string, path: string];
