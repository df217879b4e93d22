import { createHmac, hash } from 'node:crypto';
import { jsonSize } from '../kubernetes/json-size.ts';

/** A piece of content under a name that follows from it: equal names hold equal content, and nothing is stored twice. */
export interface Blob {
  key: string;
  secret: boolean;
  /** Text of a ConfigMap, or base64 of a Secret. */
  content: string;
  /** What it takes of an object: bytes of JSON, Base64 as it is. */
  size: number;
}

/** @param secret whether the content is base64 of a Secret */
export function blob(key: string, secret: boolean, content: string): Blob {
  const size = key.length + (secret ? content.length : jsonSize(content)) + 8;
  return { key, secret, content, size };
}

/** How a manifest refers to content: a key, or several that make it up together. */
export type BlobReference = string | { blob: string; pieces: number };

/** Characters: as JSON they may take six times as many bytes, and a part has to have room for them. */
const pieceLength = 24 * 1024;

/** Public content by its SHA-256, so that the node can check it. */
export function fileBlobs(text: string): { reference: BlobReference; blobs: Blob[] } {
  const key = `f-${hash('sha256', text)}`;
  return pieces(key, text, false);
}

/** Secret content by a keyed digest: the name of a blob stands in manifests, where guesses could be tested against it. */
export function secretBlobs(digestKey: string, base64: string): { reference: BlobReference; blobs: Blob[] } {
  const key = `s-${createHmac('sha256', digestKey).update(base64).digest('hex').slice(0, 32)}`;
  return pieces(key, base64, true);
}

function pieces(key: string, content: string, secret: boolean): { reference: BlobReference; blobs: Blob[] } {
  if (content.length <= pieceLength) return { reference: key, blobs: [blob(key, secret, content)] };
  const cut = cuts(content, secret);
  return {
    reference: { blob: key, pieces: cut.length },
    blobs: cut.map((piece, index) => blob(`${key}.${index}`, secret, piece)),
  };
}

/** Base64 is cut between its groups of four, text between characters: each piece is whole in itself. */
function cuts(content: string, secret: boolean): string[] {
  const found: string[] = [];
  for (let start = 0; start < content.length; ) {
    let end = Math.min(start + pieceLength, content.length);
    if (!secret && end < content.length && isHighSurrogate(content.charCodeAt(end - 1))) end -= 1;
    found.push(content.slice(start, end));
    start = end;
  }
  return found;
}

const isHighSurrogate = (code: number) => code >= 0xd800 && code <= 0xdbff;

/** The name of the content itself. */
export function blobName(reference: BlobReference): string {
  return typeof reference === 'string' ? reference : reference.blob;
}

/** The keys that a reference needs, all of them. */
export function keysOf(reference: BlobReference): string[] {
  if (typeof reference === 'string') return [reference];
  return Array.from({ length: reference.pieces }, (_, index) => `${reference.blob}.${index}`);
}
