"""Passwords of tests are hashed in the product's way at a lower price, which is slow by design: 0.2 s each.

`tests/web/test_signin.py` goes through the door at the full price.
"""

from django.conf import settings
from django.contrib.auth.hashers import ScryptPasswordHasher


class QuickScrypt(ScryptPasswordHasher):
    work_factor = 2
    parallelism = 1


def install() -> None:
    """Called once by conftest, after Django is set up."""
    assert settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.ScryptPasswordHasher"], "what is cheap?"
    settings.PASSWORD_HASHERS = [f"{QuickScrypt.__module__}.{QuickScrypt.__name__}"]
