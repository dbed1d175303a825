"""An RTSP 1.0 server (RFC 2326) that replays clips over interleaved TCP."""
