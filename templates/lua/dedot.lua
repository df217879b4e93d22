-- Replaces "." and "/" in the keys of a record by "_", in nested tables and lists, too: OpenSearch and Elasticsearch
-- take a dot for a path and refuse a document in which "a" is a text here and "a.b" there.
-- Two keys that would become one stay apart: the second gets "_2". Returns whether anything changed.
local names, known = {}, 0

local function mapped(key)
  local name = names[key]
  if name == nil then
    -- Keys come from applications: without a limit the cache would grow with every new one.
    if known >= 8192 then names, known = {}, 0 end
    name = key:gsub("[./]", "_")
    names[key] = name
    known = known + 1
  end
  return name
end

local function dedot(map, depth)
  local changed = false
  local dotted
  for key, value in pairs(map) do
    if type(value) == "table" and depth < 32 then
      if dedot(value, depth + 1) then changed = true end
    end
    if type(key) == "string" and mapped(key) ~= key then
      dotted = dotted or {}
      dotted[#dotted + 1] = key
    end
  end
  if dotted == nil then return changed end
  -- The order of pairs() is not that of the record: sorted, equal records get equal names.
  table.sort(dotted)
  for _, key in ipairs(dotted) do
    local value = map[key]
    map[key] = nil
    local name = mapped(key)
    local target, number = name, 2
    while map[target] ~= nil do
      target = name .. "_" .. number
      number = number + 1
    end
    map[target] = value
  end
  return true
end
