import type { PropertyType } from '../catalogue.ts';
import { sizeUnits } from '../engine-constants.ts';
import type { ClassifiedProperty } from '../property-classes.ts';
import { type Fault, type Filled, invalid, shown, type Text } from './fault.ts';

const on = ['true', 'on', 'yes'];
const off = ['false', 'off', 'no'];
const timeUnits: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * What is wrong with a value by the class of its property; that it is of its type is checked before. Which identities
 * may be used the policy decides; how long their names may be does not depend on it.
 */
export function limitFault(row: ClassifiedProperty, type: PropertyType, value: Text): Fault | undefined {
  if (row.allow !== undefined && row.class !== 'identity' && !allows(row.allow, value.text))
    return invalid(`${shown(value)} is not allowed here. ${row.why}`, `Allowed: ${row.allow.join(', ')}.`);
  if (row.pattern !== undefined && !new RegExp(row.pattern).test(value.text))
    return invalid(`${shown(value)} is not allowed here. ${row.why}`);
  if (row.unit === 'items' || (row.min === undefined && row.max === undefined)) return undefined;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, unit = 'count' } = row;
  const amount = amountOf(value.text, type, unit);
  if (amount >= min && amount <= max) return undefined;
  const what = unit === 'bytes' && type !== 'size' ? 'Its length' : shown(value);
  return invalid(`${what} is not within its bounds. ${row.why}`, `It may be ${bounds(row)}.`);
}

/** Bytes of a text of an output, which most write into each record; of a list and of a credential, which they do not. */
const longestText = 2048;
const longestCredential = 16_384;

/** What is wrong with the length of a text for which the class of its property has no bound of its own. */
export function lengthFault(property: string, row: ClassifiedProperty, value: Text): Fault | undefined {
  const bounded = row.max !== undefined && row.unit === 'bytes';
  if (value.file || bounded || property.endsWith('.pem')) return undefined;
  const most = row.credential === true || row.unit === 'items' ? longestCredential : longestText;
  const length = Buffer.byteLength(value.text);
  if (length <= most) return undefined;
  // Of a secret the length is nobody's business either.
  const what = value.secret ? 'It is too long.' : `It is ${length} bytes long.`;
  return invalid(`${what} ${row.why}`, `It may have at most ${most} bytes.`);
}

/** What is wrong with how many values there are, of all places in a plugin that set the property. */
export function itemsFault(row: ClassifiedProperty, places: readonly Filled[]): Fault | undefined {
  if (row.unit !== 'items' || row.max === undefined) return undefined;
  const texts = places.flatMap((place) => place.texts);
  const items = texts.reduce((sum, { value }) => sum + (value.unknown ? 1 : value.text.split(',').length), 0);
  return items <= row.max ? undefined : invalid(`It has ${items} items. ${row.why}`, `It may have at most ${row.max}.`);
}

function allows(allowed: readonly string[], text: string): boolean {
  const value = text.toLowerCase();
  // Beside other words off is one of them, as in log_level, and false means nothing.
  const flag = allowed.every((one) => [...on, ...off].includes(one));
  return allowed.some((one) => {
    const same = flag ? [on, off].find((words) => words.includes(one)) : undefined;
    return (same ?? [one.toLowerCase()]).includes(value);
  });
}

/** NaN where the text is no amount, which is within no bounds. */
function amountOf(text: string, type: PropertyType, unit: NonNullable<ClassifiedProperty['unit']>): number {
  if (unit === 'bytes' && type !== 'size' && type !== 'integer') return Buffer.byteLength(text);
  if (unit === 'seconds') {
    const [, digits = '', letter = ''] = /^(\d+(?:\.\d+)?)([smhd]?)$/i.exec(text) ?? [];
    return digits === '' ? Number.NaN : Number(digits) * (timeUnits[letter.toLowerCase()] ?? Number.NaN);
  }
  const [, digits = '', letter = ''] = /^([+-]?\d+(?:\.\d+)?)([KMG]?)B?$/i.exec(text) ?? [];
  return digits === '' ? Number.NaN : Number(digits) * (sizeUnits[letter.toUpperCase()] ?? Number.NaN);
}

function bounds({ min, max, unit = 'count' }: ClassifiedProperty): string {
  const amount = (number: number) => (unit === 'count' ? String(number) : `${number} ${unit}`);
  if (min === undefined) return `at most ${amount(max ?? 0)}`;
  return max === undefined ? `at least ${amount(min)}` : `from ${min} to ${amount(max)}`;
}
