"""Registry: sites and cameras."""
