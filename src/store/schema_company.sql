-- Who sits with whom: how far a booking may move, whom it asks for, what was decided and by which rule.

-- The start may lie anywhere from earliest to latest; equal when only one start will do, and once a match is made.
ALTER TABLE booking ADD COLUMN earliest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE booking ADD COLUMN latest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE booking ADD COLUMN any_length INTEGER NOT NULL DEFAULT 0;
ALTER TABLE booking ADD COLUMN trio INTEGER NOT NULL DEFAULT 0;
ALTER TABLE booking ADD COLUMN whom TEXT NOT NULL DEFAULT 'anyone';
ALTER TABLE booking ADD COLUMN whom_member INTEGER REFERENCES member ON DELETE SET NULL;
-- Promised company in this session, and not named yet.
ALTER TABLE booking ADD COLUMN pending INTEGER REFERENCES session ON DELETE SET NULL;
-- The last look at this booking's start: 0 none, 1 hours before, 2 a quarter of an hour before, 3 the last minute.
ALTER TABLE booking ADD COLUMN looked INTEGER NOT NULL DEFAULT 0;
UPDATE booking SET earliest = start, latest = start;

CREATE INDEX booking_to_look_at ON booking (looked, start) WHERE cancelled_at IS NULL AND alone = 1;
CREATE INDEX booking_pending ON booking (pending) WHERE pending IS NOT NULL;

-- Consent to sessions of three; null until it was asked, at the first booking.
ALTER TABLE member ADD COLUMN trio INTEGER;
ALTER TABLE member ADD COLUMN welcomes INTEGER NOT NULL DEFAULT 0;
-- The last ten sessions, a bit each: set when nobody came.
ALTER TABLE member ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;

-- Why somebody sat where: gone with the booking.
CREATE TABLE seated (
  booking INTEGER NOT NULL REFERENCES booking ON DELETE CASCADE,
  session INTEGER NOT NULL,
  rule TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (booking, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX seated_by_session ON seated (session);
