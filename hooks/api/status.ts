import { z } from 'zod';
import { Problem } from './problems/problem.ts';

/** `metav1.Condition`. `lastTransitionTime` is RFC 3339 and moves only when `status` does. */
export const Condition = z.strictObject({
  type: z.string().max(316).describe('Type of the condition, in CamelCase.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('True, False or Unknown.'),
  reason: z.string().min(1).max(1024).describe('CamelCase reason; all of them are listed in the reference.'),
  message: z.string().max(32768).describe('What holds, or what is wrong, where, and what to do.'),
  lastTransitionTime: z.string().meta({ format: 'date-time' }).describe('When the status last changed.'),
  observedGeneration: z.int().min(0).optional().describe('Generation of the resource that the condition speaks of.'),
});

export type Condition = z.infer<typeof Condition>;

export const conditions = z
  .array(Condition)
  .max(16)
  .optional()
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
  .describe('Conditions in the standard form; Ready sums them up.');

export const observedGeneration = z.int().min(0).optional().describe('Generation that this status speaks of.');

/** What is recorded of a child that was written. */
const AppliedRecord = z.strictObject({
  kind: z.string().max(63).describe('Kind of the child.'),
  name: z.string().max(253).describe('Name of the child.'),
  revision: z.string().max(64).describe('Keyed digest of what was written.'),
  keys: z
    .array(z.string().max(253))
    .max(256)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Data keys that were written.'),
});

export const Applied = z
  .array(AppliedRecord)
  .max(8)
  .optional()
  .meta({ 'x-kubernetes-list-type': 'atomic' })
  .describe('What was written, newest first: the witness of what is good.');

export const problems = z
  .array(Problem)
  .max(32)
  .optional()
  .meta({ 'x-kubernetes-list-type': 'atomic' })
  .describe('What is wrong, one by one; empty when all is well.');

export const certificateExpiry = z
  .string()
  .max(64)
  .optional()
  .describe('End of the client certificate that ends first, RFC 3339.');

/** The verdict of a trial run, and of what. */
const TrialRecord = z.strictObject({
  digest: z
    .string()
    .max(64)
    .describe('Keyed digest of the configuration that was tried, without what tells of its tenant.'),
  verdict: z
    .enum(['ok', 'refused', 'skipped'])
    .describe('What came of it: ok, refused, or skipped where it could not be tried.'),
  version: z.string().max(63).describe('Fluent Bit that it was tried with.'),
  path: z.string().max(1024).optional().describe('Field that is wrong.'),
  message: z.string().max(1024).optional().describe('What Fluent Bit said.'),
});

export const trial = TrialRecord.optional().describe(
  'What came of starting a real Fluent Bit with the configuration; an equal one is not tried again.',
);

export type TrialRecord = z.infer<typeof TrialRecord>;
export type AppliedRecord = z.infer<typeof AppliedRecord>;
