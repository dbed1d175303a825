"""What the bearer of a recorder's certificate may say and hear on the bus: its own, and what is its zone's.

docs/security.md says what somebody who has stolen a recorder can still do with it.
"""

from thienly.bus import subjects


def inbox(recorder: str) -> str:
    """Prefix of the subjects on which it gets answers; nobody else hears them."""
    return f"inbox.{recorder}"


def of_recorder(name: str, zone: str) -> dict[str, object]:
    """`permissions` of a user in the server's configuration."""
    # To read and not to watch: the server lets a consumer deliver on any subject, whoever made it, and what
    # this one writes into its claims would then be heard as if others had said it.
    buckets = (subjects.cameras_bucket(zone), subjects.holders_bucket(zone), subjects.HOLDS_BUCKET)
    read = [f"KV_{bucket}" for bucket in buckets]
    jobs = f"{subjects.JOBS_STREAM}.{subjects.jobs_consumer(zone)}"
    say = [
        subjects.fact("*", name, "*"),
        subjects.alive(name),
        subjects.handover(name),
        subjects.renew(name),
        subjects.held("*"),
        subjects.live("*", "*"),
        f"$KV.{subjects.holders_bucket(zone)}.*",
        f"$JS.API.CONSUMER.MSG.NEXT.{jobs}",
        f"$JS.ACK.{jobs}.>",
        *(f"$JS.API.STREAM.{verb}.{stream}" for stream in read for verb in ("INFO", "MSG.GET")),
    ]
    hear = [
        f"{inbox(name)}.>",
        subjects.live_want("*"),
        subjects.held("*"),
        f"archive.{name}.*",
        subjects.handover(name),
        subjects.probe(zone),
    ]
    answers = {"max": -1, "expires": "2m"}
    return {"publish": {"allow": say}, "subscribe": {"allow": hear}, "allow_responses": answers}
