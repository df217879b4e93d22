-- A route has no status: it is what its FluentBitAgent says.
return {status = "Healthy", message = "Problems show in the FluentBitAgent that it is made from."}
