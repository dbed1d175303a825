"""No source file is longer than 400 lines: a file is about one noun."""

import subprocess
import sys
from pathlib import Path

LIMIT = 400
KINDS = {".py", ".js", ".html", ".css", ".sql", ".sh", ".c"}


def main() -> int:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    long = [
        (lines, path)
        for path in map(Path, listed.stdout.splitlines())
        if path.suffix in KINDS and path.exists() and (lines := len(path.read_text().splitlines())) > LIMIT
    ]
    for lines, path in sorted(long, reverse=True):
        sys.stderr.write(f"{path}: {lines} lines, more than {LIMIT}\n")
    return 1 if long else 0


if __name__ == "__main__":
    sys.exit(main())
