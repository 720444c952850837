//! The week as a grid: days are columns, rows are wall-clock times, every start is one cell.
//!
//! There are 672 cells and more, so a cell costs four bytes: in an ordinary week its instant follows from its place
//! (midnight of its day plus its row), and only a week with a clock change says it in each cell. End tags that HTML
//! lets out are left out. All text that people wrote goes through maud.

use super::waiting::star;
use super::{is_taken, person};
use crate::domain::session::Phase;
use crate::domain::time::{HOUR, MINUTE, Timestamp};
use crate::domain::view::{Calendar, Mine, Slot, Waiting};
use crate::domain::week::{Day, Row};
use crate::page::{fill, hole, words};
use maud::{Markup, html};
use std::fmt::Write;
use std::slice;

/// How many people of a cell are named in it; the rest is a number, and the sheet over the cell tells them all.
const NAMED: usize = 2;

/// What lies in a cell.
#[derive(Clone, Default)]
struct Cell<'a> {
    mine: Vec<&'a Mine>,
    waiting: &'a [Slot],
    focus: bool,
    anchor: bool,
    /// Not even the shortest session fits there.
    closed: bool,
}

pub fn put_grid(out: &mut String, view: &Calendar) {
    let today = view.week.day_of(view.now);
    let past = view.week.days.iter().filter(|d| d.to <= view.now).count();
    let class = format!(
        "grid step-{} day-{} past-{past}{}",
        view.week.step_minutes,
        view.day,
        today.map(|n| format!(" today-{n}")).unwrap_or_default()
    );
    let shell = html! {
        div.grid-scroll #grid-scroll {
            table #grid class=(class) data-hours=[(!view.open.is_always()).then_some("")] role="grid" aria-labelledby="week-title" aria-multiselectable="true" data-step=(view.week.step_minutes) {
                thead { tr {
                    th scope="col" { span.visually-hidden { "Time" } }
                    @for (n, day) in view.week.days.iter().enumerate() {
                        th scope="col" data-t=(day.from.0) data-day=(words::long_day(day.date)) aria-current=[(today == Some(n)).then_some("date")] {
                            span { (&words::weekday(day.date.weekday())[..3]) " " } b { (day.date.day()) }
                        }
                    }
                } }
                tbody { (hole()) }
            }
            @for (n, day) in closed_days(view) { p class={ "shut shut-" (n) } { "The house is closed on " (words::long_day(day.date)) "." } }
        }
        button.button.quiet.wide.only-phone #night type="button" aria-expanded="false" aria-controls="grid" { "Show " (night_words(view)) }
    };
    fill(out, &shell, |out| put_rows(out, view, today));
}

/// What a phone folds.
fn night_words(view: &Calendar) -> &'static str {
    if view.open.is_always() { "the night" } else { "closed hours" }
}

/// The days that are closed from beginning to end.
fn closed_days(view: &Calendar) -> impl Iterator<Item = (usize, &Day)> {
    let is_closed =
        |day: &Day| view.open.opens_after(day.from, view.lengths.shortest().seconds()).is_none_or(|opens| opens >= day.to);
    view.week.days.iter().enumerate().filter(move |(_, day)| !view.open.is_always() && is_closed(day))
}

fn put_rows(out: &mut String, view: &Calendar, today: Option<usize>) {
    let cells = cells(view);
    let plain = is_plain(view);
    for (r, row) in view.week.rows.iter().enumerate() {
        let shut = cells[r * 7..][..7].iter().zip(row.cells).all(|(cell, at)| cell.closed || at.is_none());
        row_open(out, view, row, today, shut);
        for (d, at) in row.cells.iter().enumerate() {
            let Some(at) = at else {
                out.push_str("<td class=x>");
                continue;
            };
            let cell = &cells[r * 7 + d];
            let class = cell_class(view, cell, *at, today == Some(d), shut);
            out.push_str("<td");
            if !class.is_empty() {
                let _ = write!(out, " class=\"{class}\"");
            }
            if !plain {
                let _ = write!(out, " data-t={}", at.0);
            }
            out.push('>');
            if !(cell.mine.is_empty() && cell.waiting.is_empty()) {
                inside(out, view, &cells, (r, d));
            }
        }
    }
}

/// Whether each cell is midnight of its day plus its row.
fn is_plain(view: &Calendar) -> bool {
    let step = view.week.step_minutes * MINUTE;
    let times = (0..).map(|n| n * step);
    view.week
        .rows
        .iter()
        .zip(times)
        .all(|(row, into)| row.cells.iter().zip(&view.week.days).all(|(cell, day)| *cell == Some(day.from.plus(into))))
}

/// The row's time; its class says: first of its hour, night, closed on every day, and whether today is already past it.
fn row_open(out: &mut String, view: &Calendar, row: &Row, today: Option<usize>, shut: bool) {
    let mut class = String::new();
    if i64::from(row.time.minute()) < view.week.step_minutes {
        class.push_str(" h");
    }
    if row.time.hour() < 7 || row.time.hour() >= 22 {
        class.push_str(" n");
    }
    if row.again {
        class.push_str(" g");
    }
    if shut {
        class.push_str(" c");
    }
    if today.and_then(|d| row.cells[d]).is_some_and(|at| at <= view.now) {
        class.push_str(" gone");
    }
    out.push_str("<tr");
    if !class.is_empty() {
        let _ = write!(out, " class=\"{}\"", class.trim_start());
    }
    let time = words::clock_of(row.time);
    let _ = match row.again {
        true => write!(out, "><th scope=row><span>{time} again</span>"),
        false => write!(out, "><th scope=row>{time}"),
    };
}

fn cell_class(view: &Calendar, cell: &Cell<'_>, at: Timestamp, is_today: bool, shut: bool) -> String {
    let mut class = String::new();
    if cell.closed && !shut {
        class.push_str(" c");
    }
    if cell.focus && at > view.now {
        class.push_str(if cell.anchor { " f a" } else { " f" });
    }
    let into = view.now.since(at);
    if is_today && into >= 0 && into < view.week.step_minutes * MINUTE {
        class.push_str(" now");
    }
    class.trim_start().to_owned()
}

/// Every cell, row by row, with what lies in it.
fn cells(view: &Calendar) -> Vec<Cell<'_>> {
    let mut cells = vec![Cell::default(); view.week.rows.len() * 7];
    let step = view.week.step_minutes * MINUTE;
    let holds = |from: &Option<Timestamp>, at: Timestamp| from.is_some_and(|from| from <= at && at.since(from) < step);
    let place = |at: Timestamp| {
        let (row, day) = view.week.cell_of(at).or_else(|| {
            let day = view.week.day_of(at)?;
            Some((view.week.rows.iter().position(|row| holds(&row.cells[day], at))?, day))
        })?;
        Some(row * 7 + day)
    };
    for mine in &view.mine {
        if let Some(n) = place(mine.start) {
            cells[n].mine.push(mine);
        }
    }
    let ahead = view.waiting.partition_point(|slot| slot.at() <= view.now);
    for (n, slot) in view.waiting.iter().enumerate().skip(ahead) {
        if let Some(cell) = place(slot.at()) {
            // Those of one cell lie side by side: the starts that it holds follow each other.
            let first = n - cells[cell].waiting.len();
            cells[cell].waiting = &view.waiting[first..=n];
        }
    }
    for anchor in &view.focus_hours {
        for n in 0..(HOUR / step).max(1) {
            if let Some(cell) = place(anchor.plus(n * step)) {
                cells[cell].focus = true;
                cells[cell].anchor |= n == 0;
            }
        }
    }
    if !view.open.is_always() {
        let shortest = view.lengths.shortest().seconds();
        for (cell, at) in cells.iter_mut().zip(view.week.rows.iter().flat_map(|row| row.cells)) {
            cell.closed = at.is_some_and(|at| !view.open.holds(at, shortest));
        }
    }
    cells
}

/// The chips of a cell: my own booking as long as it is, the others as high as there is room below.
fn inside(out: &mut String, view: &Calendar, cells: &[Cell<'_>], (r, d): (usize, usize)) {
    let cell = &cells[r * 7 + d];
    for mine in &cell.mine {
        out.push_str(&my_chip(view, mine).0);
    }
    if let Some(first) = cell.waiting.first() {
        let mut standing = cell.waiting.iter().flat_map(Slot::who_stands).peekable();
        let under = is_under_mine(view, first.at());
        if standing.peek().is_some() {
            let narrow = under && standing.all(|w| is_taken(&view.mine, w.who));
            their_chip(out, view, cell.waiting, room_below(cells, (r, d), view.week.step_minutes), narrow);
        } else if !under {
            could_chip(out, cell.waiting);
        }
    }
}

/// Whether my own booking lies over that start.
fn is_under_mine(view: &Calendar, at: Timestamp) -> bool {
    view.mine.iter().any(|m| m.start <= at && at < m.start.plus(m.length.footprint_s()))
}

/// How many rows are free until something else begins in that day, at most an hour's.
fn room_below(cells: &[Cell<'_>], (r, d): (usize, usize), step_minutes: i64) -> usize {
    let most = usize::try_from(60 / step_minutes).unwrap_or(1).max(1);
    let busy = |row: usize| cells.get(row * 7 + d).is_none_or(|c| !(c.mine.is_empty() && c.waiting.is_empty()));
    (1..most).find(|n| busy(r + n)).unwrap_or(most)
}

fn my_chip(view: &Calendar, mine: &Mine) -> Markup {
    let later = &view.waiting[view.waiting.partition_point(|slot| slot.at() < mine.start)..];
    let under = later.iter().take_while(|slot| slot.at() < mine.start.plus(mine.length.footprint_s()));
    let beside = under.flat_map(Slot::who_stands).any(|w| is_taken(slice::from_ref(mine), w.who));
    let waits = mine.partners.is_empty();
    let class = format!(
        "chip mine len-{}{}{}{}",
        mine.length.minutes(),
        if waits { " waits" } else { "" },
        if beside { " beside-them" } else { "" },
        if mine.phase == Phase::Closed { " over" } else { "" }
    );
    html! {
        span class=(class) data-mine=(mine.id) data-start=(mine.start.0) data-minutes=(mine.length.minutes()) {
            @if waits {
                b { i.dot.lit {} "You" } " "
                small { "waiting, " (mine.length.minutes()) " min" }
            } @else {
                b { i.dot.lit {} i.dot.lit {} (names(mine)) } " "
                small { (mine.length.minutes()) " min" @if let Some(said) = their_clock(view, mine) { ", " (said) } }
            }
            @if mine.news.is_some() { " " small.fresh { "news" } }
        }
    }
}

fn names(mine: &Mine) -> String {
    mine.partners.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn their_clock(view: &Calendar, mine: &Mine) -> Option<String> {
    let partner = mine.partners.first()?;
    words::local_line(&partner.name, &partner.zone, &view.me.zone, mine.start)
}

fn their_chip(out: &mut String, view: &Calendar, slots: &[Slot], rows: usize, narrow: bool) {
    let many = if slots.iter().map(Slot::standing).sum::<usize>() > 1 { " many" } else { "" };
    let narrow = if narrow { " narrow" } else { "" };
    let _ = write!(out, "<span class=\"chip r{}{many}{narrow}\">", rows.min(4));
    match slots {
        [Slot { shared, own: None }] => out.push_str(shared.said.get_or_init(|| said(view, slots))),
        _ => out.push_str(&said(view, slots)),
    }
    out.push_str("</span>");
}

/// Where nobody stands, but somebody could come: their names with an unlit lamp, one row high.
fn could_chip(out: &mut String, slots: &[Slot]) {
    let count: usize = slots.iter().map(Slot::count).sum();
    let _ = write!(out, "<span class=\"chip could r1{}\">", if count > 1 { " many" } else { "" });
    match slots {
        [Slot { shared, own: None }] => out.push_str(shared.said.get_or_init(|| could_come(slots, count))),
        _ => out.push_str(&could_come(slots, count)),
    }
    out.push_str("</span>");
}

fn could_come(slots: &[Slot], count: usize) -> String {
    let mut said = String::new();
    for Waiting { who, favorite, .. } in slots.iter().flat_map(Slot::people).take(NAMED) {
        let name = html! { (who.name) @if favorite { (star()) } }.0;
        let too = if count == 1 { " <small>could come</small>" } else { "" };
        let _ = write!(said, "<span class=p data-m={}><b>{name}</b>{too}</span>", who.length.minutes());
    }
    if count > NAMED {
        let _ = write!(said, "<span class=more>+{}</span>", count - NAMED);
    }
    said
}

/// Those who stand in a cell: one in full, of more the first names and how many others there are.
fn said(view: &Calendar, slots: &[Slot]) -> String {
    let count: usize = slots.iter().map(Slot::standing).sum();
    let people = slots.iter().flat_map(Slot::who_stands);
    let mut said = String::new();
    for Waiting { who, favorite, .. } in people.take(NAMED) {
        let (sky, minutes) = (words::sky(&who.zone, who.start), who.length.minutes());
        let name = html! { (who.name) @if favorite { (star()) } }.0;
        let _ = write!(said, "<span class=\"p {sky}\" data-m={minutes}><b>{name}</b>");
        if count == 1 {
            let words = person::words_of(&view.me.zone, who);
            let last = words.len() - 1;
            let spans = html! { @for (n, word) in words.iter().enumerate() { span { (word) @if n < last { "," } } " " } };
            let _ = write!(said, " <small>{}</small>", spans.0);
        }
        said.push_str("</span>");
    }
    if count > NAMED {
        let _ = write!(said, "<span class=more>+{}</span>", count - NAMED);
    }
    said
}
