"""A small camera for the tests of the media plane: a clip, its packets, and an RTSP server that misbehaves
on demand."""
