"""GStreamer's RTSP server with real footage, run by Debian's own Python (its GObject bindings live there).

    /usr/bin/python3 gst_server.py VIDEO digest|basic USER PASSWORD tcp|udp [PEM]

With PEM (a private key and its certificate) it speaks rtsps.

Prints the port it chose. Serves /vtest: the video as H.264 with a key frame every two seconds, at the pace of
life, from the beginning when the first client comes, shared by all. It ends with its parent.
"""

import ctypes
import signal
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - versions first

_PR_SET_PDEATHSIG = 1
_REALM = "Real camera"


def _authentication(scheme: str, user: str, password: str) -> "GstRtspServer.RTSPAuth":
    auth = GstRtspServer.RTSPAuth()
    auth.set_realm(_REALM)
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if scheme == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    return auth


def _factory(video: str, transport: str) -> "GstRtspServer.RTSPMediaFactory":
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(
        f'( filesrc location="{video}" ! avidemux ! avdec_msmpeg4 ! videoconvert ! video/x-raw,format=I420'
        " ! identity sync=true ! x264enc tune=zerolatency speed-preset=ultrafast bitrate=1500"
        " key-int-max=20 threads=1 ! h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96 )"
    )
    factory.set_shared(True)
    udp = transport == "udp"
    factory.set_protocols(GstRtsp.RTSPLowerTrans.UDP if udp else GstRtsp.RTSPLowerTrans.TCP)
    # Both are needed: whoever does not satisfy the first gets 401, the second says what the media allows.
    factory.add_role_from_structure(
        Gst.Structure.new_from_string("viewer, media.factory.access=true, media.factory.construct=true")
    )
    return factory


def main() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    video, scheme, user, password, transport, *pem = sys.argv[1:]
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    auth = _authentication(scheme, user, password)
    if pem:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(pem[0]))
    server.set_auth(auth)
    server.get_mount_points().add_factory("/vtest", _factory(video, transport))
    server.attach(None)
    sys.stdout.write(f"{server.get_bound_port()}\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
