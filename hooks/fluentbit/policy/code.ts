import { segments } from '../../api/references.ts';
import { canonicalJson, digest } from '../../kubernetes/digest.ts';
import type { PipelineSpec } from '../file/pipeline-spec.ts';

type Filter = PipelineSpec['filters'][number];
type Files = readonly { name: string; content?: string | undefined }[];

/** A pipeline as far as code goes. */
export interface CodeSpec {
  filters: readonly Filter[];
  files: Files;
}

export function holdsCode(plugin: string): boolean {
  return ['lua', 'wasm'].includes(plugin.toLowerCase());
}

/**
 * Everything that decides what a filter with code does: all of its properties, and the content of the files that it
 * names. Undefined where a part comes from elsewhere and may change without it.
 */
function identity({ plugin, properties, rules }: Filter, files: Files): string | undefined {
  const used: Record<string, string> = {};
  for (const text of [...Object.values(properties).flat(), ...rules]) {
    if (typeof text !== 'string') continue;
    const parts = segments(text);
    for (const part of parts) {
      if (!('reference' in part)) continue;
      const content = files.find((file) => file.name === part.reference)?.content;
      if (content === undefined || parts.length > 1) return undefined;
      used[part.reference] = content;
    }
  }
  return canonicalJson({ plugin, properties, rules, used });
}

/**
 * Says which code may stand: what is word for word in the ClusterTemplate, and what was so when it was accepted. The
 * digests of the latter stand in a status, which tenants cannot write; they are keyed all the same.
 */
export class TrustedCode {
  readonly #inTemplate: ReadonlySet<string>;
  readonly #recorded: ReadonlySet<string>;
  readonly #keys: readonly [string, ...string[]];

  constructor(template: CodeSpec | undefined, recorded: readonly string[], keys: readonly [string, ...string[]]) {
    const identities = (template?.filters ?? [])
      .filter(({ plugin }) => holdsCode(plugin))
      .map((filter) => identity(filter, template?.files ?? []));
    this.#inTemplate = new Set(identities.filter((one) => one !== undefined));
    this.#recorded = new Set(recorded);
    this.#keys = keys;
  }

  trusts(filter: Filter, files: Files): boolean {
    const found = identity(filter, files);
    if (found === undefined) return false;
    return this.#inTemplate.has(found) || this.#keys.some((key) => this.#recorded.has(digest(key, found)));
  }

  /** What to record of a spec that was accepted. */
  record({ filters, files }: CodeSpec): string[] {
    const trusted = filters.filter((filter) => holdsCode(filter.plugin) && this.trusts(filter, files));
    return [...new Set(trusted.map((filter) => digest(this.#keys[0], identity(filter, files))))].sort();
  }
}
