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

/**
 * PEM blocks that were pasted by hand often carry `\n` as two characters. Text that holds a PEM block and no real
 * line break inside gets its line breaks back.
 */
export function unescapePem(text: string): string {
  return text.includes('-----BEGIN ') && text.includes('\\n')
    ? text.replaceAll('\\r\\n', '\n').replaceAll('\\n', '\n')
    : text;
}
