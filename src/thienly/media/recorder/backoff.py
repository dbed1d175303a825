"""How long to wait before the next attempt: longer each time, never in step with others."""

import random

from thienly.rules.problems import Problem

_SLOW = {
    # A person has to act, and devices lock accounts that are tried too often.
    Problem.AUTH_FAILED,
    Problem.NOT_FOUND,
    Problem.ADDRESS_REFUSED,
    Problem.BAD_URL,
    Problem.NO_VIDEO,
    Problem.UNSUPPORTED_CODEC,
    Problem.TRANSPORT_REFUSED,
    Problem.CERTIFICATE_UNTRUSTED,
    Problem.CERTIFICATE_CHANGED,
}


class Backoff:
    """Full waits: 1, 2, 4 … 30 s; for a `_SLOW` problem 15, 30 … 120 s. Each is shortened by up to a half."""

    def __init__(self) -> None:
        self._attempts = 0

    def reset(self) -> None:
        self._attempts = 0

    def next_s(self, problem: Problem) -> float:
        first, most = (15.0, 120.0) if problem in _SLOW else (1.0, 30.0)
        full: float = min(most, first * 2**self._attempts)
        self._attempts = min(self._attempts + 1, 10)
        return full * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
