import { parse } from 'yaml';
import { complete } from '../../../../hooks/binding/complete.ts';
import { Sealed } from '../../../../hooks/kubernetes/sealed.ts';
import type { Value } from '../../../../hooks/kubernetes/value.ts';
import { render } from '../../../support/rendered-spec.ts';

interface File {
  env?: { name: string; uri: string }[];
  parsers?: Record<string, unknown>[];
  multiline_parsers?: Record<string, unknown>[];
  pipeline: {
    inputs: Record<string, unknown>[];
    filters?: Record<string, unknown>[];
    outputs: Record<string, unknown>[];
  };
}

/** What a spec becomes, with its file taken apart. */
export function rendered(
  spec: Parameters<typeof complete>[0],
  values: Value[] = [],
  name = 'logs',
  namespace = 'shop',
) {
  const result = render({
    namespace,
    name,
    generation: 1,
    spec: complete(spec),
    values: new Map(values.map((v) => [v.name, v])),
  });
  return { ...result, parsed: parse(result.file.text, { version: '1.1', uniqueKeys: false }) as File };
}

export const secret = (name: string, text: string): Value => ({ name, file: false, content: Sealed.fromText(text) });
export const open = (name: string, text: string): Value => ({
  name,
  file: false,
  content: Sealed.fromText(text),
  text,
});
