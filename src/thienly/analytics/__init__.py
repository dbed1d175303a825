"""What pictures tell: measured here, judged by the rules. No Django, no bus, no camera."""
