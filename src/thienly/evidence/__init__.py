"""The evidence package: its format, how it is made, and how anybody verifies it (docs/evidence-package.md).

Stands on the rules alone, so that the centre, the recorders and a machine that has never seen the system
can use it.
"""
