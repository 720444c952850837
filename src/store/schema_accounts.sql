-- An account may end on a date; nobody signs in from then on. One that was made from a list has no password until its slip is used.
ALTER TABLE member ADD COLUMN ends_at INTEGER;
CREATE INDEX member_by_end ON member (ends_at) WHERE ends_at IS NOT NULL;
