"""Sound of every codec is taken out of what the recorder makes, for those who may look and not listen."""

import io

import av
import pytest

from tests.media.camera.clip import Codec, Sound, clip, sounds
from tests.media.camera.fragmenting import mux
from thienly.bus.messages import LiveChunk
from thienly.gateway.frames import Picture
from thienly.gateway.hush import Hush
from thienly.media.mp4.mime import mime_of
from thienly.media.mp4.reader import scan


@pytest.mark.parametrize("codec", ["h264", "h265"])
@pytest.mark.parametrize("sound", ["aac", "pcma", "pcmu", "opus"])
def test_not_a_byte_of_sound_is_left_and_the_pictures_are_whole(codec: Codec, sound: Sound) -> None:
    source = clip(codec=codec, bframes=3, profile="main")
    sink = mux(source, sound)
    whole = bytes(sink.files[0])
    info = scan(io.BytesIO(whole))
    pictures = [
        Picture(LiveChunk(LiveChunk.MEDIA, True, 2, 0, 0, 0, whole[f.offset : f.offset + f.length]))
        for f in info.fragments
    ]
    init = Picture(LiveChunk(LiveChunk.INIT, False, 1, 0, 0, 0, info.init))

    def given(*, may_listen: bool) -> tuple[str, bytes]:
        hush = Hush(sound=may_listen)
        hush.begin(init)
        sent = [hush.init(init), *hush.pictures(pictures)]
        return hush.mime(sink.mime), b"".join(picture.chunk.data for picture in sent)

    mime, heard = given(may_listen=True)
    assert (mime, heard) == (sink.mime, whole)
    assert any(unit in heard for unit in sounds(sound)[10:20])

    mime, silent = given(may_listen=False)
    assert mime == mime_of(silent) == sink.mime.partition(",")[0] + '"'
    assert not any(unit in silent for unit in sounds(sound))
    with av.open(io.BytesIO(silent)) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert sum(1 for _ in container.decode(video=0)) == len(source.pictures)
