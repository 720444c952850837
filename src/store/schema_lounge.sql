-- Company for who sits alone: what they chose beforehand, and what they were told.

-- Seat me with others by itself, if nobody is there and I am at the page.
ALTER TABLE booking ADD COLUMN by_itself INTEGER NOT NULL DEFAULT 0;
-- What its member was told when the company beside them changed while the session ran; empty when there was nothing to say.
ALTER TABLE seated ADD COLUMN cause TEXT NOT NULL DEFAULT '';
