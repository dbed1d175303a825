"""Words of the platform's availability: its services, causes of outages, and the entries about them."""

from django.utils.translation import gettext as _

from thienly.core.availability.measuring import BUS, DATABASE, GATEWAY, RECORDER, STEWARD
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.rules.availability import Cause


def service_words(name: str) -> str:
    if name.startswith(RECORDER):
        return _("recorder %(name)s") % {"name": name.removeprefix(RECORDER)}
    words = {
        BUS: _("message bus"),
        DATABASE: _("database"),
        GATEWAY: _("pages and pictures (gateway)"),
        STEWARD: _("bookkeeping (steward)"),
    }
    return words.get(name, name)


def cause_words(cause: str) -> str:
    words = {
        Cause.NO_SIGN: _("did not answer; nothing more is known"),
        Cause.RESTARTED: _("its process ended and was started anew"),
        Cause.CUT_OFF: _("stuck, or the way to it was cut; the same process came back"),
        Cause.STOPPED: _("stopped on purpose"),
        Cause.KILLED: _("its process ended unasked"),
        Cause.MACHINE: _("the machine was started anew"),
        Cause.RETIRED: _("taken out of use"),
    }
    return words[Cause(cause)] if cause in Cause._value2member_map_ else cause


def availability_acts(entry: Entry) -> dict[Kind, str]:
    """To follow the actor's name in one sentence; the service in words."""
    what = service_words(entry.object_label).replace("%", "%%")
    return {
        Kind.SERVICE_WATCHED: _("measures from now on: %(what)s") % {"what": what},
        Kind.SERVICE_LOST: _("noticed that this does not work: %(what)s") % {"what": what},
        Kind.SERVICE_BACK: _("noticed that this works again: %(what)s") % {"what": what},
        Kind.SERVICE_RETIRED: _("took out of use: %(what)s") % {"what": what},
        Kind.OUTAGE_ACKNOWLEDGED: _("acknowledged an outage: %(what)s") % {"what": what},
        Kind.AVAILABILITY_SEALED: _("sealed the report on availability: %(what)s") % {"what": what},
    }
