/** What ends a line for somebody: for HTTP, for shells, or for the YAML 1.1 reader of Fluent Bit. */
export const lineBreak = /[\r\n\u0085\u2028\u2029]/;

/** Control characters that no text has any use for. */
export const controlBesidesLayout = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
