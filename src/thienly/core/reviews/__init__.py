"""Reviews of rights: who holds what in a unit, certified, taken away, or suspended when nobody answers."""
