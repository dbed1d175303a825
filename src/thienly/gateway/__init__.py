"""The `/stream` WebSocket: every picture that reaches a person passes here."""
