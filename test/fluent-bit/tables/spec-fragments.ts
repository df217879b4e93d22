/**
 * Fragments of a spec, and what becomes of an agent that gets them as they stand: `fine` starts and takes a record;
 * `fatal` does not start, or ends or hangs with a record; `misread` starts and does something else than it says.
 */
/** `harmful`: Fluent Bit runs with it, and it harms others. */
export type Fate = 'fine' | 'fatal' | 'misread' | 'harmful';
export type Entry = [fate: Fate, fragment: Record<string, unknown>];

export const filter = (plugin: string, properties: object, rules: string[] = []) => ({
  filters: [{ plugin, properties, rules }],
});
export const output = (plugin: string, properties: object = {}) => ({
  outputs: [{ plugin, properties: { host: '127.0.0.1', port: 1, ...properties } }],
});
export const bare = (plugin: string, properties: object = {}) => ({ outputs: [{ plugin, properties }] });
export const http = (properties: object) => output('http', properties);
export const grep = (text: string) => filter('grep', { regex: text });
export const modify = (...rules: string[]) => filter('modify', {}, rules);
export const lua = (code: string, call = 'f') => filter('lua', { code, call });
export const parser = (properties: object) => ({
  parsers: [{ name: 'mine', properties }],
  ...filter('parser', { key_name: 'log', parser: 'mine' }),
});
export const parserRegex = (text: string) => parser({ format: 'regex', regex: text });
export const multiline = (properties: object, rules: object[] = []) => ({
  multilineParsers: [{ name: 'mine', properties, rules }],
  ...filter('multiline', { 'multiline.key_content': 'log', 'multiline.parser': 'mine' }),
});
export const state = (name: string, regex: string, next: string) => ({ state: name, regex, next });
