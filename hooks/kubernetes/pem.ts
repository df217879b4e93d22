import { createPrivateKey } from 'node:crypto';

/** The PEM blocks of a text. A beginning without its end costs no search of all the rest. */
export function pemBlocks(text: string): { label: string; block: string }[] {
  return text.split(/(?=-----BEGIN )/).flatMap((piece) => {
    const label = /^-----BEGIN ([A-Z0-9 ]+)-----/.exec(piece)?.[1];
    if (label === undefined) return [];
    const end = `-----END ${label}-----`;
    const at = piece.indexOf(end);
    return at < 0 ? [] : [{ label, block: piece.slice(0, at + end.length) }];
  });
}

/** Whether a text is a private key that can be read without a password. */
export function isOpenKey(pem: string): boolean {
  try {
    createPrivateKey(pem);
    return true;
  } catch {
    return false;
  }
}

/** Whether a text begins a PEM block that it does not end: whoever reads block by block fails at its end. */
export function isCutOff(text: string): boolean {
  return text.split('-----BEGIN ').length - 1 > pemBlocks(text).length;
}

/**
 * PEM as OpenSSL takes it. Blocks that were pasted carry `\n` as two characters, are indented, glued together without a
 * line break, or have their body in one line: parsers of other programs read them all the same, OpenSSL does not. Each
 * is then written anew. Any other text stays byte for byte, one with PEM in it as well: in JSON `\n` is right.
 */
export function canonicalPem(text: string): string {
  if (!text.includes('-----BEGIN ')) return text;
  const broken = text.replaceAll('\\r\\n', '\n').replaceAll('\\n', '\n');
  const blocks = pemBlocks(broken);
  const notes = around(broken, blocks);
  if (blocks.length === 0 ? !/^\s*-----BEGIN /.test(broken) : /["'{}<>]/.test(notes)) return text;
  if (isTidy(broken, blocks) || isCutOff(broken)) return broken;
  const written = blocks.map(({ label, block }) => writtenAnew(label, block));
  return written.includes(undefined) ? broken : written.join('');
}

/** What stands before, between and behind the blocks. */
function around(text: string, blocks: readonly { block: string }[]): string {
  let [notes, at] = ['', 0];
  for (const { block } of blocks) {
    const start = text.indexOf(block, at);
    notes += text.slice(at, start);
    at = start + block.length;
  }
  return notes + text.slice(at);
}

/** Markers stand in lines of their own, and lines between them are no longer than OpenSSL's own. */
function isTidy(text: string, blocks: readonly { block: string }[]): boolean {
  let at = 0;
  return blocks.every(({ block }) => {
    const start = text.indexOf(block, at);
    at = start + block.length;
    const apart = (start === 0 || text[start - 1] === '\n') && /^(\r?\n|$)/.test(text.slice(at, at + 2));
    const lines = block.split(/\r?\n/);
    const marked =
      lines.length > 2 &&
      lines.every((line, index) => line.includes('-----') === (index === 0 || index === lines.length - 1));
    return apart && marked && lines.every((line) => line.length <= 76 && !/^\s+\S/.test(line));
  });
}

/** Undefined where the body is no Base64. */
function writtenAnew(label: string, block: string): string | undefined {
  const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`];
  const lines = block
    .slice(begin.length, -end.length)
    .split(/\r?\n/)
    .map((line) => line.trim());
  // Of an encrypted key: `Proc-Type: 4,ENCRYPTED`, up to an empty line.
  const headers = lines.filter((line) => line.includes(':'));
  const body = lines
    .filter((line) => !line.includes(':'))
    .join('')
    .replaceAll(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body)) return undefined;
  const head = headers.length === 0 ? [] : [...headers, ''];
  return `${[begin, ...head, ...(body.match(/.{1,64}/g) ?? []), end].join('\n')}\n`;
}
