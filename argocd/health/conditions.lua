local spec, status, found = obj.spec or {}, obj.status or {}, {}
for _, condition in ipairs(status.conditions or {}) do found[condition.type] = condition end
local ready = found.Ready

-- What the status says, it says of one generation: that of an older one is no news.
if ready == nil or status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "fluentbind has not looked at this generation yet."}
end
if spec.enabled == false or spec.suspend == true then
  return {status = "Suspended", message = ready.message}
end
if found.LastGood ~= nil and found.LastGood.status == "True" then
  return {status = "Degraded", message = ready.message .. "\nThe older configuration stays in force: " .. found.LastGood.message}
end
if ready.status == "True" then
  local expiring = found.CertificateExpiring
  if expiring ~= nil and expiring.status == "True" then
    return {status = "Healthy", message = expiring.message}
  end
  return {status = "Healthy", message = ready.message}
end
-- The children are on their way, or the pods of an agent: nothing is awaited but the next moment.
if ready.reason == "Pending" or ready.reason == "NodesPending" then
  return {status = "Progressing", message = ready.message}
end
-- Unknown: an older one was in force, and others changed it.
if found.LastGood ~= nil and found.LastGood.status == "Unknown" then
  return {status = "Degraded", message = ready.message .. "\n" .. found.LastGood.message}
end
return {status = "Degraded", message = ready.message}
