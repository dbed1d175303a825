-- The index of one recorder (SQLite, WAL). Written by one thread (index/writer.py), read by others.
--
-- Times are Unix microseconds of the server ("us"), sizes are bytes. Everything about closed segments can be made
-- again from the files (media/repair.py); gaps and facts cannot, they are told to the centre as soon as possible.

PRAGMA user_version = 1;

-- One row for each camera this recorder ever took.
create table camera (
  camera text primary key check (length(camera) = 32),
  -- The last `DesiredCamera` as JSON (the password in it is sealed): what to record when the bus is away.
  -- Null: no longer wanted here.
  desired text,
  -- Whether this recorder is responsible for the camera now. Still 1 at start-up after an orderly stop or a crash:
  -- the time since is then a gap.
  held integer not null check (held in (0, 1)),
  -- When it took the camera (us): before that, silence is nobody's fault here.
  since_us integer not null
) strict;

-- One row for each segment file. Rows of one (camera, stream) do not overlap unless the server's clock stepped back.
create table segment (
  -- Never used twice, also after deletion: archives and facts name a segment by (recorder, id).
  id integer primary key autoincrement,
  camera text not null,
  stream text not null,
  -- The disk that holds the file: its name in thienly.toml (`stores`). Empty when only copies hold it (`here` 0).
  disk text not null,
  -- The time of media time 0 (the tfdt of the fragments counts from here).
  media_us integer not null,
  -- The first frame of the first fragment; >= media_us. It is later only when the first fragment could not be kept.
  start_us integer not null,
  -- The end of the last fragment; null while the segment is open, and after a crash until repair.
  end_us integer check (end_us > start_us),
  -- Size of the file, the signed statement at its end included (media/trailer.py). Null while open.
  bytes integer check (bytes > init_bytes),
  -- The file begins with an init segment of this size; the fragments follow without any byte between, then the
  -- statement (which may be missing after a crash: what it says stands here too).
  init_bytes integer not null check (init_bytes > 0),
  -- First 16 hexadecimal digits of the init segment's SHA-256: equal ids can share an init.
  init_id text not null,
  -- For MediaSource.addSourceBuffer.
  mime text not null,
  -- Why it ended: duration, tracks, clock (media/frames.py), or a code of rules/problems.py. Null while open.
  end_reason text,
  -- 1 when it was closed by repair, not by the process that wrote it.
  repaired integer not null default 0 check (repaired in (0, 1)),
  -- Root of the hash tree (rules/hashtree.py) and the signature of the statement (media/signing.py). Null while open.
  root blob check (length(root) = 32),
  signature blob check (length(signature) = 64),
  -- Which key of the recorder signed (media/keys.py). Null while open.
  key_id text,
  -- When the pruner decided to delete it, and why; the file may or may not be there still. Null for all others.
  deleted_us integer,
  deleted_reason text check (deleted_reason in ('ceiling', 'target', 'space', 'below_floor')),
  -- 1 once it was decided which stores are to hold a copy of it (rows of `copy`).
  planned integer not null default 0 check (planned in (0, 1)),
  -- Where the file is: 2 on `disk`; 1 about to leave it, reads go to a verified copy already; 0 gone from it. Below
  -- 2 only when a verified copy exists: leaving the disk is no deletion.
  here integer not null default 2 check (here in (0, 1, 2)),
  -- SHA-256 of the init segment, then a record for each fragment (index/table.py). Null while open. Last, because
  -- it is long and most queries do not want it.
  fragments blob,
  check ((end_us is null) = (bytes is null) and (end_us is null) = (root is null)
     and (end_us is null) = (signature is null) and (end_us is null) = (fragments is null)
     and (end_us is null) = (end_reason is null)),
  check ((deleted_us is null) = (deleted_reason is null)),
  check ((here = 0) = (disk = ''))
) strict;

create index segment_by_time on segment (camera, stream, start_us);
-- The pruner's question: a camera's oldest closed segments on one disk that are not yet on their way out.
create index segment_by_disk on segment (disk, camera, start_us) where end_us is not null and deleted_us is null;

-- One row for each disk that ever held a segment. A disk that stands here and whose directory is not there is not
-- mounted: it must not be made anew on what lies below.
create table disk (
  name text primary key,
  -- Footage younger than its floor had to go from this disk: until when (us) that is a hole in what is promised.
  broken_until_us integer not null default 0
) strict;

-- Footage that must not be deleted, whatever its age and however little room there is. A row goes when the centre
-- says that the hold is released, never because the centre is silent.
create table hold (
  id text primary key check (length(id) = 32),
  camera text not null,
  from_us integer not null,
  until_us integer not null check (until_us > from_us)
) strict;

create index hold_by_camera on hold (camera, from_us);

-- What can make room on a disk, oldest first, and what is about to.
create index segment_here on segment (disk, end_us) where here = 2 and end_us is not null and deleted_us is null;
create index segment_leaving on segment (disk, id) where here = 1;
create index segment_to_plan on segment (id) where planned = 0 and end_us is not null;

-- One row for each copy of a segment in an object store: wanted, or known to be good.
create table copy (
  segment integer not null,
  -- Name in thienly.toml.
  store text not null,
  -- What it is for: archive (the recording may then leave the disk after `local_days`) or backup.
  purpose text not null check (purpose in ('archive', 'backup')),
  -- waiting: to be uploaded. sending: an upload began, and may have been cut off. verified: read back whole, byte by byte as sent.
  -- lost: was verified once, and was later found missing or changed.
  -- damaged: the file on our disk is not what was signed; it is never uploaded as if it were.
  state text not null check (state in ('waiting', 'sending', 'verified', 'lost', 'damaged')),
  -- The object's key: ids only, no name of a camera or place. Null until verified, as all that follows.
  object text,
  -- Of the object as it lies in the store (encrypted or not): bytes, SHA-256, entity tag ('' when it has none).
  -- The SHA-256 is null where the copy was found by its statement, after an index was lost (remote/recovery.py).
  bytes integer check (bytes > 0),
  sha256 blob check (length(sha256) = 32),
  etag text,
  -- First 8 bytes of the SHA-256 of the key it is encrypted with; empty when it is not.
  key_id blob,
  -- When it came into this state (us).
  at_us integer not null,
  -- Uploads that failed by this very object's fault.
  tries integer not null default 0,
  primary key (segment, store),
  check ((state in ('verified', 'lost')) = (object is not null)),
  check ((object is null) = (bytes is null) and (object is not null or sha256 is null)
     and (object is null) = (etag is null) and (object is null) = (key_id is null))
) strict, without rowid;

create index copy_to_make on copy (store, tries, segment) where state in ('waiting', 'sending');
create index copy_lost on copy (segment) where state = 'lost';
create index copy_made on copy (store, purpose, segment) where state = 'verified';

-- One row for each segment that somebody brought back from a store: it stays on the disk until then (us).
create table restored (
  segment integer primary key,
  until_us integer not null
) strict;

-- What was last achieved with a store, for who runs the installation; see media/remote/upload.py.
create table store_log (
  store text primary key,
  -- The last copy that was verified, and the last restore test that succeeded (us; 0: never).
  copied_us integer not null default 0,
  tested_us integer not null default 0
) strict;

create trigger segment_gone after delete on segment begin
  delete from copy where segment = old.id;
  delete from restored where segment = old.id;
end;

-- One row for each time a camera was this recorder's duty and was not recorded.
create table gap (
  -- 32 hexadecimal digits; the name of the gap in facts.
  id text primary key,
  camera text not null,
  -- End of the last complete fragment before, or when the duty began.
  start_us integer not null,
  -- Start of the first fragment after; null while it lasts. At most one open gap for each camera.
  end_us integer check (end_us >= start_us),
  -- A code of rules/problems.py.
  reason text not null,
  -- Technical, short, free of secrets.
  detail text not null default ''
) strict;

create index gap_by_time on gap (camera, start_us);
create unique index gap_open on gap (camera) where end_us is null;

-- How each camera's pictures have fared, so that a restart forgets nothing (media/pictures/). Only this recorder's
-- own view: another recorder learns anew.
create table picture (
  camera text primary key check (length(camera) = 32),
  -- rules.picture.Course and what goes with it, as JSON.
  course text not null
) strict;

-- What a camera usually shows, by colour and by infrared: analytics.picture.Look, made again when it is lost.
create table picture_look (
  camera text not null,
  mode text not null check (mode in ('colour', 'mono')),
  look blob not null,
  primary key (camera, mode)
) strict, without rowid;

-- Facts on their way to the bus, in the order in which they became true. A row goes when the bus has it on disk.
create table outbox (
  number integer primary key autoincrement,
  -- JetStream message id: sending twice changes nothing.
  id text not null unique,
  subject text not null,
  data blob not null
) strict;
