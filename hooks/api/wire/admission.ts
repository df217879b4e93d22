import { z } from 'zod';
import { KubernetesObject, ObjectMeta } from '../object.ts';

/**
 * The wire of admission.k8s.io/v1: requests are read leniently, for a newer API server may say more; responses are
 * strict, for what the API server cannot read counts as no answer.
 */
export const reviewVersion = 'admission.k8s.io/v1';

export const AdmissionReview = z.looseObject({
  apiVersion: z.literal(reviewVersion),
  kind: z.literal('AdmissionReview'),
  request: z.looseObject({
    uid: z.string().min(1).max(128),
    kind: z.looseObject({ group: z.string().nullish(), version: z.string(), kind: z.string() }),
    subResource: z.string().nullish(),
    namespace: z.string().nullish(),
    operation: z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
    /** Absent for DELETE, and of any kind whatever for CONNECT. */
    object: z.unknown(),
    oldObject: z.unknown(),
  }),
});

/** An object of a review. One that is made by generateName has no name before it is stored. */
export const AdmittedObject = KubernetesObject.extend({
  metadata: ObjectMeta.extend({ name: z.string().default('') }),
});

/** What a response may be at most: neither kubectl nor an audit log is made for more. */
export const limits = { causes: 20, cause: 1024, message: 8192, warnings: 10, warning: 256 };

export const AdmissionResponse = z.strictObject({
  apiVersion: z.literal(reviewVersion),
  kind: z.literal('AdmissionReview'),
  response: z.strictObject({
    uid: z.string(),
    allowed: z.boolean(),
    status: z
      .strictObject({
        status: z.literal('Failure'),
        code: z.literal(422),
        reason: z.literal('Invalid'),
        message: z.string().min(1).max(limits.message),
        details: z.strictObject({
          group: z.string(),
          kind: z.string(),
          name: z.string(),
          causes: z
            .array(
              z.strictObject({
                reason: z.string().min(1).max(64),
                field: z.string().max(limits.cause),
                message: z.string().min(1).max(limits.cause),
              }),
            )
            .min(1)
            .max(limits.causes),
        }),
      })
      .optional(),
    /** The API server cuts those that are longer than 256, and drops what is more than 4096 in all. */
    warnings: z.array(z.string().min(1).max(limits.warning)).max(limits.warnings).optional(),
  }),
});

export type AdmissionReview = z.infer<typeof AdmissionReview>;
export type AdmissionResponse = z.infer<typeof AdmissionResponse>;
