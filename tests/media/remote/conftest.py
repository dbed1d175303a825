"""One SeaweedFS for all tests; each test has a bucket of its own."""

from collections.abc import Iterator

import pytest

from tests.seaweed import S3, seaweed


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with seaweed(tmp_path_factory.mktemp("seaweed")) as running:
        yield running
