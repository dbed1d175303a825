"""Every code that a rule can give has words, in both languages."""

from enum import StrEnum

import pytest
from django.utils import translation
from scripts import messages

from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.words import problem_advice, problem_words
from thienly.core.units.carrying import right_ends_words, seat_ends_words
from thienly.core.units.refusals import sentence
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.fault import FAULT
from thienly.rules.problems import Problem as Trouble
from thienly.rules.profile import Scope
from thienly.rules.reorganisation import REORGANISATION
from thienly.rules.succession_facts import Fault, Problem, RightEnds, SeatEnds
from thienly.web.words.acts import GROUPS, ICONS, act_words, group_of, group_words
from thienly.web.words.cases import case_state_words, step_button, step_words
from thienly.web.words.reasons import action_words, explain, scope_words
from thienly.web.words.states import state_words
from thienly.web.words.status import codec_words
from thienly.web.words.units import KINDS, kind_words

LANGUAGES = ("vi", "en")


def differs(say: object, codes: type[StrEnum] | list[str]) -> list[str]:
    """Codes that have no words, or the same words in both languages."""
    assert callable(say)
    wrong = []
    for code in codes:
        said = {}
        for language in LANGUAGES:
            with translation.override(language):
                said[language] = str(say(code))
        if not all(said.values()) or said["vi"] == said["en"]:
            wrong.append(str(code))
    return wrong


def test_every_problem_has_a_name_and_advice() -> None:
    assert differs(problem_words, Trouble) == []
    assert differs(problem_advice, Trouble) == []


def test_every_action_and_scope_has_words() -> None:
    assert differs(action_words, Action) == []
    assert differs(scope_words, Scope) == []


def test_every_reason_is_a_sentence_and_no_placeholder_is_left() -> None:
    facts = {
        "role": "R",
        "unit": "U",
        "scope": "all",
        "roles": "A; B",
        "action": "view.live",
        "profile": "QN",
        "from": "2026-11-17T00:00:00+07:00",
        "max": "1",
        "function": "f",
        "object_kind": "camera",
    }
    assert differs(lambda code: explain(Reason(str(code), facts=facts), allowed=False).text, ReasonCode) == []
    for code in ReasonCode:
        for given in (facts, {}):
            assert "%(" not in explain(Reason(str(code), facts=given), allowed=False).text


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_history_reads_as_a_sentence_in_a_group(kind: Kind) -> None:
    action = "repair" if kind is Kind.CASE_STEPPED else "view.live"
    detail = {"action": action, "after": "offline", "problem": "stalled", "reason": "closed"}
    said = {}
    for language in LANGUAGES:
        with translation.override(language):
            said[language] = act_words(Entry(kind=kind.value, object_label="MO-001 Cổng mỏ", detail=detail))
    assert said["vi"] != said["en"]
    assert "%(" not in said["vi"]
    assert any(kind in kinds for kinds in GROUPS.values())
    assert group_of(kind.value) in ICONS


def test_every_state_has_words() -> None:
    assert differs(state_words, ["recording", "offline", "connecting", "stopped", "unknown", "retired"]) == []
    assert differs(case_state_words, sorted(FAULT.states)) == []
    assert differs(step_button, [transition.action for transition in FAULT.transitions]) == []
    assert group_words().keys() == GROUPS.keys()


def test_every_step_and_fault_of_a_reorganisation_has_words() -> None:
    assert differs(case_state_words, sorted(REORGANISATION.states)) == []
    assert differs(step_words, [transition.action for transition in REORGANISATION.transitions]) == []
    assert differs(seat_ends_words, SeatEnds) == []
    assert differs(right_ends_words, RightEnds) == []
    assert differs(kind_words, list(KINDS)) == []
    known = ("unit", "site", "name", "since", "parent", "successor")
    facts = dict.fromkeys([*known, "cameras", "function", "units", "document"], "Một")
    assert differs(lambda code: sentence(Problem(Fault(str(code)), facts, "QN Đ3.6")), Fault) == []
    assert sentence(Problem(Fault.CYCLE, facts, "QN Đ3.6")).endswith("(QN Đ3.6)")


def test_every_message_is_translated() -> None:
    assert messages.check() == 0


def test_the_check_of_messages_finds_what_is_missing_and_what_differs(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = messages.PO.read_text()
    broken = whole.replace(
        'msgid "%(span)s ago"\nmsgstr "%(span)s trước"', 'msgid "%(span)s ago"\nmsgstr "%(spam)s trước"'
    )
    broken = broken.replace('msgid "Home"\nmsgstr "Trang chủ"', 'msgid "Home"\nmsgstr ""')
    broken = broken.replace('msgid "Wall"\n', 'msgid "Wal"\n')
    copy = messages.Path(str(tmp_path)) / "django.po"
    copy.write_text(broken)
    monkeypatch.setattr(messages, "PO", copy)
    assert messages.check() == 1
    said = capsys.readouterr().err
    for line in (
        "placeholders differ: '%(span)s ago'",
        "untranslated: 'Home'",
        "unused: 'Wal'",
        "missing: 'Wall'",
    ):
        assert line in said


@pytest.mark.parametrize(
    ("codec", "name"),
    [("h265", "H.265"), ("hvc1.1.6.L93.b0", "H.265"), ("h264", "H.264"), ("aac", "AAC"),
     ("MPEG4-GENERIC", "AAC"), ("pcma", "G.711 A-law"), ("PCMU", "G.711 μ-law"), ("OPUS", "Opus")],
)  # fmt: skip
def test_codecs_have_their_usual_names(codec: str, name: str) -> None:
    """As the recorder, a probe or a MIME type call them."""
    assert codec_words(codec) == name
