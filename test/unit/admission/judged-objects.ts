import { review } from '../../../hooks/admission/review.ts';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';
import { reviewOf } from '../../support/input/reviews.ts';
import { make } from '../../support/world.ts';

export const context = { now: new Date('2026-06-01T00:00:00Z'), settings: defaultSettings };
export const ask = (body: unknown) => review(JSON.parse(JSON.stringify(body)), context).response;
export const answer = (object: KubernetesObject) => ask(reviewOf(object));

export const output = { plugin: 'http', properties: { host: 'a.example.com', port: 443 } };
export const logging = (spec: object) => make.logging('logs', { outputs: [output], ...spec });
export const template = (spec: object) => make.template('t', { outputs: [output], ...spec });
export const binding = (spec: object) => make.binding('logs', { templateRef: { name: 't' }, ...spec });
export const agent = (policy: object) => ({
  ...make.template('edge', { namespace: 'logs', policy }),
  kind: 'FluentBitAgent',
});
export const filter = (plugin: string, properties: object) => ({ filters: [{ plugin, properties }] });
export const http = (properties: object) => ({ outputs: [{ plugin: 'http', properties }] });
export const fromSecret = (name: string, more = {}) => ({
  name,
  valueFrom: { secretKeyRef: { name: 's', key: 'k' } },
  ...more,
});
