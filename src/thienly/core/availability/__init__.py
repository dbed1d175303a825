"""Availability of the platform itself: its services measured, their outages told in history, the report."""
