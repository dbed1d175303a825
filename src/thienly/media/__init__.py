"""The media plane: RTSP in, fragmented MP4 on disk and to viewers. No Django."""
