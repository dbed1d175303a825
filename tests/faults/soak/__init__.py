"""Hours of random faults against a real recorder; `python -m tests.faults.soak --help`."""
