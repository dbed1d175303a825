"""The measuring process may crash, hang or be fed junk: the question is lost, the next one is answered."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator

import pytest

from tests.analytics.filming import filmed
from thienly.media.pictures.worker import NotMeasured, Worker


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    worker = Worker()
    yield worker
    await worker.close()


async def test_it_measures_remembers_what_it_saw_and_survives_junk(worker: Worker) -> None:
    first, second, _ = filmed("one_stop")
    one = await worker.measure("a", first, {})
    assert one.mode == "colour" and one.measures.most_moving is None and one.measures.same is None
    begun_with = worker.pid
    for junk in (b"", b"junk" * 5000, first[:300]):
        with pytest.raises(NotMeasured, match=r"not decoded|no video"):
            await worker.measure("a", junk, {})
    with pytest.raises(NotMeasured, match="not a look"):
        await worker.measure("a", first, {"colour": b"no look"})
    two = await worker.measure("a", second, {"colour": one.look})
    assert two.measures.most_moving and two.measures.most_moving > 30
    assert worker.pid == begun_with  # none of that ended it
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, begun_with or 0) == min(19, own + 19)


async def test_one_that_dies_is_started_again(worker: Worker) -> None:
    picture = filmed("one_stop")[0]
    await worker.measure("a", picture, {})
    died = worker.pid
    assert died
    os.kill(died, signal.SIGKILL)
    with pytest.raises(NotMeasured, match="broke off"):
        await worker.measure("a", picture, {})
    assert (await worker.measure("a", picture, {})).measures.luma > 100
    assert worker.pid != died


@pytest.mark.parametrize(
    ("program", "complaint"),
    [
        ("import time; time.sleep(600)", "no answer in time"),
        (
            "import sys; sys.stdout.buffer.write(b'\\xff' * 100); sys.stdout.flush(); sys.stdin.read()",
            "no sense",
        ),
        (
            "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\2{}'); sys.stdout.flush(); sys.stdin.read()",
            "no sense",
        ),
        (
            "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\2{x'); sys.stdout.flush(); sys.stdin.read()",
            "no sense",
        ),
    ],
)
async def test_one_that_hangs_or_talks_nonsense_is_ended(program: str, complaint: str) -> None:
    worker = Worker((sys.executable, "-c", program), answer_within_s=3)
    with pytest.raises(NotMeasured, match=complaint):
        await worker.measure("a", bytes(1_000_000), {})
    pid = worker.pid
    await worker.close()
    assert worker.pid is None
    if pid:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_question_that_is_given_up_leaves_no_answer_behind(worker: Worker) -> None:
    first, second, _ = filmed("street")
    await worker.measure("a", first, {})
    asking = asyncio.create_task(worker.measure("b", second, {}))
    await asyncio.sleep(0.001)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert worker.pid is None
    assert (await worker.measure("b", filmed("one_stop")[0], {})).measures.most_moving is None
