"""What one version of a regulation says that the other does not, entry by entry, and in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from thienly.rules.profile import Profile
from thienly.rules.profile_entry import Entry

Language = Literal["vi", "en"]


class Sort(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """`section` "profile" is the head. `fields`: name, before, after, as they stand in a file.

    `entry`: as it is afterwards, or was when it is gone; `values`: as `fields`, before they were made text.
    """

    sort: Sort
    section: str
    id: str
    cite: str
    fields: tuple[tuple[str, str, str], ...] = ()
    entry: Entry | None = field(default=None, compare=False)
    values: tuple[tuple[str, Any, Any], ...] = field(default=(), compare=False)

    def words(self, language: Language) -> str:
        """One sentence, such as an official would write it."""
        number = 0 if language == "vi" else 1
        section = SECTIONS[self.section][number]
        title = f"{section} {self.id}" if self.id else section
        cite = f" ({self.cite})" if self.cite else ""
        if self.sort is not Sort.CHANGED:
            return f"{_SORTS[self.sort][number]} {title}{cite}"
        parts = [
            _changed(language, FIELDS.get(name, (name, name))[number], before, after)
            for name, before, after in self.fields
        ]
        return f"{_SORTS[self.sort][number]} {title}{cite}: {'; '.join(parts)}"


def diff(before: Profile, after: Profile) -> list[Change]:
    """Every difference, in the order of the sections; entries are the same when their ids are."""
    found: list[Change] = []
    old_head, new_head = before.profile.model_dump(mode="json"), after.profile.model_dump(mode="json")
    if head := _values(old_head, new_head):
        found.append(Change(Sort.CHANGED, "profile", "", "", _told(head), None, head))
    for section in Profile.sections():
        old: Mapping[str, Entry] = {entry.id: entry for entry in getattr(before, section)}
        new: Mapping[str, Entry] = {entry.id: entry for entry in getattr(after, section)}
        for name, entry in old.items():
            if name not in new:
                found.append(Change(Sort.REMOVED, section, name, entry.cite, entry=entry))
            elif values := _values(_dump(entry), _dump(new[name])):
                now = new[name]
                found.append(Change(Sort.CHANGED, section, name, now.cite, _told(values), now, values))
        found += [
            Change(Sort.ADDED, section, name, entry.cite, entry=entry)
            for name, entry in new.items()
            if name not in old
        ]
    return found


def _dump(entry: Entry) -> dict[str, Any]:
    return entry.model_dump(mode="json", by_alias=True)


def _told(values: tuple[tuple[str, Any, Any], ...]) -> tuple[tuple[str, str, str], ...]:
    return tuple((name, _value(before), _value(after)) for name, before, after in values)


def _values(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[tuple[str, Any, Any], ...]:
    return tuple(
        (name, old.get(name), new.get(name))
        for name in dict.fromkeys([*old, *new])
        if _plain(old.get(name)) != _plain(new.get(name))
    )


def _plain(value: Any) -> Any:
    """Lists are sets here: their order says nothing."""
    return sorted(value, key=str) if isinstance(value, list) else value


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(sorted(map(str, value)))
    if isinstance(value, dict):
        return ", ".join(f"{key} {_value(part)}" for key, part in value.items())
    return "" if value is None else str(value)


def _changed(language: Language, field: str, before: str, after: str) -> str:
    none = "không có" if language == "vi" else "nothing"
    if language == "vi":
        return f"{field} từ “{before or none}” thành “{after or none}”"
    return f"{field} from “{before or none}” to “{after or none}”"


_SORTS = {
    Sort.ADDED: ("Thêm", "Added:"),
    Sort.REMOVED: ("Bỏ", "Removed:"),
    Sort.CHANGED: ("Sửa", "Changed:"),
}

SECTIONS: dict[str, tuple[str, str]] = {
    "profile": ("thông tin văn bản", "the document"),
    "defects": ("điểm sai sót của văn bản", "defect of the text"),
    "bound": ("cơ quan chịu trách nhiệm thi hành", "body bound to carry it out"),
    "outside": ("phần không thuộc phạm vi điều chỉnh", "what it does not govern"),
    "unit_types": ("loại đơn vị", "type of unit"),
    "site_types": ("loại địa điểm", "type of place"),
    "purposes": ("mục đích", "purpose"),
    "roles": ("vai trò", "role"),
    "quotas": ("số tài khoản được cấp", "quota"),
    "grants": ("quyền", "right"),
    "exclusions": ("trường hợp loại trừ", "exclusion"),
    "separations": ("vai trò không được kiêm nhiệm", "roles kept apart"),
    "approvals": ("việc phải được chấp thuận", "approval"),
    "prohibitions": ("hành vi bị nghiêm cấm", "prohibition"),
    "clocks": ("thời hạn", "deadline"),
    "recurrences": ("việc định kỳ", "recurring duty"),
    "notices": ("thông báo, báo cáo", "notice"),
    "incidents": ("loại sự cố", "kind of incident"),
    "retention": ("thời gian lưu trữ", "retention"),
    "registers": ("sổ theo dõi", "register"),
    "networks": ("quy định về mạng", "network rule"),
    "device_rules": ("quy định về thiết bị", "rule on devices"),
    "quality": ("yêu cầu chất lượng", "quality"),
    "duties": ("trách nhiệm", "duty"),
    "parameters": ("tham số văn bản để ngỏ", "what the text leaves open"),
    "transition": ("chuyển tiếp tổ chức", "transition"),
}
"""Name of each section, Vietnamese and English."""

FIELDS: dict[str, tuple[str, str]] = {
    "action": ("hành động", "action"),
    "actions": ("hành động", "actions"),
    "actor": ("người thực hiện", "who acts"),
    "aliases": ("tên khác", "other spellings"),
    "approver": ("người chấp thuận", "who approves"),
    "at": ("địa điểm", "place"),
    "basis": ("căn cứ (nêu rõ/suy ra)", "basis"),
    "cite": ("điều khoản", "article"),
    "choices": ("lựa chọn", "choices"),
    "delegable": ("được ủy quyền", "may be delegated"),
    "law": ("căn cứ pháp luật", "law"),
    "meaning": ("nghĩa", "meaning"),
    "parameter": ("nội dung để ngỏ", "left open"),
    "parameters": ("nội dung để ngỏ", "left open"),
    "prevails": ("luôn được ưu tiên", "prevails"),
    "requires_application": ("phải có đơn đề nghị", "wants an application"),
    "seat": ("loại vị trí", "seat"),
    "written": ("bằng văn bản", "in writing"),
    "activation": ("phải có trước khi áp dụng", "needed before it can hold"),
    "closes": ("chưa được làm khi chưa quyết định", "what stays closed until it is settled"),
    "condition": ("điều kiện", "condition"),
    "date": ("ngày ban hành", "date"),
    "due": ("thời điểm phải xong", "when it is due"),
    "effective_from": ("ngày có hiệu lực", "in force since"),
    "effective_to": ("ngày hết hiệu lực", "in force until"),
    "en": ("tên tiếng Anh", "English name"),
    "enforce": ("cách bảo đảm", "how it is enforced"),
    "every": ("chu kỳ", "interval"),
    "event": ("sự kiện", "event"),
    "fields": ("nội dung ghi", "columns"),
    "form": ("hình thức", "form"),
    "from": ("từ", "from"),
    "leaves": ("quyền còn lại", "rights left"),
    "level": ("cấp", "level"),
    "limit": ("thời hạn", "limit"),
    "max": ("tối đa", "at most"),
    "min": ("tối thiểu", "at least"),
    "mode": ("một hay tất cả", "any or all"),
    "never_with": ("không kiêm", "never with"),
    "note": ("ghi chú", "note"),
    "number": ("số văn bản", "number"),
    "parent": ("cấp trên", "parent"),
    "prior": ("phải có trước", "beforehand"),
    "proposal": ("đề xuất", "proposal"),
    "purpose": ("mục đích", "purpose"),
    "role": ("vai trò", "role"),
    "rule": ("quy tắc", "rule"),
    "scope": ("phạm vi", "scope"),
    "seats": ("số chỗ", "seats"),
    "site": ("loại địa điểm", "type of place"),
    "sites": ("địa điểm", "places"),
    "title_vi": ("tên văn bản", "title"),
    "to": ("cho", "to"),
    "trigger": ("bắt đầu khi", "begins with"),
    "unit": ("đơn vị", "unit"),
    "value": ("giá trị", "value"),
    "version": ("phiên bản", "version"),
    "vi": ("nội dung", "words"),
    "via": ("qua", "through"),
    "when": ("khi", "when"),
}
"""Name of each field, Vietnamese and English; a name that is not here stands as it is in the file."""
