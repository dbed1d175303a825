"""Fragmented MP4 (ISO/IEC 14496-12): written once, served as written, read back after a crash."""
