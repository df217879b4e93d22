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
