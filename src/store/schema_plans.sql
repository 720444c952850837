-- Plans: times that the house is to find, appointments of every week, holidays, and what is said about them in the page.

-- "Find me two times": so many sessions in these parts of a week's days, once or every week.
CREATE TABLE weekly_order (
  id INTEGER PRIMARY KEY,
  member INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  minutes INTEGER NOT NULL,
  times INTEGER NOT NULL,
  parts INTEGER NOT NULL,
  every_week INTEGER NOT NULL,
  -- The Monday of the week that is opened next, and when; null once every week is open.
  week TEXT NOT NULL,
  next_at INTEGER,
  made_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE INDEX weekly_order_by_member ON weekly_order (member);
CREATE INDEX weekly_order_next ON weekly_order (next_at) WHERE next_at IS NOT NULL;

-- One session that is looked for in one week; its booking once it is found.
CREATE TABLE order_place (
  id INTEGER PRIMARY KEY,
  weekly_order INTEGER NOT NULL REFERENCES weekly_order ON DELETE CASCADE,
  week TEXT NOT NULL,
  since INTEGER NOT NULL,
  -- The last start that would do.
  last INTEGER NOT NULL,
  booking INTEGER REFERENCES booking ON DELETE SET NULL,
  placed_at INTEGER,
  rule TEXT,
  -- When it was said that nothing was found so far.
  said_at INTEGER
) STRICT;
CREATE INDEX order_place_by_order ON order_place (weekly_order, week);
CREATE INDEX order_place_open ON order_place (last) WHERE placed_at IS NULL;
CREATE INDEX order_place_by_booking ON order_place (booking) WHERE booking IS NOT NULL;

-- A weekday and a time of the wall clock of a zone; with somebody it holds once they have agreed.
CREATE TABLE appointment (
  id INTEGER PRIMARY KEY,
  member INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  partner INTEGER REFERENCES member ON DELETE CASCADE,
  zone TEXT NOT NULL,
  weekday INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  minutes INTEGER NOT NULL,
  task TEXT NOT NULL,
  quiet INTEGER NOT NULL,
  camera_off_ok INTEGER NOT NULL,
  mic_muted INTEGER NOT NULL,
  sharing INTEGER NOT NULL,
  title TEXT NOT NULL,
  whom TEXT NOT NULL,
  agreed_at INTEGER,
  -- The date that is booked next, and when; null while nobody has agreed and once it has ended.
  next_date TEXT NOT NULL,
  next_at INTEGER,
  made_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE INDEX appointment_by_member ON appointment (member);
CREATE INDEX appointment_by_partner ON appointment (partner) WHERE partner IS NOT NULL;
CREATE INDEX appointment_next ON appointment (next_at) WHERE next_at IS NOT NULL;

-- What became of one date of an appointment, for each who keeps it: each date is dealt with once.
CREATE TABLE appointment_date (
  appointment INTEGER NOT NULL REFERENCES appointment ON DELETE CASCADE,
  date TEXT NOT NULL,
  member INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  booking INTEGER REFERENCES booking ON DELETE SET NULL,
  PRIMARY KEY (appointment, date, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX appointment_date_by_booking ON appointment_date (booking) WHERE booking IS NOT NULL;

-- Days on which nothing is planned for a member.
CREATE TABLE holiday (
  member INTEGER PRIMARY KEY REFERENCES member ON DELETE CASCADE,
  first TEXT NOT NULL,
  last TEXT NOT NULL
) STRICT;

-- A sentence in the page, with a booking of somebody or an appointment that it is about, until it is put away or over.
CREATE TABLE notice (
  id INTEGER PRIMARY KEY,
  member INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  booking INTEGER REFERENCES booking ON DELETE CASCADE,
  appointment INTEGER REFERENCES appointment ON DELETE CASCADE,
  made_at INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_by_member ON notice (member, until);
CREATE INDEX notice_by_booking ON notice (booking) WHERE booking IS NOT NULL;
CREATE INDEX notice_by_appointment ON notice (appointment) WHERE appointment IS NOT NULL;

-- Consent to nudges, and until when none are wanted all the same.
ALTER TABLE member ADD COLUMN nudges INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN no_nudges_until INTEGER NOT NULL DEFAULT 0;

-- Who was nudged when, for the caps; kept for eight days.
CREATE TABLE nudge (
  member INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX nudge_by_member ON nudge (member, at);

-- For which bookings somebody was asked around, or the member was nudged: once each.
CREATE TABLE asked (
  booking INTEGER NOT NULL REFERENCES booking ON DELETE CASCADE,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (booking, kind)
) STRICT, WITHOUT ROWID;

-- "Tell me when somebody is there": for one hour, told once.
CREATE TABLE wait_list (
  member INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  start INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (member, start)
) STRICT, WITHOUT ROWID;
CREATE INDEX wait_list_until ON wait_list (until);

-- Groups: members who share a purpose. Of a wall the members have company only inside.
CREATE TABLE member_group (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  wall INTEGER NOT NULL,
  made_at INTEGER NOT NULL
) STRICT;
CREATE INDEX member_group_walls ON member_group (id) WHERE wall = 1;
CREATE TABLE group_member (
  member INTEGER NOT NULL REFERENCES member ON DELETE CASCADE,
  in_group INTEGER NOT NULL REFERENCES member_group ON DELETE CASCADE,
  PRIMARY KEY (member, in_group)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_member_by_group ON group_member (in_group, member);

-- Kept inside a group, or open to the whole house.
ALTER TABLE booking ADD COLUMN inside INTEGER REFERENCES member_group ON DELETE SET NULL;
ALTER TABLE appointment ADD COLUMN inside INTEGER REFERENCES member_group ON DELETE SET NULL;
-- Who joins by this invite is in that group at once.
ALTER TABLE invite ADD COLUMN into_group INTEGER REFERENCES member_group ON DELETE SET NULL;
