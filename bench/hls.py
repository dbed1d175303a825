"""How far behind players of HLS are, plain and with low latency, and what they cost.

    python -m bench.hls --json [--players 8] [--seconds 20]

Everything runs on this machine over loopback: simulated cameras with a key frame every two seconds, recorder,
bus, gateway, players. One player for each camera; first all of them play `live.m3u8`, then, in the same run,
`low.m3u8`. Players are threads of this process and not counted.

`newest_age_s`: how old the end of the newest segment or part is when its bytes have arrived. `behind_s`: that
and the distance which the playlist prescribes (HOLD-BACK, PART-HOLD-BACK): where a player that obeys plays.
`gateway_ms_per_s`, `recorder_ms_per_s`: processor time for each second that a player plays;
of the recorder what is more than while nobody watches.
"""

import argparse
import asyncio
import http.client
import json
import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bench.recording.processes import usage
from bench.watching.installation import Installation, running

_CONTROL = re.compile(r"[:,](PART-)?HOLD-BACK=([\d.]+)")


@dataclass
class Player:
    """`ages`: of the newest media, s, each time that some arrived. `hold_back`: s."""

    place: Installation
    camera: str
    low: bool
    ages: list[float] = field(default_factory=list)
    hold_back: float = 0.0
    requests: int = 0

    def play(self, seconds: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.place.port, timeout=30)
        name, query, until = ("low" if self.low else "live"), "", time.monotonic() + seconds
        had: set[str] = set()
        while time.monotonic() < until:
            status, body = self._get(connection, f"{name}.m3u8{query}")
            if status != 200:
                time.sleep(0.5)
                continue
            newest, end, query = self._read(body.decode())
            if newest and newest not in had:
                first = not had
                had.add(newest)
                status, _ = self._get(connection, newest)
                if status == 200 and not first:
                    self.ages.append(time.time() - end)
        connection.close()

    def _get(self, connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
        self.requests += 1
        cookie = {"Cookie": f"sessionid={self.place.session}"}
        connection.request("GET", f"/hls/{self.camera}/{path}", headers=cookie)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def _read(self, text: str) -> tuple[str, float, str]:
        """The newest segment or part, the time of its end, and the query that waits for the next."""
        number, part, at, newest = 0, 0, 0.0, ""
        for low, back in _CONTROL.findall(text):
            if bool(low) == self.low:
                self.hold_back = float(back)
        pending = 0.0
        for line in text.splitlines():
            if line.startswith("#EXT-X-MEDIA-SEQUENCE:"):
                number = int(line.split(":")[1])
            elif line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
                at = datetime.fromisoformat(line.split(":", 1)[1]).timestamp()
            elif line.startswith("#EXT-X-PART:"):
                found = re.search(r'DURATION=([\d.]+),URI="([^"]+)"', line)
                assert found is not None
                pending, part, newest = pending + float(found[1]), part + 1, found[2]
            elif line.startswith("#EXTINF:"):
                at, pending = at + float(line.split(":")[1].rstrip(",")), 0.0
            elif not line.startswith("#"):
                number, part = number + 1, 0
                newest = newest if self.low and newest else line
        return newest, at + pending, f"?_HLS_msn={number}" + (f"&_HLS_part={part}" if self.low else "")


async def play(place: Installation, *, low: bool, seconds: float) -> dict[str, object]:
    players = [Player(place, camera, low) for camera in place.cameras]
    alone = await _recorder_alone(place, seconds / 2)
    gateway, recorder, began = usage([place.gateway]), usage([place.recorder]), time.monotonic()
    await asyncio.gather(*(asyncio.to_thread(player.play, seconds) for player in players))
    took = time.monotonic() - began
    ages = [age for player in players for age in player.ages]
    each = took * len(players)
    return {
        "newest_age_s_median": round(statistics.median(ages), 2),
        "newest_age_s_p95": round(statistics.quantiles(ages, n=20, method="inclusive")[-1], 2),
        "behind_s_median": round(statistics.median(ages) + players[0].hold_back, 2),
        "requests_per_s": round(sum(player.requests for player in players) / took / len(players), 2),
        "gateway_ms_per_s": round(usage([place.gateway]).since(gateway) / each, 2),
        "recorder_ms_per_s": round((usage([place.recorder]).since(recorder) - alone * took) / each, 2),
    }


async def _recorder_alone(place: Installation, seconds: float) -> float:
    """Milliseconds of processor time a second while nobody watches."""
    before, began = usage([place.recorder]), time.monotonic()
    await asyncio.sleep(seconds)
    return usage([place.recorder]).since(before) / (time.monotonic() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--players", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-hls-") as directory:
        path = Path(directory)
        with running(options.players, width=1280, height=720, bitrate=2_000_000, directory=path) as place:
            time.sleep(10)  # so that there is something to play
            found = {
                "players": options.players,
                "plain": asyncio.run(play(place, low=False, seconds=options.seconds)),
                "low": asyncio.run(play(place, low=True, seconds=options.seconds)),
            }
    sys.stdout.write(json.dumps(found, indent=None if options.json else 1) + "\n")


if __name__ == "__main__":
    main()
