/** A section of a rendered file: where it stands, its own line included, and the lines in it. */
export interface RenderedSection {
  start: number;
  end: number;
  content: string;
}

/**
 * A section below `pipeline`. It ends where a line stands farther to the left; what somebody wrote stands farther to the
 * right, however many lines it has.
 */
export function renderedSection(text: string, name: 'inputs' | 'filters' | 'outputs'): RenderedSection | undefined {
  const found = new RegExp(`^ {2}${name}:\\n((?:(?: {4}.*)?\\n)*)`, 'm').exec(text);
  if (found === null) return undefined;
  const [whole, content = ''] = found;
  return { start: found.index, end: found.index + whole.length, content };
}
