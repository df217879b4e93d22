-- A template has no status: whether it fits shows where it is bound.
return {status = "Healthy", message = "Problems show in the ServiceBindingConfigs that use it."}
