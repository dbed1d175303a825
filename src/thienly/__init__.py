"""Thiên Lý: a province's public cameras, run by the regulations that govern them."""
