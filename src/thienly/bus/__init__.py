"""The bus: every subject, every message, and the client that carries them."""
