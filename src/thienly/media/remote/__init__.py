"""Copies of recordings in object stores: written behind, read back, restored, and tried."""
