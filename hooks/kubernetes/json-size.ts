/** Characters of one byte, and of three, that Go's encoder writes as six so that JSON can stand in HTML. */
const ofOne = /[<>&]/g;
const ofThree = /[\u2028\u2029]/g;

/**
 * Bytes of a value as JSON in the way Metacontroller writes it: where it applies by itself, the whole of an object
 * stands in one of its annotations, and all of them together have 256 KiB.
 */
export function jsonSize(value: unknown): number {
  const json = JSON.stringify(value) ?? '';
  return Buffer.byteLength(json) + 5 * (json.match(ofOne)?.length ?? 0) + 3 * (json.match(ofThree)?.length ?? 0);
}
