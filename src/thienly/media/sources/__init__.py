"""Where frames come from: RTSP by our own client (`media.rtsp`), anything else through libav in a process of
its own."""
