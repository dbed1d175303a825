"""Extraction and provision: asked for, decided, ordered."""
