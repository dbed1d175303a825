"""HLS from the stored fragments, for registered players of others; see docs/integration.md."""
