"""What thienly.toml says of retention: it reaches the recorders, and less than is promised does not start."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.core.recording.scene import camera
from thienly.conf import Conf
from thienly.core.recording.desired import desired_cameras
from thienly.core.recording.keeping import overrides_of, refusal

TODAY = date(2026, 11, 17)
PRESCRIBED = '[[retention]]\nfloor_days = 15\ndocument = "12/2026/QĐ-UBND"\n'


def conf(data: Path, text: str) -> Conf:
    (data / "thienly.toml").write_text(text)
    return Conf(data, env={})


@pytest.mark.django_db
def test_each_class_of_cameras_is_desired_with_its_own_days(tmp_path: Path) -> None:
    one, other = camera("A", sector="mining"), camera("B", sector="health")
    said = PRESCRIBED + '[[retention]]\nscope = "sector:mining"\ntarget_days = 30\nceiling_days = 60\n'
    overrides = overrides_of(conf(tmp_path, said))
    desired = desired_cameras(allow_local=False, keep_days=7, today=TODAY, overrides=overrides)
    mine, clinic = desired[one.id.hex], desired[other.id.hex]
    assert (mine.floor_days, mine.target_days, mine.keep_days) == (15, 30, 60)
    assert (clinic.floor_days, clinic.target_days, clinic.keep_days) == (15, None, 15)


@pytest.mark.django_db
@pytest.mark.req_part("QN-074")
def test_less_than_the_prescribed_minimum_is_refused_in_both_languages_with_what_prescribes_it(
    tmp_path: Path,
) -> None:
    short = PRESCRIBED + '[[retention]]\nscope = "site:mine"\nceiling_days = 10\n'
    words = refusal(conf(tmp_path, short), today=TODAY)
    assert "tối thiểu 15 ngày theo 12/2026/QĐ-UBND" in words and "less than the 15 days" in words
    assert refusal(conf(tmp_path, PRESCRIBED), today=TODAY) == ""
    conf(tmp_path, short)
    environment = os.environ | {"THIENLY_DATA": str(tmp_path)}
    for command in ("steward", "up"):
        done = subprocess.run(
            [sys.executable, "-m", "thienly", command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 1 and "12/2026/QĐ-UBND" in done.stderr and "Traceback" not in done.stderr
