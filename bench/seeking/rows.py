"""Lays the centre's rows of a long past, with the environment of the installation.

    python -m bench.seeking.rows CAMERAS DAYS RECORDER UNTIL_HOUR

Further cameras beside those that are there, and full coverage of them all. Prints the ids as JSON.
"""

import json
import sys
from datetime import UTC, datetime

import django

django.setup()

from django.db import connection  # noqa: E402 - Django must be set up before

from thienly.core.registry.models import Camera  # noqa: E402


def main() -> None:
    count, days, recorder, until = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    one = Camera.objects.order_by("code").first()
    assert one is not None
    made = [
        Camera(
            code=f"XA-{n:04}",
            name=f"Camera xa {n}",
            folded=f"xa-{n:04}",
            site=one.site,
            sector=one.sector,
            url="rtsp://10.0.0.1/live",
            record=False,
            created_at=one.created_at,
        )
        for n in range(count)
    ]
    Camera.objects.bulk_create(made, batch_size=500)
    full = b"\xff" * 450
    with connection.cursor() as cursor:
        for camera in made:
            hours = [datetime.fromtimestamp(until - n * 3600, UTC) for n in range(1, days * 24 + 1)]
            cursor.executemany(
                "insert into recording_coverage (camera_id, recorder, hour, seconds) values (%s, %s, %s, %s)",
                [(camera.pk.hex, recorder, str(hour)[:19], full) for hour in hours],
            )
    print(json.dumps([camera.pk.hex for camera in made]))


if __name__ == "__main__":
    main()
