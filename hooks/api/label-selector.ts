import { z } from 'zod';

const maxLabels = 32;

/** `metav1.LabelSelector`; `what` is what it selects, for the descriptions. */
export function labelSelector(what: string) {
  return z.strictObject({
    matchLabels: z
      .record(z.string(), z.string().max(63))
      .refine((map) => Object.keys(map).length <= maxLabels, `at most ${maxLabels} labels`)
      .meta({ maxProperties: maxLabels })
      .optional()
      .describe(`Labels that ${what} must have.`),
    matchExpressions: z
      .array(
        z.strictObject({
          key: z.string().min(1).max(317).describe('Label.'),
          operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('In, NotIn, Exists or DoesNotExist.'),
          values: z
            .array(z.string().max(63))
            .max(64)
            .optional()
            .meta({ 'x-kubernetes-list-type': 'atomic' })
            .describe('Values for In and NotIn.'),
        }),
      )
      .max(32)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe(`Requirements that ${what} must meet, all of them.`),
  });
}
