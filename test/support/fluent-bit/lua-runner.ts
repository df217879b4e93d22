import { Lua } from 'wasmoon-lua5.1';
import { luaString } from '../../../hooks/fluentbit/input/lua-text.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Lists are marked, as Fluent Bit marks them: an empty one stays a list. */
const prelude = `
local list = {}
function array(t) return setmetatable(t, list) end
function encode(v)
  local kind = type(v)
  if kind == "table" then
    local parts = {}
    if getmetatable(v) == list then
      for i = 1, #v do parts[i] = encode(v[i]) end
      return "[" .. table.concat(parts, ",") .. "]"
    end
    for key, value in pairs(v) do parts[#parts + 1] = string.format("%q:%s", tostring(key), encode(value)) end
    return "{" .. table.concat(parts, ",") .. "}"
  end
  if kind == "string" then
    return '"' .. v:gsub('[%c"\\\\\\128-\\255]', function(c) return string.format("\\\\u%04x", c:byte()) end) .. '"'
  end
  if kind == "nil" then return "null" end
  return tostring(v)
end
`;

/** A value as Lua source. */
export function literal(value: Json): string {
  if (value === null) return 'nil';
  if (typeof value === 'string') return luaString(value);
  if (Array.isArray(value)) return `array({${value.map(literal).join(', ')}})`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([key, inner]) => `[${luaString(key)}] = ${literal(inner)}`);
    return `{${entries.join(', ')}}`;
  }
  return String(value);
}

/** A function of a Lua filter in a real interpreter of Fluent Bit's dialect (5.1): a record in, code and record out. */
export async function luaFilter(
  code: string,
  call: string,
): Promise<(record: Json) => Promise<{ code: number; record: Json }>> {
  const lua = await Lua.create();
  let reported = '';
  // Results of a chunk stay on the interpreter's stack for good: what it says goes through a function instead.
  lua.ctx.report = (text: string) => {
    reported = text;
  };
  await lua.doString(prelude);
  await lua.doString(code);
  return async (record) => {
    await lua.doString(
      `local code, _, record = ${call}("tag", 1.5, ${literal(record)}) report(string.format('{"code":%d,"record":%s}', code, encode(record)))`,
    );
    return JSON.parse(latin1(reported)) as { code: number; record: Json };
  };
}

/** Bytes were escaped one by one; together they are UTF-8. */
function latin1(json: string): string {
  return json.replace(/(?:\\u00[0-9a-f]{2})+/g, (run) => {
    const bytes = Buffer.from([...run.matchAll(/\\u00([0-9a-f]{2})/g)].map((m) => Number.parseInt(m[1] ?? '0', 16)));
    return JSON.stringify(bytes.toString('utf8')).slice(1, -1);
  });
}
