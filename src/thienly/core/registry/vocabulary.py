"""The words of the register that no regulation fixes: fields of work, kinds of places, ways of pictures."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Transport(TextChoices):
    """How the pictures of an rtsp address travel."""

    TCP = "tcp", _("in the connection (TCP)")
    UDP = "udp", _("beside it (UDP)")
    AUTO = "auto", _("TCP, and UDP if the camera refuses it")


class Sector(TextChoices):
    """A field of State management (QN Đ6.2, Đ9.2); a sector centre sees the cameras of its own."""

    MINING = "mining", _("mining")
    FISHING_PORT = "fishing_port", _("fishing ports")
    ONE_STOP = "one_stop", _("one-stop offices")
    TRAFFIC = "traffic", _("traffic")
    SECURITY = "security", _("public order")
    HEALTH = "health", _("health")
    EDUCATION = "education", _("education")
    ENVIRONMENT = "environment", _("environment")


class SiteKind(TextChoices):
    MINE = "mine", _("mine")
    DEPOT = "depot", _("depot or yard")
    FISHING_PORT = "fishing_port", _("fishing port")
    ONE_STOP = "one_stop", _("one-stop office")
    PUBLIC_PLACE = "public_place", _("public place")
    ROAD = "road_protected", _("road")
    HOSPITAL = "hospital", _("hospital")
    SCHOOL = "school", _("school")
    CULTURE_SPORT = "culture_sport", _("culture or sports facility")
    RESIDENTIAL = "residential", _("residential or industrial area")


class State(TextChoices):
    """What the list of cameras can be narrowed to. Unknown is a state of its own, never fine."""

    RECORDING = "recording", _("recording")
    CONNECTING = "connecting", _("connecting")
    OFFLINE = "offline", _("no signal")
    STOPPED = "stopped", _("stopped")
    UNKNOWN = "unknown", _("unknown")
    RETIRED = "retired", _("retired")
