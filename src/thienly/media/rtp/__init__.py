"""RTP payloads to whole frames (RFC 3550, 6184, 3640). One instance per track; nothing here does input or
output."""
