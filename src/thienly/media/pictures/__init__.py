"""Whether the recorded pictures show anything: key frames, measured in another process."""
