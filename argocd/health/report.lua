-- It is there only while something is wrong.
local remarks = (obj.spec or {}).remarks or {}
local first = remarks[1] or {loggingConfiguration = "", message = ""}
return {status = "Degraded", message = first.loggingConfiguration .. ": " .. first.message}
