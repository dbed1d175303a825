"""Whether cameras show what they are there for: findings of the recorders, and what persons call normal."""
