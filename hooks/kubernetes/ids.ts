import { hash } from 'node:crypto';

/**
 * The one scheme of ids: `p` and 16 hexadecimal digits of SHA-256 over the path of a thing, such as `shop/checkout/main`.
 * Names that begin with one cannot collide, and as it has a fixed length none is a prefix of another.
 */
export function id(...path: string[]): string {
  return `p${hash('sha256', path.join('/')).slice(0, 16)}`;
}

/** One in the place of another, for those who may not know whose it is: the same for the same number. */
export function neutralId(number: number): string {
  return `p${number.toString(16).padStart(16, '0')}`;
}

/** Matches an id, as the source of a regular expression: whoever looks for ids puts it into its own. */
export const idPattern = 'p[0-9a-f]{16}';

export const idLength = 17;

/** The text with another one in the place of each id. */
export function replaceIds(text: string, by: (id: string) => string): string {
  return text.replace(everyId, by);
}

const everyId = new RegExp(idPattern, 'g');
