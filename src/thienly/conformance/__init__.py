"""Does a camera fit this system? A test that whoever supplies it can run. Above media; no Django."""
