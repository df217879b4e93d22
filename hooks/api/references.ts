/**
 * `$(name)` in texts: Kubernetes' own variable syntax, with `$$(` for a literal `$(`. A `$(` that no name follows is
 * plain text. `${name}`, Fluent Bit's own form, means the same; there is no escape for it, so that any other `${…}`
 * is an error rather than somebody's environment.
 */
export type Segment = { text: string } | { reference: string; form: string };

const token = /\$\$\(|\$\(([A-Za-z_][A-Za-z0-9_-]*)\)|\$\{/g;

export function segments(text: string): Segment[] {
  const result: Segment[] = [];
  let literal = '';
  let end = 0;
  // Where a ${ has no } behind it: looking for one each time would take for ever with a text full of them.
  const last = text.lastIndexOf('}');
  for (const match of text.matchAll(token)) {
    const { index } = match;
    const braced = match[0] === '${';
    // Inside of a ${…} that is taken already, or without an end.
    if (index < end || (braced && index > last)) continue;
    const form = braced ? text.slice(index, text.indexOf('}', index) + 1) : match[0];
    const name = braced ? form.slice(2, -1) : match[1];
    literal += text.slice(end, index);
    end = index + form.length;
    if (name === undefined) {
      literal += '$(';
      continue;
    }
    if (literal !== '') result.push({ text: literal });
    literal = '';
    result.push({ reference: name, form });
  }
  literal += text.slice(end);
  if (literal !== '' || result.length === 0) result.push({ text: literal });
  return result;
}

/** Names that a text refers to, in order, with the form in which it does. */
export function references(text: string): { reference: string; form: string }[] {
  return segments(text).filter((segment) => 'reference' in segment);
}
