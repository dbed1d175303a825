"""Lays the centre's rows of a long past, with the environment of the installation.

    python -m bench.seeking.rows CAMERAS DAYS RECORDER UNTIL_HOUR

Further cameras beside those that are there, and full coverage of them all. Prints the ids as JSON.
"""

import json
import sys

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
    with connection.cursor() as cursor:
        cursor.execute(
            "with recursive past(n) as (select 1 union all select n + 1 from past where n < %s)"
            " insert into recording_coverage (camera_id, recorder, hour, seconds, deleted)"
            " select id, %s, datetime(%s - n * 3600, 'unixepoch'), whole.bits, x'' from past"
            " cross join (select id from registry_camera where code like 'XA-%%')"
            " cross join (select %s as bits) as whole",
            [days * 24, recorder, until, b"\xff" * 450],
        )
    print(json.dumps([camera.pk.hex for camera in made]))


if __name__ == "__main__":
    main()
