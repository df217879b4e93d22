import type { TemplateSpec } from '../api/kinds/template.ts';
import type { KubernetesObject } from '../api/object.ts';
import type { PropertyValue } from '../api/pipeline.ts';
import { fieldPath, type Problem, problem } from '../api/problems/problem.ts';
import { references } from '../api/references.ts';
import { takesJson } from '../fluentbit/input/log-source.ts';
import { canonicalProperty } from '../fluentbit/version/plugins/property-name.ts';

interface Item {
  plugin?: unknown;
  name?: unknown;
  properties?: Readonly<Record<string, PropertyValue>> | undefined;
  rules?: readonly unknown[] | undefined;
}

/** What pipelines are made of, in LoggingConfigurations and templates alike. */
interface Pipelines {
  placeholders?: TemplateSpec['placeholders'];
  outputs?: readonly Item[] | undefined;
  filters?: readonly Item[] | undefined;
  parsers?: readonly Item[] | undefined;
  multilineParsers?: readonly Item[] | undefined;
}

/**
 * What is allowed, and most likely not meant. Whatever a controller made is not its reader's to mend.
 *
 * @param found by the checks of plugins
 */
export function advice(object: KubernetesObject, spec: Pipelines, found: readonly Problem[]): Problem[] {
  if (object.metadata.ownerReferences?.some((owner) => owner.controller === true)) return [];
  const { outputs = [] } = spec;
  return [
    ...outputs.flatMap((output, index) => outputAdvice(output, ['spec', 'outputs', index])),
    ...unusedPlaceholders(spec),
    ...found,
    ...changedNumbers(spec),
  ];
}

/** Lua after a parser that brings numbers: those that are no doubles change (fact: numbers-in-lua). */
function changedNumbers({ filters = [], parsers = [] }: Pipelines): Problem[] {
  const json = new Set<unknown>(
    parsers.filter(({ properties = {} }) => takesJson({ properties })).map(({ name }) => name),
  );
  const plugin = (item: Item) => String(item.plugin).toLowerCase();
  const first = filters.findIndex(
    (item) => plugin(item) === 'parser' && parsersOf(item).some((parser) => json.has(parser)),
  );
  return filters.flatMap((item, index) =>
    first >= 0 && index > first && plugin(item) === 'lua'
      ? [
          problem(
            'NumbersInLua',
            fieldPath(['spec', 'filters', index]),
            'After a parser Lua changes integers beyond 2^53 and 1.0.',
          ),
        ]
      : [],
  );
}

function parsersOf({ properties = {} }: Item): PropertyValue[] {
  return Object.entries(properties).flatMap(([name, value]) =>
    canonicalProperty(name) === 'parser' ? [value].flat() : [],
  );
}

function outputAdvice({ properties = {} }: Item, path: readonly (string | number)[]): Problem[] {
  return Object.entries(properties).flatMap(([name, value]) => {
    const at = fieldPath([...path, 'properties', name]);
    const canonical = canonicalProperty(name);
    const texts = [value].flat().map(String);
    if (canonical === 'tls.verify' && texts.some((text) => no.test(text)))
      return [problem('UnverifiedTls', at, 'The backend is not verified: anybody in between can read along.')];
    return texts.some((text) => isCredential(canonical, text))
      ? [problem('LiteralCredential', at, 'A credential is written out, for all who may read this resource.')]
      : [];
  });
}

const no = /^(false|off|no)$/i;
const yesOrNo = /^(true|false|on|off|yes|no)$/i;
const secretName = /(^|[._])(passwd|password|secret|token|api_?key|license_key|shared_key|secret_key)$/;
const secretHeader = /^(authorization|proxy-authorization|x-api-key|api-key|dd-api-key)\s/i;

function isCredential(property: string, text: string): boolean {
  if (text === '' || references(text).length > 0) return false;
  return property === 'header' ? secretHeader.test(text) : secretName.test(property) && !yesOrNo.test(text);
}

function unusedPlaceholders({
  placeholders = [],
  outputs = [],
  filters = [],
  parsers = [],
  ...rest
}: Pipelines): Problem[] {
  const used = new Set(
    [...outputs, ...filters, ...parsers, ...(rest.multilineParsers ?? [])]
      .flatMap(({ properties = {}, rules = [] }) => [...Object.values(properties).flat(), ...rules])
      .flatMap((text) => (typeof text === 'string' ? references(text) : []))
      .map(({ reference }) => reference),
  );
  return placeholders.flatMap(({ name }, index) =>
    used.has(name)
      ? []
      : [problem('UnusedPlaceholder', fieldPath(['spec', 'placeholders', index]), `Nothing refers to $(${name}).`)],
  );
}
