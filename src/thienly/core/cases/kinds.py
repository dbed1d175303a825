"""Every kind of case, in one place."""

from thienly.rules.activation import ACTIVATION
from thienly.rules.cases import Table
from thienly.rules.extraction import EXTRACTION
from thienly.rules.fault import FAULT
from thienly.rules.hold import HOLD
from thienly.rules.outage import OUTAGE
from thienly.rules.reorganisation import REORGANISATION
from thienly.rules.review import REVIEW

TABLES: dict[str, Table] = {
    table.kind: table for table in (FAULT, HOLD, OUTAGE, REORGANISATION, ACTIVATION, REVIEW, EXTRACTION)
}
