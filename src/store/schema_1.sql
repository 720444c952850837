-- Instants are seconds since 1970 UTC. Names are PRODUCT's words.

CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  email TEXT,
  email_key TEXT,
  password TEXT NOT NULL,
  role TEXT NOT NULL,
  zone TEXT NOT NULL,
  pick TEXT NOT NULL,
  as_someone INTEGER NOT NULL DEFAULT 0,
  usual_minutes INTEGER NOT NULL DEFAULT 50,
  rules_version INTEGER NOT NULL DEFAULT 0,
  tested_at INTEGER,
  paused_at INTEGER,
  sessions INTEGER NOT NULL DEFAULT 0,
  minutes INTEGER NOT NULL DEFAULT 0,
  goals_met INTEGER NOT NULL DEFAULT 0,
  outcomes TEXT NOT NULL DEFAULT '',
  made_at INTEGER NOT NULL
) STRICT;
CREATE INDEX member_by_email ON member (email_key) WHERE email_key IS NOT NULL;

CREATE TABLE session (
  id INTEGER PRIMARY KEY,
  locked_at INTEGER,
  made_at INTEGER NOT NULL
) STRICT;

-- A booking and the seat that comes of it are one row.
CREATE TABLE booking (
  id INTEGER PRIMARY KEY,
  member INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  session INTEGER NOT NULL REFERENCES session,
  start INTEGER NOT NULL,
  minutes INTEGER NOT NULL,
  closes INTEGER NOT NULL,
  alone INTEGER NOT NULL DEFAULT 1,
  task TEXT NOT NULL,
  quiet INTEGER NOT NULL,
  camera_off_ok INTEGER NOT NULL,
  mic_muted INTEGER NOT NULL,
  sharing INTEGER NOT NULL,
  title TEXT NOT NULL,
  news TEXT,
  made_at INTEGER NOT NULL,
  cancelled_at INTEGER,
  opened_at INTEGER,
  sat_at INTEGER,
  left_at INTEGER,
  left_note TEXT,
  late_minutes INTEGER,
  no_show INTEGER NOT NULL DEFAULT 0,
  settled_at INTEGER
) STRICT;
CREATE INDEX booking_by_member ON booking (member, start) WHERE cancelled_at IS NULL;
CREATE INDEX booking_waiting ON booking (start, minutes) WHERE cancelled_at IS NULL AND alone = 1;
CREATE INDEX booking_by_session ON booking (session);
CREATE INDEX booking_unsettled ON booking (closes) WHERE cancelled_at IS NULL AND settled_at IS NULL;
CREATE INDEX booking_by_start ON booking (start) WHERE cancelled_at IS NULL AND settled_at IS NULL;
CREATE INDEX booking_by_closes ON booking (closes);

CREATE TABLE goal (
  booking INTEGER NOT NULL REFERENCES booking ON DELETE CASCADE,
  line INTEGER NOT NULL,
  text TEXT NOT NULL,
  outcome TEXT,
  PRIMARY KEY (booking, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE relation (
  member INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  other INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  kind TEXT NOT NULL,
  until INTEGER,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (member, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX relation_by_other ON relation (other);

-- The last day two members met, kept for 30 days; low is the smaller number.
CREATE TABLE met (
  low INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  high INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  at INTEGER NOT NULL,
  PRIMARY KEY (low, high)
) STRICT, WITHOUT ROWID;

-- Who picked whom by a click, kept for a week.
CREATE TABLE picked (
  member INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  other INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  booking INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (member, other, booking)
) STRICT, WITHOUT ROWID;

-- Counts by day in the member's zone; no partner is in them.
CREATE TABLE day_count (
  member INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  day TEXT NOT NULL,
  sessions INTEGER NOT NULL,
  minutes INTEGER NOT NULL,
  goals_met INTEGER NOT NULL,
  PRIMARY KEY (member, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE invite (
  id INTEGER PRIMARY KEY,
  token TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  uses INTEGER NOT NULL,
  uses_left INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  made_by INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  made_at INTEGER NOT NULL
) STRICT;

-- Only hashes of login cookies; the one before the last stays good for a minute after a rotation.
CREATE TABLE login (
  id INTEGER PRIMARY KEY,
  member INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  hash BLOB NOT NULL UNIQUE,
  old_hash BLOB,
  old_until INTEGER,
  browser TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  rotated_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX login_by_old_hash ON login (old_hash) WHERE old_hash IS NOT NULL;
CREATE INDEX login_by_member ON login (member);

-- One-time links: setup, reset, enter. Only hashes.
CREATE TABLE pass (
  hash BLOB PRIMARY KEY,
  kind TEXT NOT NULL,
  member INTEGER REFERENCES member ON DELETE CASCADE,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE report (
  id INTEGER PRIMARY KEY,
  by_member INTEGER REFERENCES member ON DELETE SET NULL,
  about_member INTEGER REFERENCES member ON DELETE SET NULL,
  session_start INTEGER NOT NULL,
  text TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  settled_at INTEGER,
  settled_by INTEGER REFERENCES member ON DELETE SET NULL
) STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor INTEGER REFERENCES member ON DELETE SET NULL,
  what TEXT NOT NULL,
  subject TEXT NOT NULL
) STRICT;

CREATE TABLE job (
  name TEXT PRIMARY KEY,
  ran_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
