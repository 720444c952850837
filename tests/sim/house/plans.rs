//! What members plan by the week and agree upon: appointments, times that the house finds, holidays, asking around.

use super::model::Known;
use super::people::Comes;
use super::words::{Every, Left, Words};
use super::{DAY, Errand, HOUR, LATE, Life, WEEK};
use alongside::actions::book::Ask;
use alongside::actions::{Fault, appointment, nudge, orders};
use alongside::domain::booking::{Length, Wishes};
use alongside::domain::company::CompanyAsk;
use alongside::domain::id::{BookingId, MemberId};
use alongside::domain::matching::Whom;
use alongside::domain::plan::{Holiday, Parts};
use alongside::domain::time::Timestamp;
use alongside::store::appointment as rows;
use jiff::ToSpan;

impl Life {
    /// Who plans what, and when they think of it.
    pub(super) fn planned(&mut self, weeks: i64, end: i64) {
        let begin = self.now;
        for n in 0..self.members.len() {
            let soon = self.dice.between(begin + HOUR, begin + 5 * DAY);
            match n % 8 {
                0 | 4 => self.errand(soon, Errand::Agrees(n)),
                1 | 5 => self.errand(soon, Errand::Orders(n)),
                _ => {}
            }
            if n % 16 < 2 {
                let at = self.dice.between(begin + WEEK, end.max(begin + WEEK + 1));
                self.errand(at, Errand::Holiday(n));
            }
        }
        for _ in 0..weeks * self.members.len() as i64 / 10 {
            let (n, at) = (self.dice.below(self.members.len() as i64) as usize, self.dice.between(begin, end));
            let errand = [Errand::WaitsFor(n), Errand::NotThisWeek(n), Errand::Agrees(n)][self.dice.weighted(&[6.0, 2.0, 1.0])];
            self.errand(at, errand);
        }
    }

    /// "Every week at this time", half of them with somebody they like.
    pub(super) fn agrees(&mut self, n: usize) {
        let (own, zone) = (self.members[n], self.zone(n));
        let day = zone.date(Timestamp(self.now)).saturating_add(self.dice.between(1, 7).days());
        let time = jiff::civil::time(self.dice.between(8, 20) as i8, 30 * self.dice.below(2) as i8, 0, 0);
        let (start, length) = (zone.at(day.to_datetime(time)), Length::Middle);
        let favorites: Vec<i64> = self.model.favorites.iter().filter(|(a, _)| *a == own).map(|(_, b)| *b).collect();
        let partner = favorites.first().copied().filter(|other| n.is_multiple_of(4) && self.model.may_meet(own, *other));
        let whom = partner.map_or(Whom::Anyone, |other| Whom::Member(MemberId(other)));
        let company = CompanyAsk { whom, ..CompanyAsk::default() };
        let ask = Ask { starts: vec![start], length, wishes: Wishes::default(), with: None, company };
        let answer = self.write(move |tx| appointment::book_every_week(tx, MemberId(own), &ask));
        let done = match answer {
            Ok(done) => done,
            Err(code) => return assert_eq!(code, "many"),
        };
        let Some(one) = done.booked.first() else {
            if let Some((_, refusal)) = done.refused.first().filter(|(_, refusal)| refusal.code != "overlap") {
                return self.refused_rightly(refusal.code, own, start.0, length.minutes());
            }
            let clash = self.model.clashes(own, (start.0, start.0), length.minutes());
            return assert!(clash, "refused without a reason: {:?}", done.refused);
        };
        let known = self.read(|conn| Ok(rows::appointments_of(conn, MemberId(own))?));
        let id = known.iter().map(|row| row.id).max().unwrap();
        if self.words.every.get(&id).is_some_and(|every| !every.ended) {
            // The same hour was agreed upon before.
            let trio = self.model.said_trio.get(&own).copied().unwrap_or(false);
            let known = Known { whom, ..Known::new(own, length.minutes(), (start.0, start.0), trio, start.0) };
            return self.comes_to(one.booking.0, known);
        }
        let people = [Some(own), partner].into_iter().flatten().collect();
        let agreed = partner.is_none();
        let every = Every { people, zone, first: day, time, minutes: length.minutes(), agreed, ended: false };
        self.words.every.insert(id, every);
        let trio = self.model.said_trio.get(&own).copied().unwrap_or(false);
        let known = Known { whom, date: Some((id, day)), ..Known::new(own, length.minutes(), (start.0, start.0), trio, start.0) };
        self.comes_to(one.booking.0, known);
        if partner.is_some() {
            let at = self.now + self.dice.between(HOUR, 20 * HOUR);
            self.errand(at, Errand::Answers(id));
        }
        if self.dice.percent(30) {
            let at = self.now + self.dice.between(WEEK, 20 * WEEK);
            self.errand(at, Errand::EndsAppointment(id));
        }
    }

    /// A booking that is there, and what its member will do: most come, some cancel, some stay away.
    fn comes_to(&mut self, id: i64, known: Known) {
        let (now, start) = (self.now, known.start);
        self.model.known.insert(id, known);
        let stays_away = self.dice.percent(5);
        self.comes.insert(id, Comes { stays_away, late: 0, leaves: None });
        if self.dice.percent(10) {
            let at = self.dice.between(now + 1, start.max(now + 2));
            self.errand(at, Errand::Cancels(id));
        }
    }

    /// Bookings that time itself made are known from when they are seen, if they were allowed to be made.
    pub(super) fn adopt(&mut self) {
        let last = self.adopted;
        let made = self.read(|conn| Words::made(conn, last).map_err(|e| Fault::Store(e.into())));
        for one in made {
            self.adopted = one.id;
            if self.model.known.contains_key(&one.id) {
                continue;
            }
            self.words.judge_made(&one, self.now);
            if let Some(before) = one.found.and_then(|place| self.words.places.insert(place, one.id)) {
                self.exchanged(before);
            }
            let (appointed, found) = (u64::from(one.date.is_some()), u64::from(one.found.is_some()));
            self.model.tally.appointed += appointed;
            self.model.tally.found += found;
            let trio = self.model.said_trio.get(&one.member).copied().unwrap_or(false);
            let known = Known { date: one.date, ..Known::new(one.member, one.minutes, (one.start, one.start), trio, one.start) };
            self.comes_to(one.id, known);
        }
    }

    /// A time that was found is given up only for another, and only where its member would have been alone.
    fn exchanged(&mut self, before: i64) {
        let Some(known) = self.model.known.get_mut(&before).filter(|known| !known.cancelled) else { return };
        assert!(known.named.is_empty() && known.start >= self.now - LATE + 12 * HOUR, "there was company: {known:?}");
        known.cancelled = true;
        let start = known.start;
        self.model.shaken.insert(start);
        self.model.tally.exchanged += 1;
    }

    pub(super) fn answers(&mut self, id: i64) {
        let every = self.words.every[&id].clone();
        if every.ended || every.people.iter().any(|who| self.words.out.contains(who)) {
            return;
        }
        let (partner, yes) = (every.people[1], self.dice.percent(80));
        // Who agrees to what parts them has agreed to nothing.
        if let Some(every) = self.words.every.get_mut(&id) {
            (every.agreed, every.ended) = (yes, !yes);
        }
        let answer = self.write(move |tx| appointment::answer(tx, MemberId(partner), id, yes));
        answer.unwrap();
    }

    pub(super) fn ends_appointment(&mut self, id: i64) {
        let out = &self.words.out;
        let Some(every) =
            self.words.every.get_mut(&id).filter(|every| !every.ended && every.people.iter().all(|who| !out.contains(who)))
        else {
            return;
        };
        let (who, agreed, now) = (every.people[every.people.len() - 1], every.agreed, self.now);
        let who = if agreed { who } else { every.people[0] };
        every.ended = true;
        match self.write(move |tx| appointment::end(tx, MemberId(who), id)) {
            Ok(_) if agreed => self.called_off(|known| known.date.is_some_and(|(of, _)| of == id) && known.start > now),
            Ok(_) => {}
            // Who must not meet has no appointment any more.
            Err(code) => assert_eq!(code, "gone"),
        }
    }

    /// These are cancelled by what was just done.
    pub(super) fn called_off(&mut self, which: impl Fn(&Known) -> bool) {
        self.model.shake(&which);
        for known in self.model.known.values_mut().filter(|k| !k.cancelled && which(k)) {
            known.cancelled = true;
            self.model.tally.cancelled += 1;
        }
    }

    pub(super) fn holiday(&mut self, n: usize) {
        let (own, zone, now) = (self.members[n], self.zone(n), self.now);
        let first = zone.date(Timestamp(now)).saturating_add(self.dice.between(1, 20).days());
        let last = first.saturating_add(self.dice.between(2, 9).days());
        self.words.holidays.insert(own, (first, last));
        if self.dice.percent(40) {
            let at = now + self.dice.between(HOUR, 15 * DAY);
            self.errand(at, Errand::ComesBack(n));
        }
        let holiday = Holiday { first, last };
        self.write(move |tx| appointment::go_on_holiday(tx, MemberId(own), Some(holiday))).unwrap();
        let every = self.words.every.clone();
        self.called_off(|known| {
            let holds = |id: i64| every.get(&id).is_some_and(|every| every.agreed && !every.ended);
            let away = holiday.holds(zone.date(Timestamp(known.start)));
            known.member == own && known.start > now && away && known.date.is_some_and(|(id, _)| holds(id))
        });
    }

    /// "Find me two times a week."
    pub(super) fn orders(&mut self, n: usize) {
        let own = self.members[n];
        let parts = Parts::of((0..self.dice.between(3, 7)).map(|_| self.dice.below(21) as u32).collect::<Vec<_>>().into_iter());
        let (times, length) = (self.dice.between(1, 3), Length::Middle);
        let ask = orders::Ask { times, length, parts, next_week: self.dice.percent(50), every_week: true };
        self.words.left.insert(own, Left { zone: self.zone(n), parts, minutes: length.minutes() });
        match self.write(move |tx| orders::ask(tx, MemberId(own), &ask)) {
            Ok(_) => {}
            Err(code) => assert_eq!(code, "too_late"),
        }
    }

    pub(super) fn asks_around(&mut self, id: i64) {
        let Some(known) = self.model.known.get(&id).filter(|k| !k.cancelled) else { return };
        let who = known.member;
        let answer = self.write(move |tx| nudge::ask_around(tx, MemberId(who), BookingId(id)));
        if let Err(code) = answer {
            assert!(["begun", "has_company", "asked"].contains(&code), "{code}");
        }
    }

    /// "Tell me when somebody is there", about an hour of tomorrow.
    pub(super) fn waits_for(&mut self, n: usize) {
        let (own, zone) = (self.members[n], self.zone(n));
        let day = zone.date(Timestamp(self.now)).saturating_add(1.days());
        let start = zone.at(day.at(self.dice.between(8, 20) as i8, 0, 0, 0));
        let answer = self.write(move |tx| nudge::wait_for(tx, MemberId(own), start));
        if let Err(code) = answer {
            assert_eq!(code, "many");
        }
    }

    pub(super) fn not_this_week(&mut self, n: usize) {
        let (own, until) = (self.members[n], self.now + WEEK);
        self.words.none_until.insert(own, until);
        self.write(move |tx| nudge::not_this_week(tx, MemberId(own))).unwrap();
    }

    /// A date of an appointment that somebody cancelled stays cancelled.
    pub(super) fn cancelled_by_hand(&mut self, id: i64) {
        let known = &self.model.known[&id];
        if let Some((of, date)) = known.date {
            self.words.by_hand.insert((of, date, known.member));
        }
    }
}
