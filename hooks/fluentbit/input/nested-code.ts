import { luaCall } from './lua-text.ts';

/**
 * Only of texts that are long enough to end the agent by their levels (fact: recursion-in-json): to look at each of their
 * brackets takes about as long as to parse them. One within a string counts as well, for who has a thousand open is no
 * honest line in any case. A bracket that closes nothing does not count: a pattern may cut out what follows it. Nor may
 * escapes hide brackets from us that a parser would find. What opens is replaced, so that no pattern gets it back.
 */
export const markNested = `local function mark_nested(map, level)
  local marked = false
  for key, value in pairs(map) do
    if type(value) == "table" then
      if level > 100 then
        map[key] = "nested too deeply"
        marked = true
      elseif mark_nested(value, level + 1) then
        marked = true
      end
    elseif type(value) == "string" and #value > 32768 then
      local depth, escapes = 0, 0
      for mark in string.gmatch(value, "[%[%]{}\\\\]") do
        if mark == "\\\\" then
          escapes = escapes + 1
        elseif mark == "[" or mark == "{" then
          depth = depth + 1
        elseif depth > 0 then
          depth = depth - 1
        end
        if depth > 1000 or escapes > 40000 then
          map[key] = "nested too deeply: " .. (string.gsub(value, "[%[{\\\\]", "("))
          marked = true
          break
        end
      end
    end
  end
  return marked
end`;

/** The same alone, for records that nothing else is done to: the others keep their numbers (fact: numbers-in-lua). */
export const markNestedCode = `${markNested}
function ${luaCall}(tag, timestamp, record)
  return mark_nested(record, 1) and 2 or 0, timestamp, record
end
`;

/** A text that begins with words is no JSON to any parser. */
export const markNestedStep = '  mark_nested(record, 1)';
