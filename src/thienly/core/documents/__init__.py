"""Documents that decisions rest on: kept under their id, used only inside their scope."""
