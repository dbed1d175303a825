"""Why a camera gives no picture: the closed list of problem codes that recorder, registry and pages share.

The media plane reports a code and a short technical detail (never a secret); the pages turn the code into a
sentence that a person can act on.
"""

from enum import StrEnum


class Problem(StrEnum):
    """A reason for which a camera is not being recorded, or a gap exists."""

    # found before or while connecting
    BAD_URL = "bad_url"  # of no scheme that is served, or malformed
    ADDRESS_REFUSED = "address_refused"  # loopback, link-local or another address that policy forbids
    HOST_UNKNOWN = "host_unknown"  # the name does not resolve
    UNREACHABLE = "unreachable"  # no route, or no answer to the connection
    REFUSED = "refused"  # the host answers, nothing listens on the port
    TIMEOUT = "timeout"  # connected, but the device does not answer RTSP in time
    AUTH_FAILED = "auth_failed"  # wrong user name or password
    NOT_FOUND = "not_found"  # the device knows no such stream path
    PROTOCOL = "protocol"  # the answer is not RTSP, or breaks its rules
    NO_VIDEO = "no_video"  # the description holds no video track
    UNSUPPORTED_CODEC = "unsupported_codec"  # a codec that cannot be recorded (yet)
    TRANSPORT_REFUSED = "transport_refused"  # the device does not send in the way that was chosen (TCP, UDP)
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"  # signed by nobody known, and not pinned
    CERTIFICATE_CHANGED = "certificate_changed"  # another certificate than the one that was pinned
    # found while recording
    CLOSED = "closed"  # the device ended the session or the connection
    STALLED = "stalled"  # the connection is open but no media arrives
    CORRUPT = "corrupt"  # packets were lost or made no sense for too long
    FLOOD = "flood"  # the device sends more than the limits allow
    # on our side
    STORE_FULL = "store_full"
    STORE_FAILED = "store_failed"
    RECORDER_STOPPED = "recorder_stopped"  # an orderly stop
    RECORDER_KILLED = "recorder_killed"  # it ended without a word; found at the next start
    HANDOVER = "handover"  # another recorder took the camera over
    NOT_SCHEDULED = "not_scheduled"  # recording is switched off for this camera
    UNEXPLAINED = "unexplained"  # a hole nobody accounted for; always worth a look
