local status, ready = obj.status or {}, nil
for _, condition in ipairs(status.conditions or {}) do
  if condition.type == "Ready" then ready = condition end
end
-- What the status says, it says of one generation: that of an older one is no news.
if ready == nil or status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "fluentbind has not looked at this generation yet."}
end
return {status = ready.status == "True" and "Healthy" or "Degraded", message = ready.message}
