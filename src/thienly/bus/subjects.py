"""Every NATS subject, stream, bucket and consumer, in one place.

Camera and recorder names stand in subjects as single tokens: camera ids are 32 hexadecimal digits, recorder
and zone names match `TOKEN`.
"""

import re

TOKEN = re.compile(r"^[a-z0-9][a-z0-9_-]{0,40}$")


# --- desired state: JetStream key-value, written by the steward, watched by recorders ---------------------
# A bucket for each zone: what a recorder may read and claim ends at its own (`bus.permissions`).
def cameras_bucket(zone: str) -> str:
    """Key: camera id. Value: `DesiredCamera`. A camera that has moved to another zone leaves its address and
    password behind here, and the name of the zone where it is now."""
    return f"cameras-{zone}"


def holders_bucket(zone: str) -> str:
    """Key: camera id. Value: `Holder`, the recorder that records the camera now. The last writer wins and the
    recorder it replaced lets go: two recorders never write one camera for longer than a watch takes."""
    return f"holders-{zone}"


HOLDS_BUCKET = "holds"
"""Key: hold id. Value: `HoldWish`. A hold that is over stays there and says so: an empty bucket (a bus that
lost its disk) releases nothing."""

# --- recording jobs: a work-queue; a camera stands in it once, taken or waiting ---------------------------
JOBS_STREAM = "JOBS"
JOBS_SUBJECTS = "job.>"
JOB_ACK_WAIT_S = 6.0
JOB_PROGRESS_EVERY_S = 2.0


def job(zone: str, camera: str) -> str:
    return f"job.{zone}.{camera}"


def jobs_of_zone(zone: str) -> str:
    return f"job.{zone}.*"


def jobs_consumer(zone: str) -> str:
    """One durable for each zone: a work-queue wants consumers with disjoint filters."""
    return f"recorders-{zone}"


# --- facts: what happened, durable, de-duplicated by message id -------------------------------------------
FACTS_STREAM = "FACTS"
FACTS_SUBJECTS = "fact.>"
STEWARD_CONSUMER = "steward"


def fact(kind: str, recorder: str, camera: str) -> str:
    """`camera` is `-` for facts that are about no camera."""
    return f"fact.{kind}.{recorder}.{camera}"


# --- plain subjects: nothing is lost when nobody listens --------------------------------------------------
def live(camera: str, stream: str = "main") -> str:
    """Live chunks (`LiveChunk`), published only while wanted."""
    return f"live.{camera}.{stream}"


def live_want(camera: str) -> str:
    """Request to the recorder that holds the camera: `LiveWant` → `LiveOpened`. A lease, to be renewed."""
    return f"camera.{camera}.live"


def held(camera: str) -> str:
    """Empty request → empty answer of the recorder that holds the camera. What recorders may ask each other:
    whether somebody lives, and nothing that shows a picture."""
    return f"held.{camera}"


TRANSCODED = ("h264", "aac")
"""Live streams that no camera gives: made by the transcoder from the main one."""


def transcode_want(camera: str) -> str:
    """Request to the transcoder (queue group `TRANSCODERS`): `LiveWant` → `LiveOpened`. A lease as well."""
    return f"transcode.{camera}.live"


TRANSCODE_WANTS = "transcode.*.live"
TRANSCODE_FRAGMENT = "transcode.fragment"
"""Request: `TranscodeFragment` → `TranscodedFragment` and two parts, init segment and fragment."""
TRANSCODERS = "transcoders"


def live_source(camera: str, stream: str) -> str:
    """Where a live stream is asked for."""
    return transcode_want(camera) if stream in TRANSCODED else live_want(camera)


def archive_find(recorder: str) -> str:
    """Request: `FindFragments` → `FragmentList`."""
    return f"archive.{recorder}.find"


def archive_read(recorder: str) -> str:
    """Request: `ReadBytes` → raw bytes (an error stands in the header `Thienly-Error`)."""
    return f"archive.{recorder}.read"


def archive_sealed(recorder: str) -> str:
    """Request: `SealedAsk` → `Sealed` (an error stands in the header `Thienly-Error`)."""
    return f"archive.{recorder}.sealed"


def archive_oldest(recorder: str) -> str:
    """Request: `OldestAsk` → `OldestRead`. The recorder really reads the fragment."""
    return f"archive.{recorder}.oldest"


def archive_index(recorder: str) -> str:
    """Request: `IndexAsk` → `IndexPage`, page by page."""
    return f"archive.{recorder}.index"


def archive_thumbnail(recorder: str) -> str:
    """Request: `WantThumbnail` → a JPEG (an error stands in the header `Thienly-Error`)."""
    return f"archive.{recorder}.thumbnail"


def archive_restore(recorder: str) -> str:
    """Request: `RestoreRange` → `RestoreProgress`."""
    return f"archive.{recorder}.restore"


def archive_test(recorder: str) -> str:
    """Request: `RestoreTestNow` → `RestoreTested`."""
    return f"archive.{recorder}.test"


def probe(zone: str) -> str:
    """Request: `ProbeRequest` → `ProbeResult`; any recorder of the zone answers (queue group `PROBERS`)."""
    return f"probe.{zone}"


PROBERS = "probers"


def handover(recorder: str) -> str:
    """`bus.handover.HandoverRequest` of a successor to the process that records under this name now."""
    return f"handover.{recorder}"


def renew(recorder: str) -> str:
    """Empty request of a recorder whose certificate ends soon → its next one (PEM, with its key)."""
    return f"renew.{recorder}"


RENEWALS = renew("*")


def alive(recorder: str) -> str:
    """`RecorderAlive`, every `ALIVE_EVERY_S` seconds."""
    return f"alive.{recorder}"


ALIVE_ALL = "alive.*"
ALIVE_EVERY_S = 5.0
ALIVE_LOST_S = 15.0

ACCESS_CHANGED = "hint.access"
"""Empty; a right may have changed. Only a hint: gateways also look at the access epoch by themselves."""

DESIRED_CHANGED = "hint.desired"
"""Empty; the steward publishes desired state now instead of at its next tick."""

MAX_PAYLOAD = 8 * 1024 * 1024
"""Bytes; set on the server, so that a GOP travels whole. What may be larger is sent in parts of `PART`."""
PART = 4 * 1024 * 1024
