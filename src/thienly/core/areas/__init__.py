"""Areas: provinces and communes as the State lists them, with their boundaries, and where sites lie."""
