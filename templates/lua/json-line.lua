-- Reads a line of JSON as text. Lua has no integers beyond 2^53, and none that are apart from 1.0: what became a table
-- would come back with other numbers. So keys are changed in the text, numbers stay as they are written, and the parser
-- comes after. Loops over bytes and plain searches: LuaJIT compiles them, and no patterns.
local byte, find, sub = string.byte, string.find, string.sub
-- What may follow a backslash, besides u.
local escapes = {[34] = 1, [47] = 1, [92] = 1, [98] = 1, [102] = 1, [110] = 1, [114] = 1, [116] = 1}
-- In which object a key was last: most lines need no tables of their own, which take a third of the whole pipeline's
-- time (35 instead of 26 us of CPU for a line with 13 keys).
local seen, seen_count, objects = {}, 0, 0

local function skip(text, at)
  local code = byte(text, at)
  while code == 32 or code == 10 or code == 13 or code == 9 do
    at = at + 1
    code = byte(text, at)
  end
  return at
end

-- The place behind the string that begins at a quote. `plain`: the text has neither escapes nor control characters.
local function string_end(text, at, plain)
  if plain then
    local stop = find(text, '"', at + 1, true)
    return stop and stop + 1
  end
  at = at + 1
  local code = byte(text, at)
  while code ~= 34 do
    if code == nil or code < 32 then return nil end
    at = at + 1
    if code == 92 then
      code = byte(text, at)
      at = at + 1
      if code == 117 then
        if not find(text, "^%x%x%x%x", at) then return nil end
        if find(text, "^[dD][89a-fA-F]", at) then
          -- One half of a character alone is none.
          if not find(text, "^[dD][89abAB]%x%x\\u[dD][c-fC-F]%x%x", at) then return nil end
          at = at + 6
        end
        at = at + 4
      elseif not escapes[code] then
        return nil
      end
    end
    code = byte(text, at)
  end
  return at + 1
end

-- The place behind the digits that begin here; nil where there are none.
local function digits_end(text, at)
  local start = at
  local code = byte(text, at)
  while code and code >= 48 and code <= 57 do
    at = at + 1
    code = byte(text, at)
  end
  if at > start then return at end
end

local function number_end(text, start)
  local at = byte(text, start) == 45 and start + 1 or start
  local stop = digits_end(text, at)
  if stop == nil or byte(text, at) == 48 and stop > at + 1 then return nil end
  if byte(text, stop) == 46 then
    stop = digits_end(text, stop + 1)
    if stop == nil then return nil end
  end
  local code = byte(text, stop)
  local large = stop - at > 300
  if code == 69 or code == 101 then
    local sign = byte(text, stop + 1)
    stop = digits_end(text, (sign == 43 or sign == 45) and stop + 2 or stop + 1)
    if stop == nil then return nil end
    large = true
  end
  -- Without end it is to a double: the parser would refuse the line.
  if large and math.abs(tonumber(sub(text, start, stop - 1))) == math.huge then return nil end
  return stop
end

-- Members as text; those whose value is false are left out. Keys lose their dots as those of tables do, and none
-- becomes one that is taken.
local function written(names, values, taken)
  local used, dotted, parts = {}, {}, {}
  for name in pairs(taken or {}) do used[name] = true end
  for i, name in ipairs(names) do
    if values[i] and mapped(name) == name then used[name] = true end
    if values[i] and mapped(name) ~= name then dotted[#dotted + 1] = i end
  end
  table.sort(dotted, function(a, b) return names[a] < names[b] end)
  for _, i in ipairs(dotted) do
    local name = mapped(names[i])
    local target, number = name, 2
    while used[target] do
      target = name .. "_" .. number
      number = number + 1
    end
    used[target] = true
    names[i] = target
  end
  for i, name in ipairs(names) do
    if values[i] then parts[#parts + 1] = '"' .. name .. '":' .. values[i] end
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local value

-- The place behind the object that begins at a brace; nil if it is not strict JSON or has more than 100 levels. With
-- tables for names and values it puts each member there, of two with one name the last; without them it returns false
-- where a key has to change. `look` is asked about each member, and returns false for what has to change.
local function object(text, at, depth, plain, names, values, look)
  if depth > 100 then return nil end
  objects = objects + 1
  local this = objects
  local places = names and {}
  at = skip(text, at + 1)
  if byte(text, at) == 125 then return at + 1 end
  while true do
    if byte(text, at) ~= 34 then return nil end
    local key = at
    at = string_end(text, at, plain)
    if at == nil then return nil end
    local name = sub(text, key + 1, at - 2)
    if not plain and find(name, "\\", 1, true) and not find(name, "\\\\", 1, true) then
      name = name:gsub("\\u002[eE]", "."):gsub("\\u002[fF]", "/"):gsub("\\/", "/")
    end
    at = skip(text, at)
    if byte(text, at) ~= 58 then return nil end
    local start = skip(text, at + 1)
    local content
    at, content = value(text, start, depth, plain, names ~= nil)
    if not at then return at end
    if names then
      local place = places[name] or #names + 1
      places[name], names[place], values[place] = place, name, content
    else
      local last = seen[name]
      if last == nil then seen_count = seen_count + 1 end
      if seen_count > 8192 then
        seen, seen_count = {}, 0
        return false
      end
      seen[name] = this
      if last == this or mapped(name) ~= name then return false end
      if look and look(text, name, key, start, at) == false then return false end
    end
    at = skip(text, at)
    local code = byte(text, at)
    if code == 125 then return at + 1 end
    if code ~= 44 then return nil end
    at = skip(text, at + 1)
  end
end

-- The place behind a value, and if asked for its text.
value = function(text, at, depth, plain, full)
  local start, code = at, byte(text, at)
  if code == 34 then
    at = string_end(text, at, plain)
  elseif code == 123 then
    if full then
      local names, values = {}, {}
      at = object(text, at, depth + 1, plain, names, values)
      return at, at and written(names, values)
    end
    return object(text, at, depth + 1, plain)
  elseif code == 91 then
    if depth >= 100 then return nil end
    local items = full and {}
    at = skip(text, at + 1)
    code = byte(text, at)
    while code ~= 93 do
      local item
      at, item = value(text, at, depth + 1, plain, full)
      if not at then return at end
      if full then items[#items + 1] = item end
      at = skip(text, at)
      code = byte(text, at)
      if code == 44 then
        at = skip(text, at + 1)
        if byte(text, at) == 93 then return nil end
      elseif code ~= 93 then
        return nil
      end
    end
    return at + 1, full and "[" .. table.concat(items, ",") .. "]"
  elseif code == 116 or code == 110 then
    at = at + 4
    local word = sub(text, start, at - 1)
    if word ~= "true" and word ~= "null" then return nil end
  elseif code == 102 then
    at = at + 5
    if sub(text, start, at - 1) ~= "false" then return nil end
  else
    at = number_end(text, at)
  end
  return at, full and at and sub(text, start, at - 1)
end
