"""One camera's pictures over time: what is usual, what is wrong since when, and what is told of it."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ValidationError

from thienly.bus.messages import PictureJudged, PictureNow, PictureWish
from thienly.media.index import pictures
from thienly.media.index.writer import open_reader
from thienly.media.outbox import Outbox, put
from thienly.media.pictures.worker import Measured, Mode
from thienly.rules.hours import Hours
from thienly.rules.picture import Course, Limits, Measures, PictureProblem, Verdict, judge, relaxed, step

KNOWN_FROM = 3
"""As in analytics.picture."""
LOOK_KEPT_EVERY_US = 600 * 1_000_000
"""A look is 19 kB: written more often, a thousand of them would keep a disk busy."""

Ended = Literal["good", "accepted", "off", "let_go"]


class _Kept(BaseModel):
    """What stands in the index."""

    course: Course = Course()
    finding: str = ""  # the open one, and what it is
    problem: PictureProblem | None = None
    started_us: int = 0
    judged_us: int = 0
    judged_good_us: int = 0
    judged: Measures | None = None
    accepted_us: int = 0
    accepted_luma: float | None = None
    learnt: dict[Mode, int] = {}  # pictures, by mode


class PictureWatch:
    """On the event loop; only `load` blocks."""

    def __init__(self, camera: str, *, recorder: str, outbox: Outbox) -> None:
        self.camera = camera
        self.now: PictureNow | None = None
        self.looks: dict[Mode, bytes] = {}
        self._recorder = recorder
        self._index = outbox.index
        self._facts = outbox.nudge
        self._kept = _Kept()
        self._look_kept_us = 0

    def load(self, path: Path) -> None:
        """What was known before a restart. Raises sqlite3.Error."""
        with closing(open_reader(path)) as db:
            course, looks = pictures.course(db, self.camera), pictures.looks(db, self.camera)
        self.looks = {mode: look for mode, look in looks.items() if mode in ("colour", "mono")}  # type: ignore[misc]  # checked
        if course is not None:
            try:
                self._kept = _Kept.model_validate_json(course)
            except ValidationError:
                self.looks = {}

    # --- a picture --------------------------------------------------------------------------------------
    def accept(self, wish: PictureWish) -> None:
        """A person said that what the camera shows is normal: what was usual is forgotten. Once for each
        time."""
        if wish.accepted_us <= self._kept.accepted_us:
            return
        self._end("accepted", wish.accepted_us)
        self.looks, self._look_kept_us = {}, 0
        self._kept = _Kept(accepted_us=wish.accepted_us)
        self._keep()
        self._index.submit(lambda db: pictures.forget_looks(db, self.camera))

    def take(self, measured: Measured, *, at_us: int, wish: PictureWish) -> None:
        """A picture of `at_us` was measured."""
        kept, measures = self._kept, measured.measures
        if kept.accepted_us and kept.accepted_luma is None and at_us >= kept.accepted_us:
            kept.accepted_luma = measures.luma
        limits = _limits(kept, wish.limits)
        found = judge(measures, limits, in_hours=_in_hours(wish, at_us))
        before, kept.course = kept.course, step(kept.course, found, limits, at_us=at_us)
        if found.verdict is Verdict.GOOD and kept.course.problem is None:
            self._learn(measured, at_us)
        self._compare(before, measures, at_us)
        known = self._kept.learnt.get(measured.mode, 0) >= KNOWN_FROM
        self.now = PictureNow(at_us=at_us, measures=measures, known=known)
        self._keep()

    def failed(self, detail: str) -> None:
        """The newest picture could not be measured."""
        if self.now is not None and self.now.failing != detail:
            self.now = self.now.model_copy(update={"failing": detail[:80]})

    def end(self, ended: Ended, *, at_us: int) -> None:
        """It is not watched any more. What is known of it is forgotten."""
        self._end(ended, at_us)
        self._index.submit(lambda db: pictures.forget(db, self.camera))

    def _compare(self, before: Course, measures: Measures, at_us: int) -> None:
        kept, after = self._kept, self._kept.course
        if before.problem is None and after.problem is not None:
            kept.finding, kept.problem, kept.started_us = uuid4().hex, after.problem, after.bad_since_us
            kept.judged, kept.judged_us, kept.judged_good_us = measures, at_us, after.good_us
            self._tell(None, "")
        elif before.problem is not None and after.problem is None:
            self._end("good", at_us)

    def _end(self, ended: Ended, at_us: int) -> None:
        if self._kept.finding:
            self._tell(max(at_us, self._kept.judged_us), ended)
            self._kept.finding = ""

    def _tell(self, end_us: int | None, ended: Literal["", "good", "accepted", "off", "let_go"]) -> None:
        kept = self._kept
        assert kept.problem is not None and kept.judged is not None  # noqa: S101 - a finding is open
        fact = PictureJudged(
            id=uuid4().hex,
            camera=self.camera,
            recorder=self._recorder,
            finding=kept.finding,
            problem=kept.problem,
            start_us=kept.started_us,
            end_us=end_us,
            at_us=kept.judged_us,
            good_us=kept.judged_good_us,
            measures=kept.judged,
            ended=ended,
        )
        self._index.submit(lambda db: put(db, fact), self._facts)

    # --- what is usual ----------------------------------------------------------------------------------
    def _learn(self, measured: Measured, at_us: int) -> None:
        mode, look = measured.mode, measured.look
        self.looks[mode] = look
        learnt = self._kept.learnt[mode] = self._kept.learnt.get(mode, 0) + 1
        if learnt > KNOWN_FROM and at_us - self._look_kept_us < LOOK_KEPT_EVERY_US:
            return
        self._look_kept_us = at_us
        self._index.submit(lambda db: pictures.put_look(db, self.camera, mode, look))

    def _keep(self) -> None:
        text = self._kept.model_dump_json()
        self._index.submit(lambda db: pictures.put_course(db, self.camera, text))


def _limits(kept: _Kept, limits: Limits) -> Limits:
    return limits if kept.accepted_luma is None else relaxed(limits, luma=kept.accepted_luma)


def _in_hours(wish: PictureWish, at_us: int) -> bool:
    """What cannot be read counts as always: better a question too many than a dark room that nobody sees."""
    try:
        local = datetime.fromtimestamp(at_us / 1e6, UTC).astimezone(ZoneInfo(wish.time_zone))
        return Hours.parse(wish.hours).include(local)
    except (ValueError, OverflowError, ZoneInfoNotFoundError):
        return True
