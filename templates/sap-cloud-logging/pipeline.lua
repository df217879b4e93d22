-- The backend shows `msg`, and gives the time of a record as `date`: a field of that name would be there twice, and
-- it refuses the whole request. Control characters grow sixfold in JSON; without them a request stays below its limit.
local function text(value)
  if type(value) ~= "string" then return nil end
  -- Hardly any has one, which this loop tells in a fraction of the time that the set takes.
  if value:find("^%C*$") then return value end
  if value:find("[%z\1-\8\11\12\14-\31\127]") then value = value:gsub("\27%[[%d;]*[A-Za-z]", ""):gsub("[%z\1-\8\11\12\14-\31\127]", "") end
  return value
end

local kept = {["\\u0009"] = "\\t", ["\\u000a"] = "\\n", ["\\u000d"] = "\\r"}

-- The same for a string of JSON, whose control characters are escapes; nil where it is no string.
local function clean(content)
  if not content or content:byte() ~= 34 then return nil end
  if not content:find("\\[ubf]") and not content:find("\127", 1, true) then return content end
  -- An escaped backslash begins no escape: no text of JSON has the character that stands for it.
  content = content:gsub("\\\\", "\1"):gsub("\\u001[bB]%[[%d;]*%a", "")
  content = content:gsub("\\u00[01]%x", function(escape) return kept[escape:lower()] or "" end)
  return (content:gsub("\\u007[fF]", ""):gsub("\\[bf]", ""):gsub("\127", ""):gsub("\1", "\\\\"))
end

-- What a line says itself: its msg or message, and one member that the record has. False where a key has to change.
local of, msg, message, drop, drop_end
local function look(line, name, key, start, stop)
  if name == "date" or name == "log" then return false end
  if of[name] ~= nil then
    if drop then return false end
    drop, drop_end = key, stop
  elseif name == "msg" then
    if line:byte(start) ~= 34 then return false end
    msg = true
  elseif name == "message" then
    message = clean(line:sub(start, stop - 1))
  end
end

-- A line of JSON for the parser, with what the backend expects, and without what the record itself says; nil where it
-- is not one strict object.
local function json_line(record, line)
  local at = skip(line, 1)
  if line:byte(at) ~= 123 then return nil end
  local plain = not line:find("[%z\1-\31\\]")
  of, msg, message, drop = record, record.msg ~= nil, nil, nil
  local stop = object(line, at, 1, plain, nil, nil, look)
  if stop == nil then return nil end
  local after = stop and drop and skip(line, drop_end)
  if stop and (not drop or line:byte(after) == 44) then
    if skip(line, stop) <= #line then return nil end
    local whole = drop and line:sub(at, drop - 1) .. line:sub(after + 1, stop - 2) or line:sub(at, stop - 2)
    return whole .. (not msg and message and ',"msg":' .. message or "") .. "}"
  end
  -- A key has to change: member by member.
  local names, values, places = {}, {}, {}
  stop = object(line, at, 1, plain, names, values)
  if not stop or skip(line, stop) <= #line then return nil end
  for i, name in ipairs(names) do
    if record[name] ~= nil then values[i] = false else places[name] = i end
  end
  local date, log, own = places.date, places.log, places.msg
  if date then
    if places.original_date then values[places.original_date] = false end
    names[date] = "original_date"
  end
  local cleaned = log and clean(values[log])
  if cleaned then values[log] = cleaned end
  if record.msg == nil and not (own and values[own]:byte() == 34) then
    own = own or #names + 1
    local text = places.message and clean(values[places.message]) or cleaned
    if text then names[own], values[own] = "msg", text end
  end
  return written(names, values, record)
end

function sap_cloud_logging(tag, timestamp, record)
  local changed = false
  if record["_p"] ~= nil then
    record["_p"] = nil
    changed = true
  end
  if record.date ~= nil then
    record.original_date, record.date = record.date, nil
    changed = true
  end
  local kubernetes = record.kubernetes
  if type(kubernetes) == "table" and type(kubernetes.labels) == "table" and kubernetes.app_name == nil then
    kubernetes.app_name = kubernetes.labels["app.kubernetes.io/name"] or kubernetes.labels.app
    changed = changed or kubernetes.app_name ~= nil
  end
  if dedot(record, 0) then changed = true end
  if type(record.msg) ~= "string" then
    local message = text(record.message)
    if message ~= nil then
      record.msg = message
      changed = true
    end
  end
  local line = record.log
  if type(line) ~= "string" then return changed and 2 or 0, timestamp, record end
  record.log = nil
  local json = json_line(record, line)
  if json then
    record["_json"] = json
    return 2, timestamp, record
  end
  local log = text(line)
  record.log = log
  if log ~= line then changed = true end
  if type(record.msg) ~= "string" then
    record.msg = log
    changed = true
  end
  return changed and 2 or 0, timestamp, record
end
