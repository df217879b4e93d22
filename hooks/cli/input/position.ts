import { type Document, isMap, isPair, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

interface File {
  name: string;
  text: string;
  lines: LineCounter;
}

export interface Located {
  file: File;
  offset: number;
}

/**
 * Where in a document a field such as `spec.outputs[0].properties.tls.verify` stands: its value, or for a field that
 * is missing the nearest one around it. Keys may hold dots; the longest that exists is taken.
 */
export function locate(file: File, document: Document, path: string): Located {
  let node = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  let rest = path;
  while (rest !== '' && node !== null) {
    const step = stepInto(node, rest);
    if (step === undefined) break;
    offset = step.offset;
    node = step.node;
    rest = step.rest;
  }
  return { file, offset };
}

function stepInto(node: Node, path: string): { node: Node | null; offset: number; rest: string } | undefined {
  const index = /^\[(\d+)\]\.?/.exec(path);
  if (index !== null && isSeq(node)) {
    const item = node.items[Number(index[1])] as Node | undefined;
    return item === undefined
      ? undefined
      : { node: item, offset: item.range?.[0] ?? 0, rest: path.slice(index[0].length) };
  }
  const quoted = /^\["((?:[^"\\]|\\.)*)"\]\.?/.exec(path);
  if (!isMap(node)) return undefined;
  let best: { node: Node | null; offset: number; rest: string; length: number } | undefined;
  for (const pair of node.items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    const key = String(pair.key.value);
    const value = pair.value as Node | null;
    const rest =
      quoted !== null && JSON.parse(`"${quoted[1]}"`) === key ? path.slice(quoted[0].length) : afterKey(path, key);
    if (rest === undefined || (best !== undefined && key.length <= best.length)) continue;
    // A value that is a block begins on a later line: the key is what one looks for.
    const offset =
      value !== null && isScalar(value) && rest === '' ? (value.range?.[0] ?? 0) : (pair.key.range?.[0] ?? 0);
    best = { node: value, offset, rest, length: key.length };
  }
  return best;
}

function afterKey(path: string, key: string): string | undefined {
  if (!path.startsWith(key)) return undefined;
  const rest = path.slice(key.length);
  if (rest === '' || rest.startsWith('[')) return rest;
  return rest.startsWith('.') ? rest.slice(1) : undefined;
}

/** `file:line:col`, and the line with a caret under the place. */
export function pointer({ file, offset }: Located): { place: string; excerpt: string } {
  const { line, col } = file.lines.linePos(offset);
  const text = file.text.split('\n')[line - 1] ?? '';
  const shown = text.length > 160 ? `${text.slice(0, 160)}…` : text;
  const number = String(line).padStart(5);
  const indent = shown.slice(0, col - 1).replace(/[^\t]/g, ' ');
  return {
    place: `${file.name}:${line}:${col}`,
    excerpt: `${number} | ${shown}\n${' '.repeat(number.length)} | ${indent}^`,
  };
}
