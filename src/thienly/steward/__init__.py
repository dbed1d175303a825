"""The steward: facts from the bus to the database, desired state from there to the bus, and the clocks.

It may die at any moment: facts wait in their stream until they are committed, desired state is compared anew.
"""
