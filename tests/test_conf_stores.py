"""Stores in thienly.toml: what does not fit together is refused at start, in words."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from thienly.conf import Conf

S3 = '[[stores]]\nname = "a"\nendpoint = "https://s3.example"\nbucket = "b"\n'


def said(tmp_path: Path, text: str) -> str:
    (tmp_path / "thienly.toml").write_text(text)
    try:
        _ = Conf(tmp_path, env={}).file
    except ValidationError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[stores]]\nname = "a"\nbucket = "b"\n', "needs `endpoint`"),
        ('[[stores]]\nname = "a"\nkind = "directory"\n', "needs `directory`"),
        (
            '[[stores]]\nname = "a"\nendpoint = "https://u:p@s3.vn"\nbucket = "b"\n',
            "no user or password",
        ),
        ('[[stores]]\nname = "A B"\nkind = "directory"\ndirectory = "x"\n', "name"),
        (S3 + S3, "used twice"),
        ('[[recorders]]\nname = "r1"\narchive = "x"\n', "no [[stores]] is named x"),
        (S3 + '[[backups]]\nstore = "y"\n', "no [[stores]] is named y"),
        (S3 + '[[recorders]]\nname = "r1"\narchive = "a"\n[[backups]]\nstore = "a"\n', "elsewhere"),
        (S3 + 'secret_key = "abc"\n', "secret_key"),
        (S3 + 'country = "SG"\n', "phải được lưu trữ tại Việt Nam"),
        ('[[recorders]]\nname = "r1"\ncountry = "LA"\n', "must be kept in Viet Nam"),
    ],
)
def test_a_wrong_store_is_refused_and_said_why(tmp_path: Path, text: str, words: str) -> None:
    assert words in said(tmp_path, text)


def test_a_right_one_is_taken(tmp_path: Path) -> None:
    assert said(tmp_path, S3 + '[[recorders]]\nname = "r1"\narchive = "a"\n') == ""
