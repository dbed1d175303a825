"""One account, one natural person: who that is, without keeping the number that says so.

The personal identification number is the only number of which a natural person in Viet Nam has exactly one.
It is kept as a keyed hash, so that a second account of the same person is noticed, and as its last four
digits, so that an administrator can compare it with a card. See docs/decisions.
"""

import hmac
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from thienly.core.accounts.models import Account
from thienly.core.text import normalise

DIGITS = 12  # Luật Căn cước 2023, Đ12
SHOWN = 4


def name_person(account: Account, number: str) -> None:
    """Writes on `account` (not yet saved) whose it is. Raises ValidationError (person_number)."""
    plain = normalise(number).replace(" ", "").replace(".", "")
    if len(plain) != DIGITS or not plain.isascii() or not plain.isdecimal():
        message = _("Give the personal identification number: the 12 digits on the identity card.")
        raise ValidationError({"person_number": [ValidationError(message, "form")]})
    digest = _digest(plain)
    if Account.objects.filter(person_hash=digest).exclude(pk=account.pk).exists():
        message = _(
            "This person has an account already. One person has one account; "
            "give it another role instead, or restore it."
        )
        raise ValidationError({"person_number": [ValidationError(message, "duplicate")]})
    account.person_hash, account.person_last = digest, plain[-SHOWN:]


def _digest(number: str) -> str:
    """HMAC-SHA256 under a key that only this use has: the hash alone does not give the number away."""
    secret = settings.CONF.vault_key.read_bytes().strip()
    key = HKDF(SHA256(), 32, salt=None, info=b"thienly person number").derive(secret)
    return hmac.new(key, number.encode(), sha256).hexdigest()
