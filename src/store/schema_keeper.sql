-- Sums of company by week, without a name: what is left of sessions when they are deleted. The week is its Monday in the house's zone.
CREATE TABLE company_week (
  week TEXT NOT NULL,
  figure TEXT NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (week, figure)
) STRICT, WITHOUT ROWID;
