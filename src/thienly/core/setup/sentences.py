"""What `thienly init` says when something is wrong, in Vietnamese and English.

It runs before there is an installation, so there is no person whose language could be known: it says both.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError


class Sentence(NamedTuple):
    vi: str
    en: str

    def __str__(self) -> str:
        return f"{self.vi}\n{self.en}"

    def about(self, **facts: object) -> "Sentence":
        return Sentence(self.vi.format(**facts), self.en.format(**facts))


class Refusal(Exception):
    """Nothing was installed, and why."""

    def __init__(self, *sentences: Sentence) -> None:
        super().__init__("; ".join(sentence.en for sentence in sentences))
        self.sentences = sentences


class WrongAnswers(Refusal):
    """The answers are to blame: other answers may do."""


INSTALLED_ALREADY = Sentence(
    "Đã có một cài đặt trong {data}; không cài đè. Muốn cài mới, hãy đặt THIENLY_DATA là một thư mục khác.",
    "There is an installation in {data} already; it is not overwritten. For a new one set THIENLY_DATA to "
    "another directory.",
)
IN_THE_WAY = Sentence(
    "{data} đã chứa {names} của một cài đặt khác hoặc dở dang; hãy chuyển chúng đi rồi chạy lại.",
    "{data} already holds {names} of another or unfinished installation; move them away and run this again.",
)
BUSY = Sentence(
    "Một lệnh cài đặt khác đang chạy trong {data}.",
    "Another installation is under way in {data}.",
)
DATABASE_TAKEN = Sentence(
    "Cơ sở dữ liệu đã có tài khoản: nó thuộc về một cài đặt khác.",
    "The database already holds accounts: it belongs to another installation.",
)
FAILED = Sentence(
    "Không cài đặt được, không có gì được giữ lại: {reason}",
    "The installation failed and nothing of it is kept: {reason}",
)
NO_FILE = Sentence("Không đọc được tệp {path}: {reason}", "The file {path} cannot be read: {reason}")
NOT_TOML = Sentence("Tệp {path} không phải TOML: {reason}", "The file {path} is not TOML: {reason}")
NOT_WRITABLE = Sentence("Không ghi được vào {path}.", "{path} cannot be written to.")
WRONG = Sentence("{where}: {reason}", "{where}: {reason}")

_PYDANTIC: Mapping[str, Sentence] = {
    "missing": Sentence("thiếu mục này.", "this is missing."),
    "extra_forbidden": Sentence(
        "không có mục nào tên như vậy; hãy xem lại chính tả.",
        "there is no setting of this name; check the spelling.",
    ),
    "string_too_short": Sentence("không được để trống.", "it must not be empty."),
    "string_pattern_mismatch": Sentence(
        "chỉ dùng chữ thường không dấu, chữ số, gạch nối.", "only small letters, digits and hyphens."
    ),
    "greater_than_equal": Sentence("phải từ {ge} trở lên.", "it must be at least {ge}."),
    "less_than_equal": Sentence("không được quá {le}.", "it must be at most {le}."),
    "int_parsing": Sentence("phải là một số nguyên.", "it must be a whole number."),
    "int_type": Sentence("phải là một số nguyên.", "it must be a whole number."),
    "string_type": Sentence("phải là chữ trong dấu nháy.", "it must be text in quotes."),
    "list_type": Sentence("phải là một danh sách.", "it must be a list."),
    "cidr": Sentence(
        "không phải một dải địa chỉ mạng, ví dụ 10.20.0.0/16.",
        "this is not a range of network addresses, such as 10.20.0.0/16.",
    ),
    "time_zone": Sentence(
        "không có múi giờ này; ví dụ Asia/Ho_Chi_Minh.",
        "there is no such time zone; for instance Asia/Ho_Chi_Minh.",
    ),
    "database_url": Sentence(
        "để trống (SQLite) hoặc postgresql://người-dùng@máy/tên.",
        "leave it empty (SQLite) or give postgresql://user@host/name.",
    ),
    "regulation": Sentence(
        "không có văn bản nào có mã này; có: {known}.", "no regulation has this id; there are: {known}."
    ),
    "regulation_from": Sentence(
        "bản lưu của văn bản không nêu ngày có hiệu lực: hãy ghi regulation_from (như 2024-02-01) và "
        "regulation_document (số, ngày của văn bản); văn bản đã nêu ngày thì bỏ trống.",
        "the copy of the regulation does not say from when it is in force: give regulation_from (like "
        "2024-02-01) and regulation_document (its number and date); where it says so, leave both out.",
    ),
    "regulation_without_administrator": Sentence(
        "văn bản này không giao cho vai trò nào việc quản trị toàn hệ thống.",
        "this regulation gives no role the administration of the whole system.",
    ),
    "function": Sentence(
        "đơn vị đầu tiên phải có chức năng {function}, vì {role} thuộc đơn vị ấy ({cite}).",
        "the first unit must have the function {function}, for {role} belongs to it ({cite}).",
    ),
    "recorder_twice": Sentence("hai máy ghi trùng tên.", "two recorders have the same name."),
}
_DJANGO: Mapping[str, Sentence] = {
    "password_too_short": Sentence(
        "cần ít nhất {min_length} ký tự.", "it needs at least {min_length} characters."
    ),
    "password_too_common": Sentence(
        "mật khẩu này quá phổ biến.", "this password is among those that are tried first."
    ),
    "password_too_similar": Sentence(
        "quá giống tên người hoặc tên đăng nhập.", "it is too much like the person's or the user name."
    ),
    "form": Sentence(
        "2 đến 40 chữ thường không dấu, chữ số, dấu chấm, gạch nối; bắt đầu bằng chữ hoặc số.",
        "2 to 40 small letters, digits, dots, hyphens; it begins with a letter or digit.",
    ),
    "required": Sentence("không được để trống.", "it must not be empty."),
    "max_length": Sentence("dài quá {limit_value} ký tự.", "it is longer than {limit_value} characters."),
}
_WHERE = {"function": "unit.functions"}  # of a check that concerns several settings


def explain(error: ValidationError) -> list[Sentence]:
    """One sentence for each wrong setting. Never repeats what was given: it may be a password."""
    return [_explain_one(dict(problem)) for problem in error.errors(include_input=False, include_url=False)]


def explain_field(where: str, *, code: str, params: Mapping[str, Any], message: str) -> Sentence:
    """A service's error about one field; `message` is its own English sentence."""
    if code not in _DJANGO:
        return Sentence(f"{where}: giá trị không hợp lệ. ({message})", f"{where}: {message}")
    told = _DJANGO[code].about(**params)
    return Sentence(f"{where}: {told.vi}", f"{where}: {told.en}")


def _explain_one(problem: Mapping[str, Any]) -> Sentence:
    where = ".".join(str(step) for step in problem["loc"]) or _WHERE.get(problem["type"], "?")
    text = _PYDANTIC.get(problem["type"])
    if text is None:
        return Sentence(f"{where}: giá trị không hợp lệ.", f"{where}: {problem['msg']}.")
    told = text.about(**problem.get("ctx", {}))
    return Sentence(f"{where}: {told.vi}", f"{where}: {told.en}")
