//! What members do from hour to hour: they book, go where somebody is, begin at once, cancel, come, leave, and sit down with
//! whoever is alone when they are.

use super::model::{Known, Row};
use super::{BEGINNING, Errand, HOUR, Life, MINUTE, REACH, between};
use crate::demand::Want;
use alongside::actions::book::{self, Ask};
use alongside::actions::{self, group, lounge, relate, seat, start_now};
use alongside::domain::booking::{Length, Wishes};
use alongside::domain::company::{CompanyAsk, Flexibility, starts_beside};
use alongside::domain::id::{BookingId, GroupId, MemberId, SessionId};
use alongside::domain::lounge::{By, With};
use alongside::domain::matching::Whom;
use alongside::domain::session::{Goal, Outcome};
use alongside::domain::time::{Timestamp, Zone};
use alongside::domain::view::RelationKind;
use alongside::store::{booking, notice};
use std::collections::{BTreeMap, BTreeSet};

/// How somebody will come to a booking of theirs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Comes {
    pub stays_away: bool,
    pub late: i64,
    pub leaves: Option<i64>,
}

/// The lounge looked and found nothing for these.
#[derive(PartialEq)]
pub struct InVain {
    alone: Vec<BookingId>,
    pairs: Vec<(SessionId, [BookingId; 2])>,
    hour: i64,
}

impl Life {
    pub(super) fn wants(&mut self, n: usize) {
        let want = self.demand.wants[n].clone();
        let (now, start) = (self.now, BEGINNING + want.start * MINUTE);
        if start < now || !self.is_in(want.member) {
            return;
        }
        if start - now < 15 * MINUTE && n.is_multiple_of(3) {
            return self.begins_at_once(&want);
        }
        let member = self.members[want.member];
        let length = Length::try_from(want.length).unwrap();
        let picked = if want.looks { self.somebody(&want, member) } else { None };
        let flexible = want.says_so && want.tolerance > 0 && picked.is_none();
        let reach = if flexible { want.tolerance.min(60) } else { 0 };
        let trio = self.demand.members[want.member].trio;
        let (whom, inside) = if picked.is_some() { (Whom::Anyone, None) } else { self.asks_for(n, member) };
        let ask = Ask {
            starts: vec![picked.map_or(Timestamp(start), |(_, at)| at)],
            length,
            wishes: Wishes { quiet: n.is_multiple_of(4), ..Wishes::default() },
            with: picked.map(|(id, _)| id),
            company: CompanyAsk {
                flexibility: if flexible { Flexibility::Within(reach) } else { Flexibility::Exact },
                any_length: true,
                trio: Some(trio),
                whom,
                inside,
                by_itself: false,
            },
        };
        if !self.model.said_trio.contains_key(&member) {
            self.adopt();
        }
        let answer = self.write(move |tx| book::book(tx, MemberId(member), &ask));
        let done = match answer {
            Ok(done) => done,
            Err(code) => {
                if !(picked.is_some() && ["taken", "picked_often", "overlap"].contains(&code)) {
                    self.refused_rightly(
                        code,
                        member,
                        start + if picked.is_some() { want.tolerance * MINUTE } else { 0 },
                        want.length,
                    );
                }
                self.model.tally.refused += 1;
                return;
            }
        };
        if let Some((_, refusal)) = done.refused.first() {
            if refusal.code != "overlap" {
                self.model.tally.refused += 1;
                return self.refused_rightly(refusal.code, member, start + reach * MINUTE, want.length);
            }
            assert!(self.model.clashes(member, (start - reach * MINUTE, start + reach * MINUTE), want.length), "{want:?}");
            self.model.tally.refused += 1;
            return;
        }
        self.model.said_trio.entry(member).or_insert(trio);
        let id = done.booked[0].booking;
        let row = self.read(|conn| Ok(booking::seat(conn, id)?)).unwrap();
        let at = row.booking.start.0;
        let window = if picked.is_some() { (at, at) } else { (start - reach * MINUTE, start + reach * MINUTE) };
        let minutes = row.booking.length.minutes();
        assert!(picked.is_some() || minutes == want.length);
        let known = Known { whom, inside: inside.map(|g| g.0), ..Known::new(member, minutes, window, trio, at) };
        self.expected(id.0, known, &want);
    }

    /// A booking that was answered is expected, and with it what its member will do.
    fn expected(&mut self, id: i64, known: Known, want: &Want) {
        let (now, at) = (self.now, known.start);
        self.model.known.insert(id, known);
        self.model.tally.booked += 1;
        self.comes.insert(id, Comes { stays_away: want.stays_away, late: want.late, leaves: want.leaves });
        if let Some(before) = want.cancels {
            self.errand((at - before * MINUTE).max(now + 1), Errand::Cancels(id));
        }
        if id % 5 == 0 {
            self.errand((at - 3 * HOUR).max(now + 1), Errand::AsksAround(id));
        }
        // Who books in the very minute comes at once.
        self.errand(now + 1, Errand::Bell(at));
    }

    /// Some ask for favorites, or keep to a group.
    fn asks_for(&self, n: usize, member: i64) -> (Whom, Option<GroupId>) {
        let favorite = self.model.favorites.iter().find(|(own, _)| *own == member).map(|(_, other)| *other);
        let inside = self.model.group.as_ref().filter(|(_, all)| all.contains(&member)).map(|(id, _)| GroupId(*id));
        match (n % 30, favorite) {
            (0, Some(other)) => (Whom::Member(MemberId(other)), None),
            (1, _) => (Whom::FavoritesOnly, None),
            (2 | 3, _) => (Whom::FavoritesFirst, None),
            (4 | 5, _) => (Whom::Anyone, inside),
            _ => (Whom::Anyone, None),
        }
    }

    /// "Start now": company at this moment, or the next start that is free.
    fn begins_at_once(&mut self, want: &Want) {
        let (now, member) = (self.now, self.members[want.member]);
        let length = Length::try_from(want.length).unwrap();
        let answer = self.write(move |tx| start_now::start_now(tx, MemberId(member), length, &Wishes::default()));
        let done = match answer {
            Ok(done) => done,
            Err(code) => return assert_eq!(code, "busy"),
        };
        let row = self.read(|conn| Ok(booking::seat(conn, done.booking)?)).unwrap();
        let (id, at, minutes) = (done.booking.0, done.start.0, row.booking.length.minutes());
        assert_eq!(row.booking.start.0, at);
        if let Some(known) = self.model.known.get(&id) {
            // They are led to the session that is open.
            let open = at - now <= 10 * MINUTE && now < at + minutes * MINUTE;
            return assert!(known.member == member && known.left_at.is_none() && open, "{known:?}");
        }
        assert!(at >= now - 5 * MINUTE && at <= now + 2 * HOUR + self.step * MINUTE, "now is not then: {done:?} at {now}");
        assert!(minutes <= want.length, "nobody stays longer than they asked for");
        self.model.tally.started_now += 1;
        let trio = self.model.said_trio.get(&member).copied().unwrap_or(false);
        let mut want = want.clone();
        want.leaves = want.leaves.filter(|leaves| *leaves < minutes);
        self.expected(id, Known::new(member, minutes, (at, at), trio, at), &want);
        // Who began at once beside somebody who sits there already may come to them late.
        self.model.shaken.insert(at);
    }

    /// Somebody who waits near what is wanted, or could come, and where.
    fn somebody(&self, want: &Want, own: i64) -> Option<(BookingId, Timestamp)> {
        let start = BEGINNING + want.start * MINUTE;
        let (from, to) = ((start - want.tolerance * MINUTE).max(self.now), start + want.tolerance * MINUTE);
        let waiting = self.read(|conn| Ok(booking::waiting_around(conn, Timestamp(from), Timestamp(to + 1))?));
        let open = |id: i64| self.model.known.get(&id).is_some_and(|known| self.model.is_open_to(known, own));
        let fits = |w: &&booking::WaitingRow| self.model.may_meet(own, w.member.0) && open(w.booking.0);
        let utc = Zone::utc();
        let shown = |w: &booking::WaitingRow| {
            let beside = starts_beside((w.earliest, w.latest), w.start, (self.step, &utc));
            std::iter::once(w.start).chain(beside).map(|at| (w.booking, at)).collect::<Vec<_>>()
        };
        let near = waiting.iter().filter(fits).flat_map(shown).filter(|(_, at)| from <= at.0 && at.0 <= to && at.0 > self.now);
        near.min_by_key(|(id, at)| ((at.0 - start).abs(), *id))
    }

    pub(super) fn cancels(&mut self, id: i64) {
        let Some(known) = self.model.known.get(&id).filter(|k| !k.cancelled) else { return };
        let (member, start, sat) = (known.member, known.start, known.sat_at.is_some());
        let answer = self.write(move |tx| actions::cancel::cancel(tx, MemberId(member), BookingId(id)));
        match answer {
            Ok(_) => {
                self.model.shaken.insert(start);
                if let Some(known) = self.model.known.get_mut(&id) {
                    known.cancelled = true;
                }
                self.cancelled_by_hand(id);
                self.model.tally.cancelled += 1;
            }
            Err(code) => assert!(code == "begun" && start <= self.now, "{code} {sat}"),
        }
    }

    pub(super) fn block(&mut self, a: usize, b: usize) {
        let (a, b) = (self.members[a], self.members[b]);
        let had = self.model.blocks.remove(&(a, b));
        self.model.snoozes.remove(&(a, b));
        if !had {
            self.model.blocks.insert((a, b));
            self.model.favorites.remove(&(a, b));
            // Who blocks somebody knows why they sit with them no more.
            let theirs: BTreeSet<i64> = self.model.known.iter().filter(|(_, k)| k.member == b).map(|(id, _)| *id).collect();
            let own = self.model.known.values_mut().filter(|k| k.member == a && !k.named.is_disjoint(&theirs));
            own.for_each(|known| known.named.clear());
            self.model.parted.extend([(a, b), (b, a)]);
            let starts: Vec<i64> =
                self.model.known.values().filter(|k| [a, b].contains(&k.member) && !k.cancelled).map(|k| k.start).collect();
            self.model.shaken.extend(starts);
        }
        let kind = (!had).then_some(RelationKind::Block);
        self.write(move |tx| relate::relate(tx, MemberId(a), MemberId(b), kind)).unwrap();
    }

    /// Who is expected at this start and comes, comes.
    pub(super) fn bell(&mut self, start: i64) {
        let now = self.now;
        if start - now > 10 * MINUTE || start < now - REACH {
            return;
        }
        let rows = self.around();
        for row in between(&rows, start, start).into_iter().filter(|r| !r.sat && !r.left) {
            let Some(want) = self.comes.get(&row.id).copied() else { continue };
            let late = want.late * MINUTE;
            if want.stays_away || now < start - 2 * MINUTE {
                continue;
            }
            if now < start + late {
                self.errand(start + late, Errand::Bell(start));
                continue;
            }
            let (who, id) = (MemberId(row.member), BookingId(row.id));
            let done = id.0 % 3;
            let sat = self.write(move |tx| {
                seat::opened(tx, who, id)?;
                seat::sat(tx, who, id)?;
                let goal = |text: &str| Goal { text: text.into(), outcome: None };
                seat::set_goals(tx, who, id, vec![goal("Write"), goal("Read")])?;
                for line in 0..done as usize {
                    seat::mark(tx, who, id, line, Some(Outcome::Done))?;
                }
                Ok(())
            });
            sat.unwrap();
            if let Some(known) = self.model.known.get_mut(&row.id) {
                (known.sat_at, known.goals_met) = (Some(now), done);
            }
            let until = want.leaves.unwrap_or(row.minutes).min(row.minutes);
            if until < row.minutes || row.id % 2 == 0 {
                self.errand(start + until * MINUTE, Errand::Leaves(row.id));
            }
            if self.lounge_at <= now {
                self.lounge_at = start.max(now) + 2 * MINUTE;
                self.errand(self.lounge_at, Errand::Lounge);
            }
        }
    }

    pub(super) fn leaves(&mut self, id: i64) {
        let now = self.now;
        let Some(known) = self.model.known.get_mut(&id).filter(|k| k.sat_at.is_some() && k.left_at.is_none() && !k.cancelled)
        else {
            return;
        };
        known.left_at = Some(now);
        let member = known.member;
        self.write(move |tx| seat::left(tx, MemberId(member), BookingId(id), "Thanks!")).unwrap();
    }

    /// Offers company to who is alone; four in five say yes, and one pair in ten would rather not.
    pub(super) fn lounge(&mut self) {
        let now = self.now;
        let rows = self.around();
        let mut sessions: BTreeMap<i64, Vec<&Row>> = BTreeMap::new();
        for row in between(&rows, now - REACH, now) {
            sessions.entry(row.session).or_default().push(row);
        }
        let (mut alone, mut pairs) = (Vec::new(), Vec::new());
        for (session, seats) in &sessions {
            let is_here = |r: &&&Row| self.model.known[&r.id].is_present(now);
            let here: Vec<BookingId> = seats.iter().filter(is_here).map(|r| BookingId(r.id)).collect();
            let waits = seats.iter().any(|r| !r.sat && now < r.start + 2 * MINUTE);
            match here[..] {
                [own] if !waits => alone.push(own),
                [a, b] if !waits => pairs.push((SessionId(*session), [a, b])),
                _ => {}
            }
        }
        if !(alone.is_empty() && pairs.is_empty()) || rows.iter().any(|r| self.model.known[&r.id].is_present(now)) {
            self.lounge_at = now + MINUTE;
            self.errand(self.lounge_at, Errand::Lounge);
        }
        let in_vain = Some(InVain { alone: alone.clone(), pairs: pairs.clone(), hour: now / HOUR });
        if alone.is_empty() || self.in_vain == in_vain {
            return;
        }
        let offers = self.read(|conn| lounge::offers(conn, &alone, &pairs, Timestamp(now)));
        // With time the same people share less, so nothing is found for them later either.
        self.in_vain = in_vain.filter(|_| offers.is_empty());
        let mut done: BTreeSet<BookingId> = BTreeSet::new();
        for offer in offers {
            assert!(alone.contains(&offer.booking), "nobody with company is asked");
            if !done.insert(offer.booking) || self.dice.percent(20) {
                continue;
            }
            let own = self.model.known[&offer.booking.0].member;
            let (id, with) = (offer.booking, offer.with.clone());
            let sat = match offer.with {
                With::Together(ids) => {
                    assert!(ids.iter().all(|id| alone.contains(id)));
                    done.extend(ids.iter().copied());
                    let all: Vec<_> = ids.iter().map(|id| (*id, By::Tap)).collect();
                    self.write(move |tx| lounge::together(tx, &all))
                }
                With::Joins(session) => self.write(move |tx| lounge::join(tx, MemberId(own), id, session, By::Tap)),
            };
            match sat {
                Ok(_) => {
                    self.model.tally.rematches += 1;
                    self.company_stands(&pairs);
                    self.judge_rematch(id, &with);
                }
                // Another took the chair in this same minute.
                Err(code) => assert_eq!(code, "found_company"),
            }
        }
    }

    /// Nobody who has company is moved.
    fn company_stands(&mut self, pairs: &[(SessionId, [BookingId; 2])]) {
        let rows = self.around();
        let sessions: BTreeMap<i64, i64> = rows.iter().map(|row| (row.id, row.session)).collect();
        for (session, pair) in pairs {
            for id in pair {
                assert_eq!(sessions.get(&id.0), Some(&session.0), "{id:?} had company and was moved");
            }
        }
    }

    /// No rule was broken by a rematch; and a pair may send the third on.
    fn judge_rematch(&mut self, id: BookingId, with: &With) {
        let session = self.read(|conn| Ok(booking::seat(conn, id)?)).unwrap().booking.session;
        let rows = self.around();
        let is_here = |r: &&Row| r.session == session.0 && self.model.known[&r.id].is_present(self.now);
        let here: Vec<&Row> = between(&rows, self.now - REACH, self.now).into_iter().filter(is_here).collect();
        assert!((2..=3).contains(&here.len()), "{here:?}");
        let joins = matches!(with, With::Joins(_));
        for (n, a) in here.iter().enumerate() {
            // Two who sat there before are not parted by a snooze.
            for b in here[n + 1..].iter().filter(|b| !joins || a.id == id.0 || b.id == id.0) {
                assert!(self.model.may_meet(a.member, b.member), "{here:?}");
                self.model.judge_open(a, b);
            }
        }
        self.model.tally.trios += u64::from(here.len() == 3);
        if matches!(with, With::Joins(_)) && self.dice.percent(10) {
            let pair = here.iter().find(|r| r.id != id.0).map(|r| (MemberId(r.member), BookingId(r.id)));
            let (who, own) = pair.expect("a pair");
            self.write(move |tx| lounge::decline(tx, who, own)).unwrap();
            let after = self.read(|conn| Ok(booking::seat(conn, id)?)).unwrap();
            assert_ne!(after.booking.session, session, "the third was sent on");
        }
    }

    /// Whom everybody likes, who keeps to a group, who sits behind a wall, and who agreed to nudges.
    pub(super) fn gathered(&mut self) {
        let members = self.members.clone();
        for (n, own) in members.iter().copied().enumerate() {
            for _ in 0..2 {
                let other = members[self.dice.below(members.len() as i64) as usize];
                if other != own && !self.model.blocks.contains(&(own, other)) && self.model.favorites.insert((own, other)) {
                    let kind = Some(RelationKind::Favorite);
                    self.write(move |tx| relate::relate(tx, MemberId(own), MemberId(other), kind)).unwrap();
                }
            }
            if n % 5 < 2 {
                self.words.nudgeable.insert(own, self.zone(n));
                self.write(move |tx| Ok(notice::nudges_set(tx.conn, MemberId(own), true)?)).unwrap();
            }
        }
        let of =
            |rest: usize, of: usize| members.iter().copied().enumerate().filter(move |(n, _)| n % of == rest).map(|(_, m)| m);
        let (team, class): (BTreeSet<i64>, BTreeSet<i64>) = (of(1, 3).collect(), of(2, 9).collect());
        self.model.group = Some((self.make_group("The team", false, &team), team));
        self.model.wall = Some((self.make_group("The class", true, &class), class));
    }

    fn make_group(&mut self, name: &'static str, wall: bool, inside: &BTreeSet<i64>) -> i64 {
        let form = group::Form { name: name.into(), wall, members: inside.iter().map(|m| MemberId(*m)).collect() };
        self.write(move |tx| {
            let made = group::make(tx, MemberId(1), &form)?;
            let all = alongside::store::group::groups(tx.conn)?;
            Ok((made, all.into_iter().find(|one| one.name == name).map(|one| one.id.0)))
        })
        .unwrap()
        .1
        .unwrap()
    }

    /// An admin lets one person out of the class and another in; company that the wall parts is looked after anew.
    pub(super) fn move_the_wall(&mut self) {
        let Some((id, mut inside)) = self.model.wall.clone() else { return };
        let out = inside.iter().copied().nth(self.dice.below(inside.len() as i64) as usize);
        let other = self.members[self.dice.below(self.members.len() as i64) as usize];
        inside.retain(|m| Some(*m) != out);
        inside.insert(other);
        let changed: BTreeSet<i64> = out.into_iter().chain([other]).collect();
        let members = inside.iter().map(|m| MemberId(*m)).collect();
        let form = group::Form { name: "The class".into(), wall: true, members };
        self.write(move |tx| group::change(tx, MemberId(1), GroupId(id), &form)).unwrap();
        self.model.wall = Some((id, inside));
        for who in &changed {
            self.model.parted.extend(self.members.iter().flat_map(|other| [(*who, *other), (*other, *who)]));
        }
        self.model.shake(|known| changed.contains(&known.member));
    }
}
