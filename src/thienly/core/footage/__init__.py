"""Looking at footage: opening and closing of live pictures and playback, each gated and recorded."""
