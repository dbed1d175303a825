"""Governance: who may, who did, what is where. One Django app per noun."""
