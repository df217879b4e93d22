import { isIP } from 'node:net';
import { type Check, each, invalid, shown } from './fault.ts';
import { matching, rule } from './values.ts';
import { tokens } from './words.ts';

const hostName = /^[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?)*\.?$/;

/** A name or an address. Fluent Bit starts with anything, and never connects. */
export const host: Check = (value) => {
  const { text } = value;
  if (isIP(text) !== 0) return undefined;
  if (text.includes('://'))
    return invalid(
      `${shown(value)} is a URL, not a host.`,
      'Write the host alone; set port, uri and tls by themselves.',
    );
  if (/^[^:]+:\d+$/.test(text))
    return invalid(`${shown(value)} is a host with its port.`, 'Write the port as the property port.');
  if (text.includes('/'))
    return invalid(`${shown(value)} is a host with a path.`, 'Write the path as the property uri.');
  return text.length <= 253 && hostName.test(text)
    ? undefined
    : invalid(`${shown(value)} is no name of a host and no address.`);
};

/** Only an address: on anything else Fluent Bit crashes when it connects. */
export const address: Check = (value) =>
  isIP(value.text) !== 0 ? undefined : invalid(`${shown(value)} is no IP address.`);

const noUrl: Check = (value) =>
  /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(value.text)
    ? invalid(`${shown(value)} is a URL, not a path.`, 'Write what follows the host, such as /logs.')
    : undefined;

const oneWord = matching(/^\S+$/, 'contains a space, which ends the path of a request');

/** The path of a request, to which Fluent Bit adds the slash. */
export const path: Check = each(noUrl, oneWord);

/** The path of a request as it goes out. */
export const rootedPath: Check = each(noUrl, oneWord, matching(/^\//, 'is no path that begins with /'));

/** What Fluent Bit takes for a URL. */
export const url: Check = matching(
  /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^\s/?#]+/,
  'is no URL',
  'Write it as https://host:port/path.',
);

export const httpsUrl: Check = matching(/^https:\/\/[^\s/?#]+/, 'is no URL with https://');

/** "Name value": Fluent Bit adds the colon, and sends a lone name as its own value. */
export const header: Check = (value) => {
  const [name = '', content] = tokens(value.text, 1);
  if (content === undefined) return rule('A header needs a name and a value.', 'Write it as "X-Scope-OrgID shop".');
  if (name.endsWith(':'))
    return rule('Fluent Bit adds the colon of a header itself.', 'Write it as "X-Scope-OrgID shop".');
  return /^[!#$%&'*+.^_`|~A-Za-z0-9-]+$/.test(name) ? undefined : rule(`${shown(value, name)} is no name of a header.`);
};

/** `name:base64(region$host$…)`, of at most 255 bytes (extract_cloud_host of out_es). */
export function cloudId(value: Parameters<Check>[0]): ReturnType<Check> {
  const [, encoded = ''] = /^[^:]*:([A-Za-z0-9+/]+={0,2})$/.exec(value.text) ?? [];
  const decoded = Buffer.from(encoded, 'base64').toString('latin1');
  const parts = decoded.split('$').filter((part) => part !== '');
  return encoded.length % 4 === 0 && decoded.length < 256 && parts.length >= 2
    ? undefined
    : invalid(`${shown(value)} is no Cloud ID.`, 'Copy it from the console of Elastic Cloud, as name:….');
}
