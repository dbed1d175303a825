"""What must be known of a codec to record it without decoding it."""
