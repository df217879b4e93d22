import { z } from 'zod';
import { dnsLabel } from './object.ts';
import { parserName, Selection } from './selection.ts';
import { exactlyOne, literal, sensitive, ValueSource, valueShape, variableName } from './value-source.ts';

const scalar = z.union([z.string().max(262144), z.number(), z.boolean()]);

/** A value as Fluent Bit takes it, or a list where a property may stand several times. */
export const PropertyValue = z.union([scalar, z.array(scalar).max(256)]);
export type PropertyValue = z.infer<typeof PropertyValue>;

const maxProperties = 128;

/**
 * Properties by their Fluent Bit names. The CRD leaves the values open, because it has no unions;
 * hooks, admission and CLI check them.
 */
export const properties = z
  .record(z.string().min(1).max(253), PropertyValue)
  .refine((map) => Object.keys(map).length <= maxProperties, `at most ${maxProperties} properties`)
  .optional()
  .meta({
    override: {
      type: 'object',
      maxProperties,
      additionalProperties: { 'x-kubernetes-preserve-unknown-fields': true },
    },
  })
  .describe(
    'Properties by their Fluent Bit names: a string, number or boolean, or a list for one that may stand several times. $(name) is replaced in strings.',
  );

export const plugin = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/);

const rules = z
  .array(z.string().min(1).max(4096))
  .max(256)
  .optional()
  .meta({ 'x-kubernetes-list-type': 'atomic' })
  .describe(
    'Properties whose order counts, as in modify and grep, one "name value" each, in the order given. A map has no order in Kubernetes.',
  );

export const Filter = z.strictObject({
  plugin: plugin.describe('Fluent Bit filter, such as modify, grep or lua.'),
  properties,
  rules,
});

export const Output = z.strictObject({
  id: dnsLabel
    .optional()
    .describe(
      'Name of the output, its place in the list when left out. It identifies buffers and positions: keep it when outputs are reordered.',
    ),
  plugin: plugin.describe('Fluent Bit output, such as http or loki.'),
  properties,
});

export const Parser = z.strictObject({
  name: parserName.describe('Name by which filters refer to it.'),
  properties: properties.describe('Settings of the parser, such as format, regex and time_key.'),
});

export const MultilineParser = z.strictObject({
  name: parserName.describe('Name by which spec.input.multiline refers to it.'),
  properties: properties.describe('Settings of the parser, such as type and flush_timeout.'),
  rules: z
    .array(
      z.strictObject({
        state: z.string().min(1).max(63).describe('Name of the state: start_state, or one of your own.'),
        regex: z.string().min(1).max(4096).describe('Regular expression that a line of this state matches.'),
        next: z.string().min(1).max(63).describe('State of the next line.'),
      }),
    )
    .max(64)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Rules of a parser of type regex.'),
});

const keySelection = (what: string) =>
  z
    .strictObject({
      include: z
        .array(z.string().min(1).max(317))
        .max(64)
        .optional()
        .meta({ 'x-kubernetes-list-type': 'atomic' })
        .describe('Keys to add; a trailing * stands for any end, * alone for all. None when left out.'),
      exclude: z
        .array(z.string().min(1).max(317))
        .max(64)
        .optional()
        .meta({ 'x-kubernetes-list-type': 'atomic' })
        .describe('Keys to leave out again.'),
    })
    .optional()
    .describe(what);

export const Enrich = z.strictObject({
  labels: keySelection('Labels of the pod. They cost a filter.'),
  annotations: keySelection('Annotations of the pod. They cost a filter.'),
  clusterName: z.boolean().optional().describe('Add the name of the cluster, as the agent knows it.'),
});

const oneValue = exactlyOne(['value', 'valueFrom']);
const oneContent = exactlyOne(['content', 'valueFrom']);
const noSensitiveLiteral = {
  rule: '!has(self.sensitive) || !self.sensitive || (!has(self.value) && !has(self.default))',
  message:
    'a sensitive variable takes its value from a Secret: set valueFrom.secretKeyRef, and neither value nor default',
};

export const Variable = z
  .strictObject({
    name: variableName.describe('Name that $(name) refers to.'),
    value: literal.optional().describe('The value, written out.'),
    valueFrom: ValueSource.optional(),
    default: literal.optional().describe('Value where the source lacks the key or the part.'),
    sensitive,
    ...valueShape,
  })
  .refine(oneValue.holds, oneValue.message)
  .refine((v) => v.sensitive !== true || (v.value === undefined && v.default === undefined), noSensitiveLiteral.message)
  .meta({ 'x-kubernetes-validations': [oneValue.rule, noSensitiveLiteral] });

export const File = z
  .strictObject({
    name: variableName.describe('Name that $(name) refers to; it stands for the path of the file.'),
    content: literal.optional().describe('Content, written out.'),
    valueFrom: ValueSource.optional(),
  })
  .refine(oneContent.holds, oneContent.message)
  .meta({ 'x-kubernetes-validations': [oneContent.rule] });

/** The list with the rule that `field` is unique in it, as a zod check and as CEL. */
export function uniqueBy<T extends z.ZodType>(list: z.ZodArray<T>, field: string) {
  const message = `each ${field} may be used once`;
  return list
    .refine((items) => {
      const seen = items.map((item) => (item as Record<string, unknown>)[field]).filter((value) => value !== undefined);
      return new Set(seen).size === seen.length;
    }, message)
    .meta({
      'x-kubernetes-list-type': 'atomic',
      'x-kubernetes-validations': [
        {
          rule: `self.all(a, !has(a.${field}) || self.exists_one(b, has(b.${field}) && b.${field} == a.${field}))`,
          message,
        },
      ],
    });
}

/** Disk, as Fluent Bit writes it. */
export const bufferLimit = z
  .string()
  .max(16)
  .regex(/^[1-9][0-9]{0,5}[KMG]$/);

export const filters = z
  .array(Filter)
  .max(64)
  .optional()
  .meta({ 'x-kubernetes-list-type': 'atomic' })
  .describe('Filters, in the order in which records pass them.');

/** Everything that a Template and a LoggingConfiguration have in common: the one schema of a pipeline. */
export const pipelineShape = {
  input: Selection.optional().describe('Which logs; the whole own namespace when left out.'),
  enrich: Enrich.optional().describe('Metadata that records get beyond namespace, pod and container.'),
  variables: uniqueBy(z.array(Variable).max(64), 'name').optional().describe('Values for $(name) in properties.'),
  files: uniqueBy(z.array(File).max(64), 'name').optional().describe('Files, used by their path as $(name).'),
  filters,
  outputs: uniqueBy(z.array(Output).min(1).max(16), 'id').describe(
    'Outputs. Each is a pipeline of its own: own position, own buffer, own filters.',
  ),
  parsers: uniqueBy(z.array(Parser).max(32), 'name')
    .optional()
    .describe('Parsers that filters refer to. Names are local to this resource.'),
  multilineParsers: uniqueBy(z.array(MultilineParser).max(32), 'name')
    .optional()
    .describe('Multiline parsers. Names are local to this resource.'),
  buffer: z
    .strictObject({
      limit: bufferLimit
        .optional()
        .describe('Disk that one output may take on a node while its backend is away, such as 500M. Default 1G.'),
    })
    .optional()
    .describe('What is kept on disk.'),
};

export type Filter = z.infer<typeof Filter>;
export type Output = z.infer<typeof Output>;
export type Parser = z.infer<typeof Parser>;
export type MultilineParser = z.infer<typeof MultilineParser>;
export type Enrich = z.infer<typeof Enrich>;
export type Variable = z.infer<typeof Variable>;
export type File = z.infer<typeof File>;
