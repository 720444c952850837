-- Rooms: places for more than two people. What happens in them is never written; who may not come in for a while is.

CREATE TABLE room (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  purpose TEXT NOT NULL,
  capacity INTEGER NOT NULL,
  rhythm TEXT NOT NULL,
  always INTEGER NOT NULL DEFAULT 0,
  made_at INTEGER NOT NULL,
  closed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX room_by_name ON room (name_key) WHERE closed_at IS NULL;

-- Whom a moderator sent out of a room, and until when.
CREATE TABLE room_out (
  room INTEGER NOT NULL REFERENCES room ON DELETE CASCADE,
  member INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  until INTEGER NOT NULL,
  PRIMARY KEY (room, member)
) STRICT, WITHOUT ROWID;

-- A report from a room keeps the room's name as it was.
ALTER TABLE report ADD COLUMN room TEXT;

-- Every house has one room that is always open.
INSERT INTO room (name, name_key, purpose, capacity, rhythm, always, made_at)
VALUES ('The long table', 'the long table', 'Open at any hour. Pull up a chair, say what you''re on, and work.', 16, '50/10', 1, 0);
