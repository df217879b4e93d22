import { z } from 'zod';
import { dnsLabel, dnsSubdomain, group, type KubernetesObject } from '../../api/object.ts';

/** Why the API server would not take an object, whatever its kind is about, and where. */
export interface Malformed {
  path: string;
  message: string;
}

const texts = z.record(z.string(), z.string()).nullish();
const encoded = z.record(z.string(), z.base64()).nullish();
const contents: Record<string, z.ZodType> = {
  Secret: z.looseObject({ data: encoded, stringData: texts, type: z.string().nullish() }),
  ConfigMap: z.looseObject({ data: texts, binaryData: encoded }),
};

/** What is wrong with names and data of an object that fluentbind reads; others have rules of their own. */
export function malformed(object: KubernetesObject): Malformed | undefined {
  const content = object.apiVersion === 'v1' ? contents[object.kind] : undefined;
  if (content === undefined && object.apiVersion.split('/')[0] !== group) return undefined;
  const { name, namespace } = object.metadata;
  const shown = (text: string) => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
  if (!dnsSubdomain.safeParse(name).success)
    return {
      path: 'metadata.name',
      message: `metadata.name: ${shown(name)} is no name of an object: take up to 253 of a-z, 0-9, - and ., beginning and ending with a letter or digit`,
    };
  if (namespace !== undefined && !dnsLabel.safeParse(namespace).success)
    return {
      path: 'metadata.namespace',
      message: `metadata.namespace: ${shown(namespace)} is no name of a namespace: take up to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit`,
    };
  const issue = content?.safeParse(withoutBreaks(object)).error?.issues[0];
  if (issue === undefined) return undefined;
  const path = issue.path.map(String).join('.');
  return {
    path,
    // Never the value: it may be a secret.
    message:
      issue.code === 'invalid_format'
        ? `${path} is no base64: encode it, or write it as it is under stringData`
        : `${path} must be a ${issue.path.length > 1 || path === 'type' ? 'string: write it in quotes' : 'map of strings'}`,
  };
}

/** The API server takes base64 in several lines. */
function withoutBreaks(object: KubernetesObject): unknown {
  const joined = (data: unknown) =>
    typeof data === 'object' && data !== null && !Array.isArray(data)
      ? Object.fromEntries(
          Object.entries(data).map(([key, value]) => [
            key,
            typeof value === 'string' ? value.replace(/[\r\n]/g, '') : value,
          ]),
        )
      : data;
  return {
    ...object,
    ...(object.kind === 'Secret' ? { data: joined(object['data']) } : { binaryData: joined(object['binaryData']) }),
  };
}
