"""Why there is no picture, as a short name and as advice to the person in front of the screen."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from thienly.rules.problems import Problem


class Words(NamedTuple):
    """`name` stands in a tile or a table; `advice` is one or two sentences on what to do."""

    name: str | Promise
    advice: str | Promise


CONNECTING = "connecting"
NO_RECORDER = "no_recorder"
NO_BUS = "no_bus"
NO_ARCHIVE = "no_archive"
NO_TRANSCODER = "no_transcoder"
SLOTS_TAKEN = "slots_taken"
NOT_CONVERTED = "not_converted"
STORE_AWAY = "store_away"
STORE_LOST = "store_lost"

WORDS: dict[str, Words] = {
    Problem.BAD_URL: Words(
        _("the address is wrong"),
        _(
            "Write the address as the maker gives it, for example rtsp://10.20.1.15:554/stream1, "
            "without user name and password."
        ),
    ),
    Problem.ADDRESS_REFUSED: Words(
        _("the address is not permitted"),
        _(
            "Addresses of this computer itself and link-local addresses are refused. Use the camera's "
            "address on the camera network. A file must lie in the folder named for files, not behind a link."
        ),
    ),
    Problem.HOST_UNKNOWN: Words(
        _("the name is not known on the network"),
        _(
            "Check the spelling of the name, or enter the IP address. If the name is right, ask the "
            "network administrator to check the name server."
        ),
    ),
    Problem.UNREACHABLE: Words(
        _("the camera cannot be reached"),
        _(
            "Check that the camera has power and its network light is on, then the cable, the switch "
            "and the route to the site."
        ),
    ),
    Problem.REFUSED: Words(
        _("nothing answers on this port"),
        _(
            "The device answers but not on this port. Check the RTSP port (usually 554) and that RTSP "
            "is switched on in the camera."
        ),
    ),
    Problem.TIMEOUT: Words(
        _("the camera does not answer"),
        _(
            "The device accepts the connection and then keeps silent. Restart the camera; if it stays "
            "so, check how many viewers are connected to it directly."
        ),
    ),
    Problem.AUTH_FAILED: Words(
        _("the user name or password is wrong"),
        _(
            "Enter the user name and password that are set in the camera itself. After several wrong "
            "attempts some cameras lock themselves for half an hour."
        ),
    ),
    Problem.NOT_FOUND: Words(
        _("the camera has no such stream"),
        _(
            "The part of the address after the port is not right. Look up the stream path in the "
            "camera's manual."
        ),
    ),
    Problem.PROTOCOL: Words(
        _("the answer makes no sense"),
        _(
            "The device at this address gives no picture stream. Check that address and port belong to "
            "the camera and not to its web page."
        ),
    ),
    Problem.NO_VIDEO: Words(
        _("the stream has no picture"),
        _("Switch on the video stream in the camera, or choose another stream path."),
    ),
    Problem.UNSUPPORTED_CODEC: Words(
        _("the codec is not supported"),
        _("Set the camera to H.264 or H.265."),
    ),
    Problem.TRANSPORT_REFUSED: Words(
        _("the camera does not send in this way"),
        _("Choose the other way for its pictures (TCP or UDP) in the camera's settings here."),
    ),
    Problem.CERTIFICATE_UNTRUSTED: Words(
        _("the camera's certificate is not known"),
        _(
            "Nothing was sent to it, no password either. Compare the fingerprint with the one on the "
            "camera's own web page and confirm it in the camera's settings here."
        ),
    ),
    Problem.CERTIFICATE_CHANGED: Words(
        _("the camera shows another certificate"),
        _(
            "Either the camera was replaced or reset, or another device answers in its place. Nothing was "
            "sent to it. Ask who works on the camera; only then confirm the new certificate in its settings."
        ),
    ),
    Problem.CLOSED: Words(
        _("the camera ended the connection"),
        _(
            "The recorder connects again by itself. If it happens often, check the camera's power "
            "supply and how many viewers are connected to it directly."
        ),
    ),
    Problem.STALLED: Words(
        _("connected, but no picture arrives"),
        _(
            "The recorder connects again by itself. If it happens often, check the link to the site "
            "for overload."
        ),
    ),
    Problem.CORRUPT: Words(
        _("the picture arrives damaged"),
        _("Too many packets are lost on the way. Check cable, switch and the load of the link."),
    ),
    Problem.FLOOD: Words(
        _("the camera sends too much"),
        _("Lower the bit rate in the camera to the value of the technical design."),
    ),
    Problem.STORE_FULL: Words(
        _("the disk is full"),
        _("Tell the system administrator at once: free space or add a disk to the recorder."),
    ),
    Problem.STORE_FAILED: Words(
        _("the disk failed"),
        _("Tell the system administrator at once: the recorder's disk must be checked."),
    ),
    Problem.RECORDER_STOPPED: Words(
        _("the recorder was stopped"),
        _("It was stopped in an orderly way; recording goes on when it is started again."),
    ),
    Problem.RECORDER_KILLED: Words(
        _("the recorder broke off"),
        _("Another recorder takes over, or recording goes on when it is started again."),
    ),
    Problem.HANDOVER: Words(
        _("another recorder took over"),
        _("A few seconds are lost while a camera changes its recorder."),
    ),
    Problem.NOT_SCHEDULED: Words(
        _("recording is switched off"),
        _("Switch recording on in the camera's settings if it is to be recorded."),
    ),
    Problem.UNEXPLAINED: Words(
        _("no reason is known"),
        _("Report a fault, so that somebody looks into it."),
    ),
    CONNECTING: Words(
        _("the camera is being connected"),
        _("The picture comes by itself."),
    ),
    NO_RECORDER: Words(
        _("no recorder holds this camera at the moment"),
        _("One is being sought."),
    ),
    NO_BUS: Words(
        _("the connection to the recorders is interrupted"),
        _("It is being restored."),
    ),
    NO_TRANSCODER: Words(
        _("this browser cannot play the camera's H.265, and the process that converts it does not answer"),
        _("Use a browser that plays H.265, or give the camera a second stream in H.264."),
    ),
    SLOTS_TAKEN: Words(
        _("this browser cannot play the camera's H.265, and all places for conversion are taken"),
        _("Close other pictures marked as converted, or give the camera a second stream in H.264."),
    ),
    NOT_CONVERTED: Words(
        _("the picture could not be converted for this browser"),
        _("Use a browser that plays H.265, or give the camera a second stream in H.264."),
    ),
    NO_ARCHIVE: Words(
        _("the recorder that keeps these recordings does not answer"),
        _("It is being called again."),
    ),
    STORE_AWAY: Words(
        _("the store that keeps these recordings does not give them"),
        _("They are not lost. The store is being called again; the system administrator sees the reason."),
    ),
    STORE_LOST: Words(
        _("these recordings are missing in the store that kept them"),
        _("Choose another time, and tell the system administrator at once."),
    ),
}


def problem_words(code: str) -> str:
    """The problem in a few words, in the active language; "" for no problem."""
    return str(WORDS[code].name) if code in WORDS else code


def problem_advice(code: str) -> str:
    """What to do about it; "" for no problem."""
    return str(WORDS[code].advice) if code in WORDS else ""


def sentence(code: str) -> str:
    """Name and advice in one, for a picture that is missing."""
    words = WORDS.get(code, WORDS[Problem.UNEXPLAINED])
    return f"{capfirst(str(words.name))}. {words.advice}"
