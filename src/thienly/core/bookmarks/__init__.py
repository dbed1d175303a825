"""Moments of recordings that people marked, for themselves or for their unit."""
