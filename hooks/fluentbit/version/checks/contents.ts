import { createPrivateKey } from 'node:crypto';
import { parseObject } from '../../../kubernetes/json-object.ts';
import { isCutOff, isOpenKey, pemBlocks } from '../../../kubernetes/pem.ts';
import { type Check, type Fault, invalid } from './fault.ts';

/** The token has 1024 bytes, some 200 of them for what is not the name; a signature has 256 bytes. */
const mostEmail = 512;
const mostBits = 2048;

/** What a plugin reads of a declared file when it starts (fact: files-at-start): with anything else the agent ends. */
function inFile(fault: (text: string) => Fault | undefined): Check {
  return ({ content }) => (content === undefined ? undefined : fault(content.toString('utf8')));
}

/** In bytes: stackdriver writes the project into 1024 bytes, and sends what is behind them as well. */
const longest: Readonly<Record<string, number>> = { project_id: 128 };

/** The key of a service account of Google; `fields` are texts that have to be in it. */
export function googleCredentials(...fields: readonly string[]): Check {
  return inFile((text) => {
    const account = parseObject(text);
    if (account === undefined)
      return invalid('The file is not a JSON object.', 'Copy the key of the service account whole.');
    const absent = fields.filter((field) => typeof account[field] !== 'string' || account[field] === '');
    if (absent.length > 0)
      return invalid(`The file has no ${absent.join(', ')}.`, 'Use the key of a service account, in JSON.');
    const long = fields.find((field) => Buffer.byteLength(String(account[field])) > (longest[field] ?? Infinity));
    if (long !== undefined)
      return invalid(`${long} in the file is longer than ${longest[long]} bytes.`, 'Use the key as Google made it.');
    // For a password Fluent Bit would ask on its terminal, and wait.
    const key = String(account['private_key']);
    if (!isOpenKey(key)) return invalid('private_key in the file is not a private key in PEM without a password.');
    return tooLarge(String(account['client_email']), key);
  });
}

/** What is larger than the buffers for the token and its signature: Google would refuse every request (fact: shared-buffers). */
function tooLarge(email: string, key: string): Fault | undefined {
  if (Buffer.byteLength(email) > mostEmail)
    return invalid(`client_email in the file is longer than ${mostEmail} bytes.`);
  const bits = createPrivateKey(key).asymmetricKeyDetails?.modulusLength ?? 0;
  return bits <= mostBits
    ? undefined
    : invalid(`private_key in the file has ${bits} bits. Fluent Bit signs with ${mostBits} at most.`);
}

/** A database of MaxMind, which ends in a map behind this mark (libmaxminddb looks for it in the last 128 KiB). */
export const geoDatabase: Check = ({ content }) =>
  content === undefined || content.subarray(-131_072).includes(maxMindMark)
    ? undefined
    : invalid('The file is not a MaxMind database.', 'Declare a file that ends in .mmdb, whole.');

const maxMindMark = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');

/** A file of PEM blocks, one of them with such a label. */
export function pemFile(label: RegExp, what: string): Check {
  return inFile((text) => {
    if (isCutOff(text)) return invalid('The file begins a PEM block that it does not end.', 'Copy all of it.');
    return pemBlocks(text).some((block) => label.test(block.label))
      ? undefined
      : invalid(`The file holds no PEM ${what}.`);
  });
}

/** A declared file of accessors, in which Fluent Bit expands what the environment of the agent holds. */
export function withoutVariables({ content }: Parameters<Check>[0]): ReturnType<Check> {
  return content?.includes('${') === true
    ? invalid('The file contains ${…}, which Fluent Bit would expand.', 'Use values without ${…}.')
    : undefined;
}
