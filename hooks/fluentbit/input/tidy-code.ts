/**
 * Makes records of all container runtimes alike. Lines of Docker end with a line break (fact: formats-of-containers). A
 * line that is longer than the buffer of tail comes as it stands in the file, cut off and with neither time nor stream
 * taken from it, and maybe half of a character at its end (fact: long-lines); this takes them as far as the format is CRI.
 */
export const tidy = `local function tidy(record)
  record["_p"] = nil
  local log = record.log
  if type(log) ~= "string" then return end
  if record.stream == nil then
    if #log > 65536 then log = string.gsub(log, "[\\194-\\244][\\128-\\191]*$", "") end
    record.log = log
    local time, stream, text = string.match(log, "^(%d[%d:T.-]+[Z+-]%S*) (std%a+) [FP] (.*)$")
    if time then record.time, record.stream, record.log = time, stream, text end
  elseif string.byte(log, -1) == 10 then
    record.log = string.sub(log, 1, -2)
  end
end`;

export const tidyStep = '  tidy(record)';
