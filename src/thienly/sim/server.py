"""`SimServer`: many simulated cameras behind one RTSP port."""

import asyncio
import logging
import ssl
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from thienly.sim.cache import ClipCache, Progress, video_key
from thienly.sim.camera import SimCamera
from thienly.sim.clip import SoundClip, VideoClip
from thienly.sim.faults import Fault
from thienly.sim.rtsp.connection import Connection
from thienly.sim.rtsp.packets import LoopTrack, sound_track, video_track
from thienly.sim.rtsp.playout import Playout
from thienly.sim.spec import PICTURE_FAULTS, CameraSpec, PictureFault, SceneName, SoundCodec

log = logging.getLogger(__name__)

_SoundKey = tuple[SceneName, SoundCodec]

EVERY_CAMERA = "*"
_VIDEO_SSRC, _SOUND_SSRC = 0x7E11_0001, 0x7E11_0002


class SimServer:
    """Use as an async context manager:

    async with SimServer(specs, cache=path) as sim:
        url = sim.url("/gate")            # with user name and password
        await sim.set_fault("/gate", "stall", seconds=5)
    """

    def __init__(
        self,
        specs: Iterable[CameraSpec],
        *,
        cache: Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        session_timeout_s: float = 60.0,
        nonce_lifetime_s: float | None = None,
        progress: Progress | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host, self.port = host, port
        self.session_timeout_s, self.nonce_lifetime_s = session_timeout_s, nonce_lifetime_s
        self.connections: set[Connection] = set()
        self._specs = list(specs)
        self._cache = ClipCache(cache)
        self._progress = progress
        self._tls = tls
        self._cameras: dict[str, SimCamera] = {}
        self._playouts: dict[tuple[str, int, _SoundKey | None], Playout] = {}
        self._sounds: dict[_SoundKey, tuple[SoundClip, LoopTrack]] = {}
        self._listener: asyncio.Server | None = None
        self._reopen: asyncio.TimerHandle | None = None
        self._reopening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._cache.prepare, self._specs, self._progress)
        for spec in self._specs:
            sound = await self._sound(spec)
            self._cameras[spec.path] = SimCamera(spec, await self._playout(spec), sound)
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for camera in self._cameras.values():
            camera.end()
        await self._shut()
        for connection in list(self.connections):
            connection.transport.abort()
        for playout in self._playouts.values():
            await playout.close()
        await asyncio.sleep(0)  # the aborted transports take leave

    def url(self, path: str, *, credentials: bool = True) -> str:
        """The address of a camera; KeyError when there is none."""
        spec = self._cameras[path].spec
        login = ""
        if credentials and spec.auth != "none":
            login = f"{quote(spec.username, safe='')}:{quote(spec.password, safe='')}@"
        scheme = "rtsps" if self._tls else "rtsp"
        return f"{scheme}://{login}{self.host}:{self.port}{spec.path}"

    @property
    def encrypted(self) -> bool:
        return self._tls is not None

    @property
    def cameras(self) -> list[SimCamera]:
        return list(self._cameras.values())

    def find(self, path: str) -> SimCamera | None:
        """By the path of an address, with or without a track at its end."""
        return self._cameras.get(path) or self._cameras.get(path.rpartition("/")[0])

    async def set_fault(
        self, camera: str, fault: Fault, seconds: float | None = None, *, amount: float | None = None
    ) -> None:
        """Start a fault of a camera (`*`: of all), for so many seconds or until cleared; see `faults`.

        Returns when the fault is on its way: a fault of the picture may have to be rendered first, and shows
        from the next key frame. Raises KeyError when there is no such camera.
        """
        if camera == EVERY_CAMERA and fault == "refuse":
            await self._shut()
            for connection in list(self.connections):
                connection.transport.abort()
            if seconds is not None:
                self._reopen = asyncio.get_running_loop().call_later(seconds, self._open_again)
            return
        for target in self._targets(camera):
            target.begin(fault, seconds, amount, await self._faulty_playout(target.spec, fault))

    async def clear_fault(self, camera: str) -> None:
        """Back to health; KeyError when there is no such camera."""
        for target in self._targets(camera):
            target.end()
        if camera == EVERY_CAMERA and self._listener is None:
            await self._listen()

    def _targets(self, camera: str) -> list[SimCamera]:
        return self.cameras if camera == EVERY_CAMERA else [self._cameras[camera]]

    async def _faulty_playout(self, spec: CameraSpec, fault: Fault) -> Playout | None:
        if fault == "resolution":
            return await self._playout(smaller(spec))
        for picture_fault in PICTURE_FAULTS:
            if fault == picture_fault:
                return await self._playout(spec, picture_fault)
        return None

    async def _playout(self, spec: CameraSpec, fault: PictureFault | None = None) -> Playout:
        key = (video_key(spec, fault), spec.late_frames, (spec.scene, spec.sound) if spec.audio else None)
        if key not in self._playouts:
            await self._sound(spec)
            clip, track = await asyncio.to_thread(self._load_video, spec, fault)
            sound = self._sounds[spec.scene, spec.sound][1] if spec.audio else None
            self._playouts.setdefault(key, Playout(clip, track, sound))
        return self._playouts[key]

    def _load_video(self, spec: CameraSpec, fault: PictureFault | None) -> tuple[VideoClip, LoopTrack]:
        clip = self._cache.video(spec, fault)
        if spec.late_frames:
            clip = clip.late(spec.late_frames)
        return clip, video_track(clip, _VIDEO_SSRC)

    async def _sound(self, spec: CameraSpec) -> SoundClip | None:
        if not spec.audio:
            return None
        key = (spec.scene, spec.sound)
        if key not in self._sounds:
            clip = await asyncio.to_thread(self._cache.sound, *key)
            self._sounds.setdefault(key, (clip, sound_track(clip, _SOUND_SSRC)))
        return self._sounds[key][0]

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: Connection(self), self.host, self.port, backlog=1024, ssl=self._tls
        )
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        if self._reopen:
            self._reopen.cancel()
        if self._listener:
            self._listener.close()
            self._listener = None

    def _open_again(self) -> None:
        self._reopening = asyncio.get_running_loop().create_task(self._listen())


def smaller(spec: CameraSpec) -> CameraSpec:
    """The same camera after somebody changed its resolution: three quarters, to even numbers."""
    return spec.model_copy(update={"width": spec.width * 3 // 8 * 2, "height": spec.height * 3 // 8 * 2})
