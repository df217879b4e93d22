/** What every Lua filter of fluentbind calls. */
export const luaCall = 'fluentbind';

/** A Lua string literal; everything that could mean something, to Lua or to Fluent Bit, is written as a number. */
export function luaString(text: string): string {
  const escaped = [...Buffer.from(text, 'utf8')].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9 _.,:/*-]/.test(character) ? character : `\\${String(byte).padStart(3, '0')}`;
  });
  return `"${escaped.join('')}"`;
}
