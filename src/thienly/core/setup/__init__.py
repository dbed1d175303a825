"""Making an installation: `thienly init`, and the demo province."""
