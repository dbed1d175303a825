"""The numbers that a recorder tells with its heartbeat, and what the metrics call them.

Counters count since the process began. Only these names are passed on: who can send a heartbeat must not be
able to make up series without end.
"""

COUNTERS = {
    "bytes": "Bytes of footage written to disk",
    "fragments": "Fragments (GOPs) written to disk",
    "fragments_not_kept": "Fragments that the disk did not take",
    "packets_lost": "RTP packets that never came",
    "reconnects": "Connections to cameras that ended and were tried again",
    "pictures_checked": "Pictures measured to see whether they show anything",
    "pictures_failed": "Pictures that could not be measured",
    "pictures_skipped": "Checks of pictures left out because the machine was busy",
    "live_dropped": "Live chunks that the bus did not take",
}
GAUGES = {
    "recording": "Cameras that are being recorded",
    "connecting": "Cameras that are being connected",
    "offline": "Cameras that are not recorded, each with its gap",
    "store_queue_bytes": "Footage that waits for the disk",
    "index_queue": "Operations that wait for the index",
    "disk_days_left": "Days until the first of its disks is full at the rate of now, nothing deleted",
    "floor_days_left": "Days until promised footage must go for lack of room; absent: not in sight",
    "memory_bytes": "Resident memory",
}
