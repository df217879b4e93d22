import { z } from 'zod';

/**
 * What the content of a Secret is, as far as Fluent Bit looks at it when it starts. The trial makes something of the
 * same kind; the content itself never leaves the hooks.
 */
const secretKinds = [
  'text',
  'words',
  'lines',
  'number',
  'boolean',
  'path',
  'address',
  'http-url',
  'https-url',
  'base64',
  'cloud-id',
  'json',
  'google-credentials',
  'certificate',
  'private-key',
  'certificate-and-key',
] as const;
export type SecretKind = (typeof secretKinds)[number];

const name = z.string().min(1).max(253);

/** A file beside the configuration: of a kind where it is secret, with its content (base64) where it is not. */
const CandidateFile = z.union([
  z.strictObject({ kind: z.enum(secretKinds) }),
  z.strictObject({ content: z.base64().max(400_000) }),
]);

/** What a trial starts: a configuration without anything that tells of its tenant. */
export const Candidate = z.strictObject({
  /** Fluent Bit's YAML, with `/fluentbind/live` and `/var/lib/fluentbind` as prefixes of what it refers to. */
  configuration: z.string().max(1_048_576),
  /** Files under `/fluentbind/live/secrets`, by their name there. */
  secrets: z.record(name.regex(/^[A-Za-z0-9_-]+$/), CandidateFile),
  /** Fields of the resource by the names that stand for them in the configuration and so in Fluent Bit's messages. */
  fields: z.record(name, z.string().max(1024)),
});

/**
 * What came of it. `skipped`: it could not be tried for a reason that is not its own. `path` and `message` say what
 * is wrong; the message holds one line of Fluent Bit's, without anything of the machine that it ran on.
 */
export const TrialVerdict = z.object({
  verdict: z.enum(['ok', 'refused', 'skipped']),
  /** Of the Fluent Bit that tried. */
  version: z.string().max(63),
  path: z.string().max(1024).optional(),
  message: z.string().max(1024).optional(),
});

export type Candidate = z.infer<typeof Candidate>;
export type TrialVerdict = z.infer<typeof TrialVerdict>;
