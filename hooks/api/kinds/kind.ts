import type { z } from 'zod';

export interface PrinterColumn {
  name: string;
  type: 'string' | 'date' | 'integer';
  jsonPath: string;
  description?: string;
}

/** A kind that fluentbind defines: the source of its CRD, of its reference and of its checks. */
export interface Kind {
  kind: string;
  plural: string;
  shortNames: readonly string[];
  namespaced: boolean;
  /** Written by the hooks: nobody else is given the right to. */
  internal?: true;
  description: string;
  spec: z.ZodType;
  status?: z.ZodType;
  /** CEL rules over the whole object: only metadata.name and metadata.generateName can be used of the metadata. */
  rules: readonly { rule: string; message: string }[];
  columns: readonly PrinterColumn[];
}

const condition = (type: string, field: string) => `.status.conditions[?(@.type=="${type}")].${field}`;
export const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
export const ready: PrinterColumn[] = [
  { name: 'Ready', type: 'string', jsonPath: condition('Ready', 'status') },
  { name: 'Reason', type: 'string', jsonPath: condition('Ready', 'reason') },
];

/** Children are called after their parent, which leaves 63 characters for the name. */
export const maxNameLength = 63;
export const boundedName = {
  rule: `size(self.metadata.name) <= ${maxNameLength}`,
  message: `metadata.name may have at most ${maxNameLength} characters`,
};
