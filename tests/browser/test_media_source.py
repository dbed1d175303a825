"""Chromium's MediaSource plays what the recorder makes: B-frames chunk by chunk, and Opus as it is."""

import base64
import io
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.media.camera.clip import Codec, Sound, clip
from tests.media.camera.fragmenting import mux
from thienly.media.mp4.reader import scan

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SUPPORTED = "(mime) => MediaSource.isTypeSupported(mime)"
PLAY = """async ([mime, parts]) => {
  const video = document.createElement("video");
  video.muted = true;
  video.playbackRate = 4;
  document.body.append(video);
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await new Promise((done) => source.addEventListener("sourceopen", done, { once: true }));
  const buffer = source.addSourceBuffer(mime);
  for (const part of parts) {
    buffer.appendBuffer(Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0)));
    await new Promise((done) => buffer.addEventListener("updateend", done, { once: true }));
  }
  source.endOfStream();
  const ended = new Promise((done) => video.addEventListener("ended", done, { once: true }));
  await video.play();
  await ended;
  const ranges = [...Array(buffer.buffered.length).keys()];
  return {
    error: video.error && video.error.message,
    buffered: ranges.map((n) => [buffer.buffered.start(n), buffer.buffered.end(n)]),
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
  };
}"""


@pytest.mark.parametrize(("bframes", "sound"), [(3, "aac"), (0, "opus"), (3, "opus")])
def test_live_chunks_play_without_a_hole(browser: Browser, bframes: int, sound: Sound) -> None:
    sink = mux(clip(bframes=bframes, profile="main"), sound, live=True)
    whole = bytes(sink.files[0])
    parts = [scan(io.BytesIO(whole)).init, *(chunk.data for chunk in sink.chunks)]
    page = browser.new_page()
    try:
        found: dict[str, Any] = page.evaluate(
            PLAY, [sink.mime, [base64.b64encode(part).decode() for part in parts]]
        )
    finally:
        page.close()
    assert found["error"] is None
    assert [start for start, _ in found["buffered"]] == [pytest.approx(0, abs=0.01)]
    assert found["buffered"][0][1] == pytest.approx(2.0, abs=0.1)
    assert found["frames"] >= 50


@pytest.mark.parametrize(("codec", "sound"), [("h265", "aac"), ("h264", "pcma"), ("h264", "pcmu")])
def test_it_says_of_itself_what_it_cannot_play(browser: Browser, codec: Codec, sound: Sound) -> None:
    """The player asks with the recorder's type before it opens a picture; a fall-back begins here."""
    mime = mux(clip(codec=codec), sound).mime
    page = browser.new_page()
    try:
        assert not page.evaluate(SUPPORTED, mime)
        assert page.evaluate(SUPPORTED, mux(clip(), "aac").mime)
    finally:
        page.close()
