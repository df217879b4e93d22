/**
 * PEM blocks that were pasted by hand often carry `\n` as two characters. Text that holds a PEM block and no real
 * line break inside gets its line breaks back.
 */
export function unescapePem(text: string): string {
  return text.includes('-----BEGIN ') && text.includes('\\n')
    ? text.replaceAll('\\r\\n', '\n').replaceAll('\\n', '\n')
    : text;
}
