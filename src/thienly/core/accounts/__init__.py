"""Accounts: one account, one natural person."""
