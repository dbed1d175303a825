"""Every kind of ledger entry, in one place. Names are `noun.verb`; the screens translate them."""

from enum import StrEnum


class Kind(StrEnum):
    # accounts and rights
    SIGNED_IN = "account.signed_in"
    SIGN_IN_FAILED = "account.sign_in_failed"
    LOCKED_OUT = "account.locked_out"
    SIGNED_OUT = "account.signed_out"
    ACCOUNT_CREATED = "account.created"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_SUSPENDED = "account.suspended"
    ACCOUNT_RESTORED = "account.restored"
    PASSWORD_CHANGED = "account.password_changed"  # noqa: S105 - a name
    MFA_CHANGED = "account.mfa_changed"
    SEAT_APPOINTED = "seat.appointed"
    SEAT_ENDED = "seat.ended"
    REFUSED = "access.refused"
    # register
    UNIT_CREATED = "unit.created"
    SITE_CREATED = "site.created"
    CAMERA_REGISTERED = "camera.registered"
    CAMERA_CHANGED = "camera.changed"
    CAMERA_RETIRED = "camera.retired"
    CAMERA_PROBED = "camera.probed"
    # footage
    LIVE_OPENED = "live.opened"
    LIVE_CLOSED = "live.closed"
    PLAYBACK_OPENED = "playback.opened"
    PLAYBACK_CLOSED = "playback.closed"
    LISTEN_OPENED = "listen.opened"
    LISTEN_CLOSED = "listen.closed"
    SNAPSHOT_TAKEN = "snapshot.taken"
    THUMBNAILS_SHOWN = "thumbnails.shown"
    FOOTAGE_DELETED = "footage.deleted"
    HOLD_PLACED = "hold.placed"
    BOOKMARK_ADDED = "bookmark.added"
    BOOKMARK_REMOVED = "bookmark.removed"
    FOOTAGE_RESTORED = "footage.restored"
    COPY_LOST = "copy.lost"
    RESTORE_TESTED = "restore.tested"
    RESTORE_OVERDUE = "restore.overdue"
    # cases
    CASE_OPENED = "case.opened"
    CASE_STEPPED = "case.stepped"
    # looking
    LEDGER_SEARCHED = "ledger.searched"
    LAYOUT_SAVED = "layout.saved"
    # the installation
    INSTALLED = "installation.created"
    KEY_ROTATED = "recorder.key_rotated"
    CAMERA_STATE_CHANGED = "camera.state"
    GAP_RECORDED = "gap.recorded"
    KEEPING_JUDGED = "keeping.judged"
    PICTURE_PROBLEM = "picture.problem"
    PICTURE_FINE = "picture.fine"
    PICTURE_ACCEPTED = "picture.accepted"
    # continuity
    OUTAGE_PLANNED = "outage.planned"
    OUTAGE_WITHDRAWN = "outage.withdrawn"
    OUTAGE_CLASSIFIED = "outage.classified"
    CONTINUITY_ASSESSED = "continuity.assessed"
    CONTINUITY_SIGNED = "continuity.signed"
    CONTINUITY_EXPORTED = "continuity.exported"
    COVERAGE_REREAD = "coverage.reread"
    RECORDER_CLOCK = "recorder.clock"
