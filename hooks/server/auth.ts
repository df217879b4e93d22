import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether an Authorization header bears one of the tokens. Time does not tell how much of it was right. */
export function authorized(header: string | undefined, tokens: readonly string[]): boolean {
  const presented = digest(/^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? '');
  let accepted = false;
  for (const token of tokens) accepted = timingSafeEqual(presented, digest(token)) || accepted;
  return accepted;
}

/** Digests have one length, which timingSafeEqual needs and which hides that of the token. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
