/** Why the backend of an output does not take its records. */
export const deliveryCauses = [
  'Unauthorized',
  'Forbidden',
  'TooLarge',
  'RateLimited',
  'RejectedByBackend',
  'BackendError',
  'Unreachable',
  'NameNotResolved',
  'ConnectionRefused',
  'TlsFailed',
  'Timeout',
  'Dropped',
] as const;

export type DeliveryCause = (typeof deliveryCauses)[number];

/**
 * What a node says of deliveries. Pipelines are named by their handle, failing outputs by `<handle>.<index of the output>`;
 * a pipeline that is in neither has had no records.
 */
export interface Delivery {
  delivered: string[];
  failing: Record<string, string[]>;
}
