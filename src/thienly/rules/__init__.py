"""Pure rules: no Django, no IO, no clock, no randomness. `now` is always passed in."""
