"""The same questions asked of Chromium with our player in it: when is a picture shown, and how old is it?"""

import statistics
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench.watching.installation import Installation

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_CLOCK = (Path(__file__).parent / "clockbar.js").read_text(encoding="utf-8").replace("export ", "")

_FIRST = """async (camera) => {
  const { Player } = await import("/static/player/player.js");
  const frame = document.createElement("div");
  frame.style.cssText = "position:fixed;inset:0;background:#000;z-index:9";
  document.body.append(frame);
  const began = performance.now();
  const player = new Player(frame, { camera, mode: "live" });
  await new Promise((done, failed) => {
    player.video.requestVideoFrameCallback(done);
    setTimeout(() => failed(new Error("no picture")), 15000);
  });
  const took = performance.now() - began;
  player.destroy();
  frame.remove();
  return took;
}"""

_AGES = """async ([camera, seconds, loop]) => {
  CLOCK
  const { Player } = await import("/static/player/player.js");
  const frame = document.createElement("div");
  frame.style.cssText = "position:fixed;inset:0;background:#000;z-index:9";
  document.body.append(frame);
  const player = new Player(frame, { camera, mode: "live" });
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const ages = [];
  const video = player.video;
  await new Promise((done) => {
    let until = Infinity;
    const look = () => {
      const shown = performance.timeOrigin + performance.now();
      if (until === Infinity) until = shown + seconds * 1000 + 3000;
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      context.drawImage(video, 0, 0);
      const position = readClock(context, canvas.width, canvas.height);
      // The first 3 s belong to the catching up after the opening.
      if (position !== null && shown > until - seconds * 1000) {
        ages.push((((shown - position) % loop) + loop) % loop);
      }
      if (shown < until) video.requestVideoFrameCallback(look);
      else done();
    };
    video.requestVideoFrameCallback(look);
    setTimeout(done, seconds * 1000 + 20000);
  });
  const quality = video.getVideoPlaybackQuality();
  player.destroy();
  frame.remove();
  return { ages, dropped: quality.droppedVideoFrames, total: quality.totalVideoFrames };
}""".replace("CLOCK", _CLOCK)


def watch_in_browser(place: Installation, *, trials: int, seconds: float, loop_s: float) -> dict[str, object]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            context = browser.new_context(viewport={"width": 1280, "height": 720})
            context.add_cookies([{"name": "sessionid", "value": place.session, "url": place.base}])
            page = context.new_page()
            page.goto(f"{place.base}/wall/")
            return _measure(page, place, trials=trials, seconds=seconds, loop_s=loop_s)
        finally:
            browser.close()


def _measure(
    page: Page, place: Installation, *, trials: int, seconds: float, loop_s: float
) -> dict[str, object]:
    firsts: list[float] = []
    for number in range(trials + 1):
        firsts.append(page.evaluate(_FIRST, place.cameras[number % len(place.cameras)]))
        page.wait_for_timeout(137)
    del firsts[0]  # with the loading of the modules
    seen = page.evaluate(_AGES, [place.cameras[0], seconds, loop_s * 1000])
    ages = seen["ages"]
    return {
        "browser_first_picture_ms_p95": round(statistics.quantiles(firsts, n=20, method="inclusive")[-1], 1),
        "browser_first_picture_trials": len(firsts),
        "browser_glass_to_glass_ms_p95": round(statistics.quantiles(ages, n=20, method="inclusive")[-1], 1),
        "browser_glass_to_glass_ms_median": round(statistics.median(ages), 1),
        "browser_frames_seen": len(ages),
        "browser_frames_dropped": seen["dropped"],
    }
