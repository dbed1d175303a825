"""H.264 parameter sets: the picture size and the ids, without decoding (ITU-T H.264 sections 7.3.2.1 and
7.4.2.1)."""

from dataclasses import dataclass

from thienly.media.codecs.bits import MAX_PARAMETER_SET, BitReader, unescape

SLICE, IDR, SEI, SPS, PPS, AUD = 1, 5, 6, 7, 8, 9
"""NAL unit types (table 7-1)."""

_MAX_SIDE = 16384
_HIGH_PROFILES = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}
_CHROMA_SUBSAMPLING = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}  # (SubWidthC, SubHeightC), table 6-1


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """What an SPS says; `width` and `height` in pixels after cropping."""

    id: int
    profile: int
    compatibility: int
    level: int
    width: int
    height: int
    chroma_format: int
    bit_depth_luma: int
    bit_depth_chroma: int

    @property
    def mime(self) -> str:
        """The codec string of RFC 6381, e.g. `avc1.64001f`."""
        return f"avc1.{self.profile:02x}{self.compatibility:02x}{self.level:02x}"

    @property
    def high(self) -> bool:
        """Whether `avcC` carries the chroma and depth fields (ISO/IEC 14496-15 section 5.3.3.1.2)."""
        return self.profile in {100, 110, 122, 144}


def parse_sps(nal: bytes) -> SequenceParameters:
    """Parse a sequence parameter set NAL unit, header byte included. What follows the cropping is not read.

    Raises ValueError when it is not an SPS, is cut short, or describes an impossible picture.
    """
    if not 4 <= len(nal) <= MAX_PARAMETER_SET or nal[0] & 31 != SPS:
        raise ValueError("not a sequence parameter set")
    r = BitReader(unescape(nal[1:]))
    profile, compatibility, level = r.bits(8), r.bits(8), r.bits(8)
    set_id = r.ue()
    chroma, depth_luma, depth_chroma = (_high_profile_fields(r)) if profile in _HIGH_PROFILES else (1, 8, 8)
    _skip_picture_order(r)
    r.ue()  # max_num_ref_frames
    r.flag()  # gaps_in_frame_num_value_allowed_flag
    columns, rows = r.ue() + 1, r.ue() + 1
    frames_only = r.flag()
    if not frames_only:
        r.flag()  # mb_adaptive_frame_field_flag
    r.flag()  # direct_8x8_inference_flag
    left = right = top = bottom = 0
    if r.flag():
        left, right, top, bottom = r.ue(), r.ue(), r.ue(), r.ue()
    unit_x, unit_y = _CHROMA_SUBSAMPLING[chroma]
    unit_y *= 1 if frames_only else 2
    width = columns * 16 - unit_x * (left + right)
    height = rows * 16 * (1 if frames_only else 2) - unit_y * (top + bottom)
    if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE) or set_id > 31:
        raise ValueError("impossible picture size")
    return SequenceParameters(
        set_id, profile, compatibility, level, width, height, chroma, depth_luma, depth_chroma
    )


def pps_id(nal: bytes) -> int:
    """The id of a picture parameter set NAL unit. Raises ValueError when it is none."""
    if not 2 <= len(nal) <= MAX_PARAMETER_SET or nal[0] & 31 != PPS:
        raise ValueError("not a picture parameter set")
    return BitReader(unescape(nal[1:9])).ue()


def _high_profile_fields(r: BitReader) -> tuple[int, int, int]:
    """chroma_format_idc and the bit depths; scaling lists are read past."""
    chroma = r.ue()
    if chroma > 3:
        raise ValueError("unknown chroma format")
    if chroma == 3:
        r.flag()  # separate_colour_plane_flag
    depth_luma, depth_chroma = r.ue() + 8, r.ue() + 8
    if depth_luma > 14 or depth_chroma > 14:
        raise ValueError("impossible bit depth")
    r.flag()  # qpprime_y_zero_transform_bypass_flag
    if r.flag():
        for index in range(12 if chroma == 3 else 8):
            if r.flag():
                _skip_scaling_list(r, 16 if index < 6 else 64)
    return chroma, depth_luma, depth_chroma


def _skip_scaling_list(r: BitReader, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + r.se()) % 256
        last = following or last


def _skip_picture_order(r: BitReader) -> None:
    r.ue()  # log2_max_frame_num_minus4
    order = r.ue()
    if order == 0:
        r.ue()
    elif order == 1:
        r.flag()
        r.se()
        r.se()
        cycle = r.ue()
        if cycle > 255:
            raise ValueError("impossible picture order cycle")
        for _ in range(cycle):
            r.se()
    elif order > 2:
        raise ValueError("unknown picture order type")
