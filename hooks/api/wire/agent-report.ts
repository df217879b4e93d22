import { z } from 'zod';

const text = (length: number) => z.string().max(length);
const pipeline = { namespace: text(63), name: text(253), revision: text(64) };

/** One that a later version adds is a refusal, too. */
const reason = z
  .enum(['TrialRefused', 'ReloadRefused', 'ReloadDied', 'ReloadHung', 'SecretConflict', 'TooManyThreads'])
  .catch('ReloadRefused');

/** Why a node does not let a content in. `line`: what Fluent Bit says, in one line; empty where there is no room. */
const Refusal = z.object({ reason, line: text(2048) });

/** Pipelines of which there is room for the names alone, by namespace. */
const Brief = z.object({ reason, kept: z.boolean(), pipelines: z.record(text(63), z.array(text(253))) });

/** What a node says of itself to the agent's hook. Fields that a later version adds are passed over. */
export const AgentReport = z.object({
  node: text(253),
  agent: text(63),
  /** Revision by shard that is in force here; what of it is not is named below. */
  shards: z.record(z.string(), text(64)),
  /** Shards whose newest state has not arrived in full, with what is missing. */
  incomplete: z.record(z.string(), text(1024)),
  /** How many pipelines Fluent Bit runs. */
  live: z.int().min(0),
  /** `kept`: whether an older one is live in its place; where it is absent, the list of that name says so. */
  refused: z.array(Refusal.extend({ ...pipeline, kept: z.boolean().optional() })),
  /** What else is refused, in as few words as there are: it is here only where not all fits above. */
  briefly: z.array(Brief).optional(),
  /** Why the base configuration is not the newest. */
  base: Refusal.optional(),
  /** Of what is refused, or not judged yet: the revision that is live in its place. */
  kept: z.array(z.object(pipeline)),
  /** Changes that are still to be tried. */
  pending: z.int().min(0),
  /** How many of each are not named at all, for want of room. */
  more: z.object({ refused: z.int().min(0), kept: z.int().min(0) }),
  /** Pipelines by handle, failing outputs as `<handle>.<index of the output>`, by cause; see docs/delivery.md. */
  delivery: z.object({ delivered: z.array(text(11)), failing: z.record(text(32), z.array(text(16))) }).optional(),
  /** Whether Fluent Bit runs, and with what is said here. */
  healthy: z.boolean(),
  generation: z.int().min(0),
  fluentBitVersion: text(64),
  time: text(40),
});

export type AgentReport = z.infer<typeof AgentReport>;
export type Brief = z.infer<typeof Brief>;
export type Refusal = z.infer<typeof Refusal>;
