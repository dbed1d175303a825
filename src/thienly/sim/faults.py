"""The faults that can be asked of a simulated camera."""

from typing import Literal, get_args

from thienly.sim.spec import PictureFault

LinkFault = Literal["drop", "refuse", "silence_after_connect", "stall", "flood", "clock_jump", "resolution"]
Fault = LinkFault | PictureFault
"""drop: connections are cut; new ones are cut too for the given seconds, without seconds they are welcome.
refuse: cut, and requests for the camera end in a closed connection; for `*` the port itself is closed.
silence_after_connect: requests for the camera are never answered; who already plays goes on.
stall: TCP stays open, nothing more is sent.
flood: endless junk fragments as fast as the client takes them, 5 s unless told.
clock_jump: RTP timestamps and sender reports jump by `amount` seconds (3,600 unless told).
resolution: another picture size from the next key frame, parameter sets in band.
black, covered, frozen, blurred, moved: what the lens shows, from the next key frame."""

LINK_FAULTS: tuple[str, ...] = get_args(LinkFault)
FAULTS: tuple[str, ...] = (*LINK_FAULTS, *get_args(PictureFault))
FLOOD_S = 5.0
CLOCK_JUMP_S = 3600.0
