"""A recorder's index: what it has on disk, what it lacks and why, and the facts that nobody has taken yet."""
