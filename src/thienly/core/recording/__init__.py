"""Recording: what recorders report — state, coverage, gaps — and what they are told."""
