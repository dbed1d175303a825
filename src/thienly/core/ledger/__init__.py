"""Ledger: THE writer of history, append-only and hash-chained."""
