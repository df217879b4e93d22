import type { LoggingConfigurationSpec } from '../api/kinds/logging-configuration.ts';
import type { BindingValue, ServiceBindingConfigSpec } from '../api/kinds/service-binding-config.ts';
import type { Placeholder, TemplateSpec } from '../api/kinds/template.ts';
import type { Filter, Variable } from '../api/pipeline.ts';
import { listed, type Problem, problem } from '../api/problems/problem.ts';
import { references } from '../api/references.ts';
import type { Selection } from '../api/selection.ts';
import { didYouMean } from '../kubernetes/nearest.ts';
import { complete } from './complete.ts';
import type { Credentials } from './credentials.ts';
import type { Subject } from './resolve.ts';

export interface Binding {
  spec: LoggingConfigurationSpec;
  problems: Problem[];
  /** Placeholders that got no value: what refers to them is no second mistake. */
  unresolved: { name: string; file: boolean }[];
  /** What to call a variable of the result, and which field of the ServiceBindingConfig to point at. */
  subject: (name: string) => Subject;
}

/** A template as it was found: its spec, and what to call it. */
export interface FoundTemplate {
  kind: 'ClusterTemplate' | 'Template';
  name: string;
  spec: TemplateSpec;
}

/**
 * Binds a template: its placeholders become variables, each filled from spec.values, else by its key from the Secret,
 * else by its default. What comes from a Secret or ConfigMap stays a reference; only the place is resolved here.
 */
export function bind(
  config: ServiceBindingConfigSpec,
  template: FoundTemplate,
  credentials: Credentials | undefined,
): Binding {
  const given = new Map((config.values ?? []).map((value, index) => [value.name, { value, index }]));
  const placeholders = template.spec.placeholders ?? [];
  const secretName = config.secretRef?.name ?? '';
  const filled = placeholders.map((placeholder) => ({
    placeholder,
    result: fill(placeholder, given.get(placeholder.name), template, credentials, secretName),
  }));
  const own = ownValues(config, template);
  const omitted = new Set(
    filled.filter(({ result }) => result === 'omitted').map(({ placeholder }) => placeholder.name),
  );
  const { placeholders: _placeholders, description: _description, ...pipeline } = template.spec;
  const spec = complete({
    ...pipeline,
    templateRef: { kind: template.kind, name: template.name },
    enabled: config.enabled ?? true,
    suspend: config.suspend ?? false,
    input: mergedInput(pipeline.input, config.input),
    variables: [
      ...filled.map(({ result }) => result).filter(isVariable),
      ...own.filter(isVariable),
      ...(pipeline.variables ?? []),
    ],
    filters: [...(pipeline.filters ?? []), ...(config.filters ?? [])],
  });
  return {
    spec: omitted.size === 0 ? spec : without(spec, omitted),
    problems: [
      ...contradictions(template),
      ...[...filled.map(({ result }) => result), ...own].filter((one) => typeof one === 'object' && 'reason' in one),
    ],
    unresolved: filled
      .filter(({ result }) => result !== 'omitted' && !isVariable(result))
      .map(({ placeholder }) => ({ name: placeholder.name, file: placeholder.type === 'file' })),
    subject: subjectOf(given, placeholders, template),
  };
}

/** Each field that is set replaces the template's; container logs and an input of the agent exclude each other. */
function mergedInput(ofTemplate: Selection = {}, own: Selection = {}): Selection {
  if (own.from !== undefined) return own;
  const { from: _, ...containerLogs } = ofTemplate;
  return Object.keys(own).length === 0 ? ofTemplate : { ...containerLogs, ...own };
}

function isVariable(result: Variable | Problem | 'omitted'): result is Variable {
  return typeof result === 'object' && !('reason' in result);
}

/** Names that a template declares both as placeholder and as variable or file. */
function contradictions({ kind, name, spec }: FoundTemplate): Problem[] {
  const declared = new Set([...(spec.variables ?? []), ...(spec.files ?? [])].map((one) => one.name));
  return (spec.placeholders ?? [])
    .filter((placeholder) => declared.has(placeholder.name))
    .map((placeholder) =>
      problem(
        'TemplateInvalid',
        'spec.templateRef',
        `${kind} ${name} declares ${placeholder.name} as a placeholder and as a variable or file.`,
      ),
    );
}

/** Values that fill no placeholder: for the own filters if these use them, else a mistake. */
function ownValues(config: ServiceBindingConfigSpec, template: FoundTemplate): (Variable | Problem)[] {
  const known = (template.spec.placeholders ?? []).map((placeholder) => placeholder.name);
  const taken = new Set([...(template.spec.variables ?? []), ...(template.spec.files ?? [])].map((one) => one.name));
  const used = new Set(
    (config.filters ?? [])
      .flatMap(textsOf)
      .flatMap(references)
      .map((r) => r.reference),
  );
  return (config.values ?? []).flatMap((value, index): (Variable | Problem)[] => {
    if (known.includes(value.name)) return [];
    if (used.has(value.name) && !taken.has(value.name)) return [sourceOf({}, value, config.secretRef?.name)];
    const hint = didYouMean(value.name, known);
    const message = `${template.kind} ${template.name} has no placeholder ${value.name} (placeholders: ${listed(known)}). ${hint}`;
    return [problem('UnknownPlaceholder', `spec.values[${index}].name`, message.trim())];
  });
}

function fill(
  placeholder: Placeholder,
  given: { value: BindingValue; index: number } | undefined,
  template: FoundTemplate,
  credentials: Credentials | undefined,
  secretName: string,
): Variable | Problem | 'omitted' {
  const { description: _d, secretKey, default: fallback, required, sensitive, ...checks } = placeholder;
  if (given !== undefined) {
    if (sensitive === true && given.value.valueFrom?.secretKeyRef === undefined) {
      return problem(
        'SensitiveLiteral',
        `spec.values[${given.index}]`,
        `Placeholder ${placeholder.name} is sensitive and takes its value from a Secret only.`,
      );
    }
    // Who names a source means it: the default is for those who name none.
    return sourceOf(checks, given.value, secretName);
  }
  const location = secretKey === undefined ? undefined : credentials?.find(secretKey);
  if (location !== undefined) {
    return {
      ...checks,
      valueFrom: { secretKeyRef: { name: secretName, ...location } },
      ...(fallback === undefined ? {} : { default: fallback }),
    };
  }
  if (fallback !== undefined) return { ...checks, value: fallback };
  if (required === false) return 'omitted';
  return unresolved(placeholder, template, credentials, secretName);
}

function unresolved(
  placeholder: Placeholder,
  template: FoundTemplate,
  credentials: Credentials | undefined,
  secretName: string,
): Problem {
  const what = `Placeholder ${placeholder.name} of ${template.kind} ${template.name} has no value`;
  if (placeholder.secretKey === undefined) {
    return problem('PlaceholderUnresolved', 'spec.values', `${what}.`, `Set ${placeholder.name} in spec.values.`);
  }
  if (credentials === undefined) {
    return problem(
      'PlaceholderUnresolved',
      'spec.secretRef',
      `${what}: there is no spec.secretRef to take ${placeholder.secretKey} from.`,
      'Name the Secret, or set the placeholder in spec.values.',
    );
  }
  const near = didYouMean(placeholder.secretKey, credentials.names);
  return problem(
    'PlaceholderUnresolved',
    'spec.secretRef',
    `${what}: Secret ${secretName} has no key ${placeholder.secretKey} (keys: ${listed(credentials.names)}). ${near}`.trim(),
    'Add the key, or set the placeholder in spec.values.',
  );
}

/** The variable that a value of spec.values makes; a Secret without a name is that of spec.secretRef. */
function sourceOf(
  checks: Omit<Variable, 'value' | 'valueFrom' | 'name'>,
  value: BindingValue,
  secretName: string | undefined,
): Variable {
  const base = { ...checks, name: value.name };
  const { secretKeyRef, configMapKeyRef } = value.valueFrom ?? {};
  if (secretKeyRef !== undefined)
    return { ...base, valueFrom: { secretKeyRef: { ...secretKeyRef, name: secretKeyRef.name ?? secretName ?? '' } } };
  if (configMapKeyRef !== undefined) return { ...base, valueFrom: { configMapKeyRef } };
  return { ...base, value: value.value ?? '' };
}

function subjectOf(
  given: Map<string, { index: number }>,
  placeholders: readonly Placeholder[],
  template: FoundTemplate,
): (name: string) => Subject {
  return (name) => {
    const value = given.get(name);
    if (value !== undefined) return { called: `placeholder ${name}`, path: `spec.values[${value.index}]` };
    const placeholder = placeholders.find((p) => p.name === name);
    if (placeholder?.secretKey !== undefined)
      return { called: `placeholder ${name} (key ${placeholder.secretKey})`, path: 'spec.secretRef' };
    return {
      called: `${placeholder === undefined ? 'variable' : 'placeholder'} ${name} of ${template.kind} ${template.name}`,
      path: 'spec.templateRef',
    };
  };
}

/** All texts of a filter in which `$(name)` counts. */
export function textsOf(filter: Filter): string[] {
  return [...Object.values(filter.properties ?? {}).flat(), ...(filter.rules ?? [])].filter(
    (text) => typeof text === 'string',
  );
}

/** Leaves out properties, list items and rules that refer to an optional placeholder without a value. */
function without(spec: LoggingConfigurationSpec, omitted: ReadonlySet<string>): LoggingConfigurationSpec {
  const refers = (value: unknown) =>
    typeof value === 'string' && references(value).some((r) => omitted.has(r.reference));
  const prune = <T extends { properties?: Filter['properties']; rules?: unknown }>(item: T): T => {
    const properties: NonNullable<Filter['properties']> = {};
    for (const [key, value] of Object.entries(item.properties ?? {})) {
      const kept = Array.isArray(value) ? value.filter((one) => !refers(one)) : value;
      if (refers(value) || (Array.isArray(kept) && kept.length === 0)) continue;
      properties[key] = kept;
    }
    return {
      ...item,
      properties,
      ...(Array.isArray(item.rules) ? { rules: item.rules.filter((rule) => !refers(rule)) } : {}),
    };
  };
  return {
    ...spec,
    filters: (spec.filters ?? []).map(prune),
    outputs: spec.outputs.map(prune),
    parsers: (spec.parsers ?? []).map(prune),
  };
}
