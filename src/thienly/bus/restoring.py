"""Messages about copies of recordings in object stores: bringing them back, and trying whether they come."""

from thienly.bus.messages import CameraId, Message


class RestoreRange(Message):
    """Bring the segments of a camera that overlap [from_us, until_us) back to the recorder's disk. Asking
    again tells how far it is."""

    camera: CameraId
    from_us: int
    until_us: int
    look: bool = False  # only tell how far it is


class RestoreProgress(Message):
    here: int  # segments on the disk
    waiting: int  # still to come
    failed: int = 0
    trouble: str = ""  # why the last one failed: rules.copies.Trouble
    detail: str = ""


class RestoreTestNow(Message):
    """Try a restore from this store now."""

    store: str
