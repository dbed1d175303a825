"""H.265 parameter sets: the picture size, the profile and the ids, without decoding (ITU-T H.265 section
7.3.2)."""

from dataclasses import dataclass

from thienly.media.codecs.bits import MAX_PARAMETER_SET, BitReader, unescape

RASL_N, RASL_R, FIRST_IRAP, CRA, LAST_IRAP, LAST_SLICE = 8, 9, 16, 21, 23, 31
VPS, SPS, PPS = 32, 33, 34
"""NAL unit types (table 7-1). IRAP pictures (16 to 23: BLA, IDR, CRA) are those that decoding can begin with;
RASL pictures (8, 9) follow one, and are of no use when decoding began with it."""

_MAX_SIDE = 16384
_PROFILE_BITS = 88  # profile space, tier, profile, compatibility and constraint flags
_CHROMA_SUBSAMPLING = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}  # (SubWidthC, SubHeightC), table 6-1


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """What an SPS says; `width` and `height` in pixels inside the conformance window.

    `profile_tier_level` are the 12 bytes from general_profile_space to general_level_idc, as `hvcC` holds
    them.
    """

    id: int
    profile_tier_level: bytes
    temporal_layers: int
    temporal_nesting: bool
    width: int
    height: int
    chroma_format: int
    bit_depth_luma: int
    bit_depth_chroma: int


def kind_of(nal: bytes | bytearray) -> int:
    """nal_unit_type of a NAL unit of at least one byte."""
    return nal[0] >> 1 & 63


def codec_string(profile_tier_level: bytes) -> str:
    """ISO/IEC 14496-15 annex E.3, e.g. `hvc1.1.6.L93.b0`, from the 12 bytes of `SequenceParameters`."""
    first = profile_tier_level[0]
    space = ("", "A", "B", "C")[first >> 6]
    compatibility = int(f"{int.from_bytes(profile_tier_level[1:5], 'big'):032b}"[::-1], 2)
    tier = "H" if first & 0x20 else "L"
    constraints = [f"{byte:x}" for byte in profile_tier_level[5:11].rstrip(b"\0")]
    return ".".join(
        (f"hvc1.{space}{first & 31}", f"{compatibility:x}", f"{tier}{profile_tier_level[11]}", *constraints)
    )


def parse_sps(nal: bytes) -> SequenceParameters:
    """Parse a sequence parameter set NAL unit of the base layer, header included. What follows the bit depths
    is not read.

    Raises ValueError when it is not an SPS, is cut short, or describes an impossible picture.
    """
    r = _reader(nal, SPS)
    r.bits(4)  # sps_video_parameter_set_id
    sub_layers = r.bits(3)
    nesting = r.flag()
    if sub_layers > 6:
        raise ValueError("too many temporal layers")
    profile_tier_level = (r.bits(_PROFILE_BITS) << 8 | r.bits(8)).to_bytes(12, "big")
    _skip_sub_layers(r, sub_layers)
    set_id = r.ue()
    chroma = r.ue()
    if chroma > 3 or set_id > 15:
        raise ValueError("unknown chroma format or impossible id")
    if chroma == 3:
        r.flag()  # separate_colour_plane_flag
    width, height = r.ue(), r.ue()
    if r.flag():
        left, right, top, bottom = r.ue(), r.ue(), r.ue(), r.ue()
        unit_x, unit_y = _CHROMA_SUBSAMPLING[chroma]
        width -= unit_x * (left + right)
        height -= unit_y * (top + bottom)
    if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE):
        raise ValueError("impossible picture size")
    depth_luma, depth_chroma = r.ue() + 8, r.ue() + 8
    if depth_luma > 16 or depth_chroma > 16:
        raise ValueError("impossible bit depth")
    return SequenceParameters(
        set_id, profile_tier_level, sub_layers + 1, nesting, width, height, chroma, depth_luma, depth_chroma
    )


def pps_id(nal: bytes) -> int:
    """The id of a picture parameter set NAL unit. Raises ValueError when it is none."""
    set_id = _reader(nal, PPS).ue()
    if set_id > 63:
        raise ValueError("impossible id")
    return set_id


def vps_id(nal: bytes) -> int:
    """The id of a video parameter set NAL unit. Raises ValueError when it is none."""
    return _reader(nal, VPS).bits(4)


def _reader(nal: bytes, kind: int) -> BitReader:
    if not 4 <= len(nal) <= MAX_PARAMETER_SET or kind_of(nal) != kind or nal[0] & 0x81 or nal[1] >> 3:
        raise ValueError("not a parameter set of that kind and of the base layer")
    return BitReader(unescape(nal[2:]))


def _skip_sub_layers(r: BitReader, count: int) -> None:
    """The rest of profile_tier_level (section 7.3.3)."""
    present = [(r.flag(), r.flag()) for _ in range(count)]
    if count:
        r.bits(2 * (8 - count))
    for profile, level in present:
        r.bits((_PROFILE_BITS if profile else 0) + (8 if level else 0))
