"""What must be known of a stream to fetch it, and what is learnt when it begins."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from thienly.media.trust import AUTHORITIES, Trust

Transport = Literal["tcp", "udp", "auto"]
"""How RTP packets come: in the RTSP connection, by UDP, or in the connection if the camera can do that."""


@dataclass(frozen=True, slots=True)
class Origin:
    """`username` and `password` win over credentials inside `url`. `audio`: whether the profile allows
    recording it. `transport` counts for rtsp only: over rtsps everything stays in the encrypted connection.
    `trust`: whose certificate is believed. `allow_local`: see `media.address.permitted`. `files`: the folder
    below which a `file:` address leads, None where the installation has none.
    """

    url: str
    username: str = ""
    password: str = field(default="", repr=False)
    audio: bool = True
    allow_local: bool = False
    transport: Transport = "tcp"
    trust: Trust = AUTHORITIES
    files: Path | None = None


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What the camera said of itself. `audio` is the encoding offered, empty without audio."""

    server: str
    audio: str
    audio_recorded: bool
