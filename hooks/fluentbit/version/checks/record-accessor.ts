type Part = 'text' | 'key' | 'tag' | 'capture';

/** What a record accessor consists of, which may be nothing, or why Fluent Bit refuses it. */
export type Accessor = { parts: Part[] } | { fault: string };

/**
 * Takes a text with record accessors apart as Fluent Bit does: `$key['a'][0]`, `$TAG`, `$TAG[1]`, `$0`
 * (fact: record-accessors).
 */
export function parseAccessor(text: string): Accessor {
  const parts: Part[] = [];
  let position = 0;
  while (position < text.length) {
    const dollar = text.indexOf('$', position);
    if (dollar < 0 || dollar === text.length - 1) {
      if (text !== '$') parts.push('text');
      break;
    }
    if (dollar > position) parts.push('text');
    const rest = text.slice(dollar + 1);
    if (/^[0-9]/.test(rest)) {
      parts.push('capture');
      position = dollar + 2;
    } else if (rest.startsWith('TAG') && rest.length > 2) {
      parts.push('tag');
      const index = /^TAG\[[^\]]*\]/.exec(rest);
      position = dollar + 1 + (index?.[0].length ?? 3);
    } else {
      const end = endOfKey(rest);
      const fault = keyFault(rest.slice(0, end));
      if (fault !== undefined) return { fault };
      parts.push('key');
      position = dollar + 1 + end;
    }
  }
  return { parts };
}

/** A key ends at a dot, space, comma or double quote; a dot between single quotes belongs to it. */
function endOfKey(rest: string): number {
  let quotes = 0;
  for (let index = 0; index < rest.length; index++) {
    const character = rest[index] ?? '';
    if (character === "'") quotes++;
    else if (character === '.' && quotes % 2 === 1) continue;
    else if (' ,".'.includes(character)) return index;
  }
  return rest.length;
}

/** Characters that the grammar does not know are skipped there, with an error in the log. */
function keyFault(key: string): string | undefined {
  const token = /'(?:[^']|'')*'|0|[1-9][0-9]*|[A-Za-z_][A-Za-z0-9_./-]*|[$[\].,;]/g;
  const found = [...key.matchAll(token)].map(([text]) => text);
  const [name, ...rest] = found;
  if (name === undefined || !/^[A-Za-z_]/.test(name)) return 'it must begin with the name of a key';
  for (let index = 0; index < rest.length; index += 3) {
    const [open, subkey, close] = rest.slice(index, index + 3);
    if (open !== '[') return `${name} is followed by ${open}`;
    if (subkey === undefined || !/^['0-9]/.test(subkey)) return "a subkey stands in single quotes: ['name'] or [0]";
    if (close !== ']') return 'a bracket is not closed';
  }
  return undefined;
}
