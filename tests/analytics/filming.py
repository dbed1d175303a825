"""Pictures of the simulated cameras, each as an mp4 of its own."""

import io
from functools import cache

import av

from tests.media.camera.clip import Clip, split_annex_b
from tests.media.camera.clip import Picture as Unit
from tests.media.camera.fragmenting import mux
from thienly.analytics.decoding import decode
from thienly.analytics.picture import Picture
from thienly.sim.render import render_video
from thienly.sim.spec import CameraSpec, PictureFault, SceneName, VideoCodec


@cache
def filmed(
    scene: SceneName, fault: PictureFault | None = None, codec: VideoCodec = "h264", variant: int = 0
) -> list[bytes]:
    """Three pictures, half a second apart, of 640 × 360."""
    spec = CameraSpec(
        path="/camera",
        name="Cửa tiếp dân số 1",
        scene=scene,
        variant=variant,
        width=640,
        height=360,
        fps=2,
        gop_s=0.5,
        loop_s=1.5,
        bitrate=400_000,
        codec=codec,
    )
    return [_file(unit, spec) for unit in render_video(spec, fault).units]


def pictures(scene: SceneName, fault: PictureFault | None = None, variant: int = 0) -> list[Picture]:
    return [decode(data) for data in filmed(scene, fault, variant=variant)]


def _file(unit: bytes, spec: CameraSpec) -> bytes:
    if spec.codec == "h265":
        return _as_it_is(unit, spec)  # libav's own muxer of H.265 now and then calls a parameter set unknown
    (frame,) = _decoded("h264", unit)
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=2)
        stream.width, stream.height, stream.pix_fmt = spec.width, spec.height, "yuv420p"
        stream.options = {"crf": "24", "preset": "ultrafast"}
        frame.pts = None
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return out.getvalue()


def _as_it_is(unit: bytes, spec: CameraSpec) -> bytes:
    nals = [nal for nal in split_annex_b(unit) if nal]
    sets = {nal[0] >> 1 & 63: nal for nal in nals}
    slices = Unit(tuple(nal for nal in nals if nal[0] >> 1 & 63 < 32), "h265")
    clip = Clip(
        sets[33], sets[34], spec.width, spec.height, (slices,), (0,), b"", (), codec="h265", vps=sets[32]
    )
    return bytes(mux(clip, None).files[0])


def _decoded(name: str, unit: bytes) -> list[av.VideoFrame]:
    context = av.CodecContext.create(name, "r")
    frames = [*context.decode(av.Packet(unit)), *context.decode(None)]
    return [frame for frame in frames if isinstance(frame, av.VideoFrame)]
