import { luaCall } from './lua-text.ts';

/**
 * Only of texts that are long enough to end the agent by their levels (fact: recursion-in-json): to look at each of their
 * brackets takes about as long as to parse them. One within a string counts as well, for who has a thousand open is no
 * honest line in any case.
 */
export const markNested = `local function mark_nested(record)
  local marked = false
  for key, text in pairs(record) do
    if type(text) == "string" and #text > 32768 then
      local depth = 0
      for bracket in string.gmatch(text, "[%[%]{}]") do
        depth = depth + ((bracket == "[" or bracket == "{") and 1 or -1)
        if depth > 1000 then
          record[key] = "nested too deeply: " .. text
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
  return mark_nested(record) and 2 or 0, timestamp, record
end
`;

/** A text that begins with words is no JSON to any parser, and goes on as it is. */
export const markNestedStep = '  mark_nested(record)';
