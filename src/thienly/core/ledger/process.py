"""Beginning a process that verifies a part of the history. It names no model: those come after."""


def begin(database: str) -> None:
    """On the database of that name: that of the process which asked."""
    import django  # noqa: PLC0415 - only in the new process

    django.setup()
    from django.db import connection  # noqa: PLC0415 - settings are read by then

    connection.settings_dict["NAME"] = database
