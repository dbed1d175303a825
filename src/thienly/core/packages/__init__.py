"""What became of an order to extract: the package, who took it, and what happened to it afterwards."""
