"""Cases: THE engine of state changes."""
