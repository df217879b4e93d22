import { isIP } from 'node:net';
import { RE2JS } from 're2js';
import { controlBesidesLayout, lineBreak } from '../api/characters.ts';
import type { ValueType } from '../api/value-source.ts';

const hostName = /^[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*\.?$/;
const control = /[\u0000-\u001f\u007f]/;

/** Largest value that goes into an environment variable of Fluent Bit; larger ones belong into a file. */
const maxLength = 65536;

/** What is wrong with a value of a type, or undefined. Never says the value itself: it may be a secret. */
export function typeFault(type: ValueType, value: string): string | undefined {
  if (value === '') return 'is empty';
  if (Buffer.byteLength(value) > maxLength) return `is longer than ${maxLength} bytes`;
  if (type === 'file') return undefined;
  if (type === 'text') return controlBesidesLayout.test(value) ? 'contains control characters' : undefined;
  if (lineBreak.test(value)) return 'contains a line break; only type text or file may';
  if (control.test(value)) return 'contains control characters';
  return faults[type](value);
}

const unless = (holds: boolean, fault: string) => (holds ? undefined : fault);

const faults: Record<Exclude<ValueType, 'text' | 'file'>, (value: string) => string | undefined> = {
  string: () => undefined,
  host: hostFault,
  port: (value) =>
    unless(
      /^[0-9]{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65535,
      'is no port number from 1 to 65535',
    ),
  url: (value) =>
    unless(
      URL.canParse(value) && /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^\s]+$/.test(value),
      'is no URL with a scheme, such as https://example.com/path',
    ),
  integer: (value) => unless(/^[+-]?[0-9]{1,18}$/.test(value), 'is no integer'),
  boolean: (value) => unless(/^(true|false|on|off|yes|no)$/i.test(value), 'is none of true, false, on, off, yes, no'),
};

function hostFault(value: string): string | undefined {
  if (isIP(value) !== 0) return undefined;
  if (value.includes('://')) return 'is a URL, not a host; take its host with part: host';
  if (/:\d+$/.test(value)) return 'is host:port, not a host; take its host with part: host';
  return unless(value.length <= 253 && hostName.test(value), 'is no host name and no IP address');
}

/**
 * Whether the whole value matches. Patterns come from tenants, so they run on RE2, which needs linear time.
 * Undefined where the pattern itself does not compile.
 */
export function matchesPattern(pattern: string, value: string): boolean | undefined {
  try {
    return RE2JS.compile(pattern).matches(value);
  } catch {
    return undefined;
  }
}
