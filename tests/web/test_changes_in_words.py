"""What changes between two versions is told by names, not by the codes of the file."""

import re
from datetime import date

from django.utils import translation

from thienly.core.regulation.shelf import shelf
from thienly.rules.actions import Action
from thienly.rules.profile import Profile
from thienly.rules.profile_diff import diff
from thienly.rules.profile_sections import Limit
from thienly.web.words.changes import change_words


def versions() -> tuple[Profile, Profile]:
    """A shorter deadline, a right with fewer acts, a parameter that is gone."""
    book = shelf().book("QN")
    assert book is not None
    before = book.profile
    after = before.model_copy(
        update={
            "profile": before.profile.model_copy(update={"effective_from": date(2026, 12, 1)}),
            "clocks": [
                one.model_copy(update={"limit": Limit(n=3, unit="working_day")})
                if one.id == "c-repair"
                else one
                for one in before.clocks
            ],
            "grants": [
                one.model_copy(update={"actions": frozenset({Action.ADMIN_ACCOUNTS})})
                if one.id == "g-cam-admin"
                else one
                for one in before.grants
            ],
            "parameters": [one for one in before.parameters if one.id != "par-password-age"],
        }
    )
    return before, after


def told(language: str) -> list[str]:
    before, after = versions()
    with translation.override(language):
        return [said for _change, said in change_words(diff(before, after), before, after)]


def test_names_stand_where_the_file_has_codes_in_both_languages() -> None:
    vietnamese, english = told("vi"), told("en")
    assert len(vietnamese) == len(english) == 4
    text = "\n".join(vietnamese)
    assert "từ “5 ngày làm việc” thành “3 ngày làm việc”" in text
    assert "ngày có hiệu lực từ “01/09/2023” thành “01/12/2026”" in text
    assert "thành “quản trị tài khoản”" in text
    assert any(one.startswith("Bỏ: tham số văn bản để ngỏ “thời hạn của mật khẩu”") for one in vietnamese)
    for one in [*vietnamese, *english]:
        assert not re.search(r"\b(g|c|par)-[a-z]|working_day|config\.device", one), one
    assert not set(vietnamese) & set(english)
