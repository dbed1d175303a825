"""`thienly init` without a file: a few questions, each with its example, asked again until it is right."""

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from thienly.core.setup.answers import Answers
from thienly.core.setup.sentences import Sentence, explain

Say = Callable[[str], object]
Read = Callable[[str], str]  # shows a prompt, returns the line; raises EOFError at the end of input

QUESTIONS = (
    (
        "unit.name",
        Sentence("Tên đơn vị quản lý hệ thống", "Name of the unit that manages the system"),
        "Trung tâm Giám sát, điều hành",
    ),
    ("document", Sentence("Quyết định bổ nhiệm quản trị", "Decision that appoints the administrator"), ""),
    (
        "administrator.full_name",
        Sentence("Họ tên người quản trị đầu tiên", "First administrator's full name"),
        "",
    ),
    ("administrator.username", Sentence("Tên đăng nhập", "User name"), "quantri"),
    ("storage", Sentence("Thư mục lưu hình", "Directory for recordings"), "footage"),
    ("port", Sentence("Cổng của trang web", "Port of the pages"), "8420"),
    (
        "hosts",
        Sentence("Tên máy, cách nhau bằng dấu phẩy", "Host names, with commas between"),
        "localhost,127.0.0.1",
    ),
    (
        "network_zones",
        Sentence("Vùng mạng, dạng tên=dải, có thể để trống", "Network zones as name=range, may be empty"),
        "",
    ),
)
PASSWORD = Sentence("Mật khẩu (ít nhất 10 ký tự)", "Password (at least 10 characters)")
AGAIN = Sentence("Nhập lại mật khẩu", "The password again")
DIFFERENT = Sentence("Hai lần nhập khác nhau.", "The two differ.")


def ask(*, say: Say, read: Read, read_secret: Read, given: dict[str, str]) -> Answers:
    """Fills `given`; what already stands there is offered again, so that asking a second time is short.

    Raises EOFError or KeyboardInterrupt when the person gives up.
    """
    given.pop("administrator.password", None)
    wanted = [name for name, _, _ in QUESTIONS]
    while True:
        for name, question, example in QUESTIONS:
            if name in wanted:
                default = given.get(name, example)
                prompt = f"{question.vi} · {question.en}{f' [{default}]' if default else ''}: "
                given[name] = read(prompt).strip() or default
        if "administrator.password" not in given:
            given["administrator.password"] = _password(say, read_secret)
        try:
            return Answers.model_validate(_nested(given))
        except ValidationError as error:
            for sentence in explain(error):
                say(str(sentence))
            wrong = {".".join(str(step) for step in problem["loc"]) for problem in error.errors()}
            wanted = [name for name, _, _ in QUESTIONS if any(w.startswith(name) for w in wrong)] or wanted


def _password(say: Say, read_secret: Read) -> str:
    while True:
        first = read_secret(f"{PASSWORD.vi} · {PASSWORD.en}: ")
        if first and first == read_secret(f"{AGAIN.vi} · {AGAIN.en}: "):
            return first
        say(str(DIFFERENT))


def _nested(given: dict[str, str]) -> dict[str, Any]:
    answers: dict[str, Any] = {"unit": {}, "administrator": {}}
    for name, text in given.items():
        part, _, field = name.partition(".")
        if field:
            answers[part][field] = text
        elif name == "hosts":
            answers[name] = [host.strip() for host in text.split(",") if host.strip()]
        elif name == "network_zones":
            pairs = [zone.partition("=") for zone in text.split(",") if zone.strip()]
            answers[name] = [{"name": zone.strip(), "cidr": cidr.strip()} for zone, _, cidr in pairs]
        else:
            answers[name] = text
    return answers
