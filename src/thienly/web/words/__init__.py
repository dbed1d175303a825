"""Codes of the rules turned into sentences that a person can act on."""
