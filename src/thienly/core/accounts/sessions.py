"""Ending the sessions of an account.

A session row does not name its account in a column, so the unexpired ones are opened and looked into: right
whatever created them, and with thousands of sessions still well under a second.
"""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from thienly.core.accounts.models import Account


def end_sessions(account: Account, *, keep: str = "") -> int:
    """Deletes every session of `account` but the one with the key `keep`; returns how many."""
    mine = [
        session.session_key
        for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator()
        if session.session_key != keep and session.get_decoded().get(SESSION_KEY) == str(account.pk)
    ]
    Session.objects.filter(session_key__in=mine).delete()
    return len(mine)
