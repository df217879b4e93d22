import fc from 'fast-check';
import { groupBy, isEmpty, omitBy } from 'lodash-es';
import { describe, expect, it } from 'vitest';
import { jsonSize } from '../../../hooks/kubernetes/json-size.ts';
import { fileBlobs, keysOf, secretBlobs } from '../../../hooks/shards/blobs.ts';
import { entryTexts, manifestPieces, readManifest } from '../../../hooks/shards/manifest.ts';
import { type Packable, type Part, pack, packable, partLimit } from '../../../hooks/shards/pack.ts';
import { shardOf } from '../../../hooks/shards/rendezvous.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `pipeline-${index}`);

function pipeline(name: string, fileSize = 6000, secretSize = 8000, seed = name): Packable {
  const file = fileBlobs(`# ${seed}\n${'x'.repeat(fileSize)}`);
  const secret = secretBlobs('key', Buffer.from(`${seed}${'y'.repeat(secretSize)}`).toString('base64'));
  const entry = {
    namespace: 'shop',
    name,
    uid: `uid-${name}`,
    revision: 'r',
    policy: 'p',
    file: file.reference,
    secrets: { p0_token: secret.reference },
  };
  return packable(entry, [...file.blobs, ...secret.blobs]);
}

describe('the shard of a pipeline', () => {
  it('is spread evenly', () => {
    const counts = Object.values(groupBy(names(5000), (name) => shardOf('shop', name, 16))).map(
      (group) => group.length,
    );
    expect(counts).toHaveLength(16);
    expect(Math.max(...counts)).toBeLessThan(1.3 * (5000 / 16));
  });

  it('stays for nearly all when there is one shard more, and the others go to the new one', () => {
    const moved = names(2000).filter((name) => shardOf('shop', name, 16) !== shardOf('shop', name, 17));
    expect(moved.length).toBeLessThan(1.4 * (2000 / 17));
    expect(new Set(moved.map((name) => shardOf('shop', name, 17)))).toEqual(new Set([16]));
  });
});

describe('blobs', () => {
  it.each([0, 1, 48 * 1024, 48 * 1024 + 1, 300_000])('of %i characters are put together again', (length) => {
    const text = '€𝄞'.repeat(length).slice(0, length);
    const { reference, blobs } = fileBlobs(text);
    expect(keysOf(reference)).toEqual(blobs.map((blob) => blob.key));
    expect(blobs.map((blob) => Buffer.from(blob.content).toString()).join('')).toBe(Buffer.from(text).toString());
  });

  it('of secrets are named by a key that nobody else has', () => {
    expect(secretBlobs('a', 'djE=').reference).not.toEqual(secretBlobs('b', 'djE=').reference);
  });
});

describe('the manifest', () => {
  const entries = names(300).map((name) => pipeline(name).entry);

  it('is read from all of its pieces, and from nothing less', () => {
    const pieces = manifestPieces(3, entries.map(entryTexts));
    expect(Object.keys(pieces).length).toBeGreaterThan(2);
    expect(readManifest(3, (key) => pieces[key])).toEqual(entries);
    for (const missing of Object.keys(pieces))
      expect(readManifest(3, (key) => (key === missing ? undefined : pieces[key]))).toBeUndefined();
    const other = manifestPieces(3, entries.slice(1).map(entryTexts));
    for (const torn of Object.keys(pieces).slice(1))
      expect(readManifest(3, (key) => (key === torn ? other[key] : pieces[key]))).toBeUndefined();
  });

  it.each(['', '{}', 'null', '{"format":2}', '{"format":1,"shard":3,"revision":"r","continued":0,"pipelines":[{}]}'])(
    'is none: %s',
    (text) => expect(readManifest(3, () => text)).toBeUndefined(),
  );
});

const omitManifest = (data: Record<string, string>) => omitBy(data, (_, key) => key.startsWith('manifest-'));

describe('packing', () => {
  const size = (data: Record<string, string>) =>
    Object.entries(data).reduce((sum, [key, value]) => sum + key.length + Buffer.byteLength(value), 0);

  it('is the same for equal input in any order, and holds each part to its limit', () => {
    const pipelines = names(63).map((name) => pipeline(name));
    const { parts, leftOut } = pack(0, pipelines, 12);
    expect(leftOut).toEqual([]);
    expect(pack(0, [...pipelines].reverse(), 12).parts).toEqual(parts);
    for (const part of parts) for (const data of [part.config, part.secret]) expect(size(data)).toBeLessThan(partLimit);
    const config = Object.assign({}, ...parts.map((part) => part.config)) as Record<string, string>;
    expect(readManifest(0, (key) => config[key])).toHaveLength(63);
  });

  it('touches few parts when one pipeline changes', () => {
    const pipelines = names(63).map((name) => pipeline(name));
    const before = pack(0, pipelines, 12).parts;
    const changed = pipelines.map((one, index) => (index === 7 ? pipeline('pipeline-7', 6000, 8000, 'other') : one));
    const after = pack(0, changed, 12).parts;
    const touched = after.filter((part, index) => JSON.stringify(part) !== JSON.stringify(before[index]));
    expect(touched.length).toBeLessThanOrEqual(6);
  });

  const placesIn = (parts: readonly Part[]) =>
    new Map(
      parts.flatMap(({ config, secret }, part) => Object.keys({ ...config, ...secret }).map((key) => [key, part])),
    );
  const changedIn = (before: readonly Part[], after: readonly Part[]) =>
    after.flatMap((part, index) => (JSON.stringify(part) === JSON.stringify(before[index]) ? [] : [index]));

  it('leaves all where it is when there are more parts, and says for how long that has to be known', () => {
    const pipelines = names(40).map((name) => pipeline(name));
    const before = pack(0, pipelines, 6).parts;
    const grown = pack(0, pipelines, 12, undefined, placesIn(before));
    expect(changedIn([...before, ...grown.parts.slice(6)], grown.parts)).toEqual([]);
    expect(grown.parts.slice(6).every(({ config, secret }) => isEmpty(config) && isEmpty(secret))).toBe(true);
    expect(grown.stayed).toBe(true);
    expect(pack(0, [...pipelines].reverse(), 12, undefined, placesIn(grown.parts)).parts).toEqual(grown.parts);
    const changed = pipelines.map((one, index) => (index === 7 ? pipeline('pipeline-7', 6000, 8000, 'other') : one));
    // Those that it left, those that it goes to, and that of the manifest.
    expect(changedIn(grown.parts, pack(0, changed, 12, undefined, placesIn(grown.parts)).parts).length).toBeLessThan(6);
    const others = names(40).map((name) => pipeline(name, 6000, 8000, `${name} anew`));
    expect(pack(0, others, 12, undefined, placesIn(grown.parts))).toEqual(pack(0, others, 12));
  });

  it('moves what was in parts that are gone, and no more', () => {
    const pipelines = names(40).map((name) => pipeline(name));
    const before = pack(0, pipelines, 12).parts;
    const shrunk = pack(0, pipelines, 8, undefined, placesIn(before));
    expect(shrunk.leftOut).toEqual([]);
    for (const [index, part] of before.slice(0, 8).entries())
      expect(shrunk.parts[index]).toMatchObject({ config: omitManifest(part.config), secret: part.secret });
  });

  it('gives up places rather than a pipeline, and takes any places for what they are', () => {
    const pipelines = names(40).map((name) => pipeline(name, 20_000, 10_000));
    const plain = pack(0, pipelines, 6);
    const keys = pipelines.flatMap(({ blobs }) => blobs.map(({ key }) => key));
    for (const place of [0, 5, 6, -1, 0.5, Number.NaN]) {
      const packing = pack(0, pipelines, 6, undefined, new Map(keys.map((key) => [key, place])));
      expect(packing.leftOut, `${place}`).toEqual(plain.leftOut);
      expect(packing.entries).toEqual(plain.entries);
    }
  });

  it('stores equal content once', () => {
    const same = names(200).map((name) => ({ ...pipeline(name, 6000, 8000, 'same') }));
    const { parts } = pack(0, same, 12);
    expect(parts.flatMap((part) => Object.keys(part.config)).filter((key) => key.startsWith('f-'))).toHaveLength(1);
  });

  it('leaves newcomers out where there is no room, by name, and never who was in', () => {
    const pipelines = names(40).map((name) => pipeline(name, 20_000, 10_000));
    const old = new Set(names(16).map((name) => `uid-${name}`));
    const standing = new Map(
      pipelines.filter(({ entry }) => old.has(entry.uid)).map((one) => [`shop/${one.entry.name}`, one]),
    );
    const { entries, leftOut } = pack(0, pipelines, 3, () => standing);
    expect(leftOut.length).toBeGreaterThan(0);
    expect(entries.length + leftOut.length).toBe(40);
    for (const uid of old) expect(entries.map((entry) => entry.uid)).toContain(uid);
  });

  it('keeps who changed as it stands where the change has no room, and touches nobody else', () => {
    const before = names(30).map((name) => pipeline(name, 8000, 4000));
    const full = pack(0, before, 2);
    expect(full.leftOut).toEqual([]);
    const standing = new Map(before.map((one) => [`shop/${one.entry.name}`, one]));
    const grown = before.map((one, index) => {
      if (index % 3 > 0) return one;
      const { entry, blobs } = pipeline(one.entry.name, 90_000, 4000, `grown ${index}`);
      return packable({ ...entry, revision: 'grown' }, blobs);
    });
    const { entries, leftOut, kept } = pack(0, grown, 2, () => standing);
    expect(entries.map(({ name }) => name)).toEqual(full.entries.map(({ name }) => name));
    // One of them may have found room; the others are in as they were.
    expect(leftOut.length).toBeGreaterThanOrEqual(8);
    expect([...kept].sort()).toEqual(leftOut.map(({ name }) => `shop/${name}`).sort());
    for (const { name, revision } of entries) expect(kept.has(`shop/${name}`) && revision === 'grown').toBe(false);
  });

  it('fills no object beyond what an annotation can repeat, whatever characters it holds', () => {
    const nasty = ['<', '&', '\n', '"', '\\', 'ü', '\u2028', '日'];
    const pipelines = nasty.map((character, index) => {
      const file = fileBlobs(character.repeat(60_000));
      const { entry } = pipeline(`p${index}`);
      return packable({ ...entry, file: file.reference, secrets: {} }, file.blobs);
    });
    const { parts, leftOut } = pack(0, pipelines, 24);
    expect(leftOut).toEqual([]);
    for (const { config } of parts) expect(jsonSize({ data: config })).toBeLessThan(220 * 1024);
  });

  it('never loses or mixes anything, whatever the sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(70_000), fc.nat(60_000)), { maxLength: 25 }), (sizes) => {
        const pipelines = sizes.map(([file, secret], index) => pipeline(`p${index}`, file, secret));
        const { parts, entries, leftOut } = pack(2, pipelines, 5);
        expect(entries.length + leftOut.length).toBe(pipelines.length);
        const stored = Object.assign({}, ...parts.flatMap((part) => [part.config, part.secret])) as Record<
          string,
          string
        >;
        expect(readManifest(2, (key) => stored[key])).toEqual(entries);
        for (const entry of entries)
          for (const { key, content } of pipelines.find((one) => one.entry === entry)?.blobs ?? [])
            expect(stored[key]).toBe(content);
        for (const part of parts)
          for (const data of [part.config, part.secret]) expect(size(data)).toBeLessThanOrEqual(partLimit);
      }),
      { numRuns: 60 },
    );
  });
});
