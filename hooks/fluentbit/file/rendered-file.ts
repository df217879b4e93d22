/** A plugin in a file that `toYaml` wrote: where its lines are, and its properties as they are written. */
export interface RenderedItem {
  /** Index of its first character, and of the one behind its last. */
  start: number;
  end: number;
  /** In the order of the file; a text of several lines without their indentation. */
  properties: [name: string, value: string][];
}

/** A list of plugins below `pipeline`, its own line included. */
export interface RenderedList {
  start: number;
  end: number;
  items: RenderedItem[];
}

const itemStart = '    - ';
const propertyIndent = '      ';
const textIndent = '        ';

/**
 * The plugins of one kind in a file that `toYaml` wrote, by its layout alone: each line that begins a plugin or a
 * property has its own indentation, and whatever somebody wrote stands farther to the right, however many lines it has.
 * Thus a node tells what it has to know in a fraction of the time and memory of a reader of YAML. Of any other file
 * nothing is to be had this way.
 */
export function renderedList(text: string, name: 'inputs' | 'filters' | 'outputs'): RenderedList | undefined {
  const head = `  ${name}:\n`;
  const start = text.startsWith(head) ? 0 : text.indexOf(`\n${head}`) + 1;
  if (start === 0 && !text.startsWith(head)) return undefined;
  const list: RenderedList = { start, end: start + head.length, items: [] };
  let item: RenderedItem | undefined;
  for (let at = list.end; at < text.length; ) {
    const next = text.indexOf('\n', at);
    const end = next < 0 ? text.length : next + 1;
    const line = text.slice(at, next < 0 ? end : next);
    if (line !== '' && !line.startsWith('    ')) break;
    if (line.startsWith(itemStart)) {
      item = { start: at, end, properties: [] };
      list.items.push(item);
    }
    // A comment belongs to what comes behind it.
    else if (line.startsWith('    #')) item = undefined;
    if (item !== undefined) {
      addLine(item, line);
      item.end = end;
    }
    list.end = end;
    at = end;
  }
  return list;
}

function addLine({ properties }: RenderedItem, line: string): void {
  const own = line.slice(propertyIndent.length);
  const begins = line.startsWith(itemStart) || (line.startsWith(propertyIndent) && own !== '' && own[0] !== ' ');
  const last = properties.at(-1);
  if (begins) {
    const colon = own.indexOf(': ');
    if (colon > 0) properties.push([own.slice(0, colon), own.slice(colon + 2)]);
    else properties.push([own.endsWith(':') ? own.slice(0, -1) : own, '']);
  } else if (last !== undefined) last[1] += `\n${line.startsWith(textIndent) ? line.slice(textIndent.length) : line}`;
}

/** A property of one line, without the quotes that it may be in. */
export function renderedProperty({ properties }: RenderedItem, name: string): string | undefined {
  const value = properties.find(([own]) => own === name)?.[1];
  return value?.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}
