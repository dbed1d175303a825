"""GStreamer's RTSP server with cameras of other codecs, run by Debian's own Python (see `gst_server`).

    /usr/bin/python3 gst_codecs.py

Prints the port it chose. Serves, at the pace of life and without a password:
/h265-alaw: H.265 as x265 makes it (open GOPs, B-frames) and G.711 A-law;
/h264-opus: H.264 with B-frames and Opus; /h264-latm: H.264 and AAC in LATM;
/h265-ulaw: H.265 without B-frames and G.711 μ-law.
"""

import ctypes
import signal
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - versions first

_PR_SET_PDEATHSIG = 1
_PICTURE = (
    "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=320,height=240,framerate=25/1"
)
_SOUND = "audiotestsrc is-live=true wave=ticks samplesperbuffer=%d ! audio/x-raw,rate=%d,channels=1"
_X265 = "x265enc bitrate=500 speed-preset=ultrafast key-int-max=27"
_X265_FEW = "pools=1:frame-threads=1"
_PAY265 = "h265parse config-interval=-1 ! rtph265pay name=pay0 pt=96"
_PAY264 = "h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96"
CAMERAS = {
    "/h265-alaw": (
        f"{_PICTURE} ! {_X265} option-string=bframes=3:b-adapt=0:open-gop=1:{_X265_FEW} ! {_PAY265}",
        f"{_SOUND % (160, 8000)} ! alawenc ! rtppcmapay name=pay1 pt=8",
    ),
    "/h264-opus": (
        f"{_PICTURE} ! x264enc speed-preset=ultrafast bframes=2 b-adapt=false bitrate=500 key-int-max=25"
        f" threads=1 ! video/x-h264,profile=main ! {_PAY264}",
        f"{_SOUND % (960, 48000)} ! opusenc ! rtpopuspay name=pay1 pt=97",
    ),
    "/h264-latm": (
        f"{_PICTURE} ! x264enc tune=zerolatency speed-preset=ultrafast bitrate=500 key-int-max=25 threads=1"
        f" ! {_PAY264}",
        f"{_SOUND % (1024, 16000)} ! avenc_aac ! rtpmp4apay name=pay1 pt=97",
    ),
    "/h265-ulaw": (
        f"{_PICTURE} ! {_X265} tune=zerolatency option-string=bframes=0:{_X265_FEW} ! {_PAY265}",
        f"{_SOUND % (160, 8000)} ! mulawenc ! rtppcmupay name=pay1 pt=0",
    ),
}


def main() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    for path, branches in CAMERAS.items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(f"( {'  '.join(branches)} )")
        factory.set_shared(True)
        factory.set_protocols(GstRtsp.RTSPLowerTrans.TCP)
        server.get_mount_points().add_factory(path, factory)
    server.attach(None)
    sys.stdout.write(f"{server.get_bound_port()}\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
