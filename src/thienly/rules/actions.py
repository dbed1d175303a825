"""The verbs of permission. What a regulation does not grant is denied (requirements, part B)."""

from enum import StrEnum


class Action(StrEnum):
    """Names as they stand in profiles."""

    VIEW_LIVE = "view.live"
    VIEW_PLAYBACK = "view.playback"
    LISTEN = "audio"
    EXTRACT = "extract"
    PROVIDE = "provide"
    PTZ = "ptz"
    ADMIN_ACCOUNTS = "admin.accounts"
    SUSPEND_ACCOUNTS = "suspend.accounts"  # see the accounts of a unit, and suspend them
    ADMIN_SYSTEM = "admin.system"
    CONFIG_DEVICE = "config.device"
    INSPECT_META = "inspect.meta"
    STATISTICS = "stats"
    APPROVE = "approve"
