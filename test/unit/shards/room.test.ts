import { createHash } from 'node:crypto';
import { groupBy, maxBy } from 'lodash-es';
import { describe, expect, it } from 'vitest';
import { defaultParts, defaultShards } from '../../../hooks/api/kinds/fluent-bit-agent.ts';
import { fileBlobs, secretBlobs } from '../../../hooks/shards/blobs.ts';
import { type Packable, pack, packable } from '../../../hooks/shards/pack.ts';
import { shardOf } from '../../../hooks/shards/rendezvous.ts';

const filler = (seed: string, length: number) =>
  createHash('sha256')
    .update(seed)
    .digest('hex')
    .repeat(Math.ceil(length / 64))
    .slice(0, length);

/** 6 KB of file and 8 KB of secrets of its own, in so many values. */
function pipeline(number: number, values: number): Packable {
  const file = fileBlobs(filler(`file ${number}`, 6144));
  const secrets = Array.from({ length: values }, (_, index) =>
    secretBlobs('key', Buffer.from(filler(`${number}/${index}`, 8192 / values)).toString('base64')),
  );
  return packable(
    {
      namespace: `tenant-${number}`,
      name: 'logs',
      uid: '0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f',
      revision: '0'.repeat(32),
      policy: '0'.repeat(32),
      file: file.reference,
      secrets: Object.fromEntries(
        secrets.map(({ reference }, index) => [`p0123456789abcdef_secret${index}`, reference]),
      ),
    },
    [...file.blobs, ...secrets.flatMap(({ blobs }) => blobs)],
  );
}

describe('the default shards and parts', () => {
  it.each([
    [1000, 1, defaultShards, defaultParts],
    [5000, 1, defaultShards, defaultParts],
    [5000, 4, defaultShards, defaultParts],
    // What the README names for fewer.
    [1000, 1, 16, 5],
  ])('%i pipelines with secrets in %i values fit %i shards of %i parts', (count, values, shards, parts) => {
    const numbers = Array.from({ length: count }, (_, number) => number);
    const shares = Object.values(groupBy(numbers, (number) => shardOf(`tenant-${number}`, 'logs', shards)));
    const fullest = (maxBy(shares, 'length') ?? []).map((number) => pipeline(number, values));
    expect(pack(0, fullest, parts).leftOut).toEqual([]);
  });
});
