//! A list of people that an admin brings along: what its columns are, what each line says, and what is wrong with it.
//!
//! Schools and companies have such lists; nobody should have to type one. The list is read here as fields; who is here already is
//! known to the store alone.

use super::member::{email_cleaned, name_cleaned, name_key};
use super::refusal::Refusal;
use super::time::{Timestamp, Zone};
use jiff::civil::Date;
use std::collections::HashMap;

/// People that one list may have.
pub const MOST: usize = 500;

/// Somebody who is to have an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newcomer {
    pub name: String,
    pub email: Option<String>,
    /// The last day of the account, in the house's zone.
    pub until: Option<Date>,
}

/// A line of the list, with its number as an editor shows it; the inner error says what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub number: usize,
    /// What stood where the name belongs, to find the line again.
    pub typed: String,
    pub read: Result<Newcomer, String>,
}

/// Which column holds what; people name them in many ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Columns {
    name: usize,
    /// A family name in a column of its own.
    family: Option<usize>,
    email: Option<usize>,
    until: Option<usize>,
}

impl Columns {
    /// By the words of a heading; `None` where the first line is a person.
    fn of(heading: &[String]) -> Option<Result<Self, Refusal>> {
        let place = |words: &[&str]| {
            heading.iter().position(|cell| {
                let cell: String = cell.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
                words.contains(&cell.as_str())
            })
        };
        let given = place(&["firstname", "givenname", "forename"]);
        let whole = place(&["name", "displayname", "fullname", "member"]);
        let found = Self {
            name: whole.or(given).unwrap_or(0),
            family: if whole.is_none() { place(&["lastname", "familyname", "surname"]) } else { None },
            email: place(&["email", "mail", "emailaddress"]),
            until: place(&["until", "ends", "endson", "enddate", "lastday"]),
        };
        match (whole.or(given), found.family.or(found.email).or(found.until)) {
            (Some(_), _) => Some(Ok(found)),
            (None, Some(_)) => Some(Err(Refusal::new(
                "list",
                "The list has no column with names. Call one of them Name, or First name and Last name.",
            ))),
            (None, None) => None,
        }
    }

    /// Without a heading: names first, and then addresses.
    const PLAIN: Self = Self { name: 0, family: None, email: Some(1), until: Some(2) };
}

/// The headings of columns that nothing is read from; whoever brings the list should know before it is made.
pub fn passed_over(rows: &[(usize, Vec<String>)]) -> Vec<String> {
    let first = rows.iter().map(|(_, cells)| cells).find(|cells| cells.iter().any(|cell| !cell.trim().is_empty()));
    let Some((heading, Some(Ok(columns)))) = first.map(|cells| (cells, Columns::of(cells))) else { return Vec::new() };
    let read = [Some(columns.name), columns.family, columns.email, columns.until];
    let left = heading.iter().enumerate().filter(|(at, cell)| !cell.trim().is_empty() && !read.contains(&Some(*at)));
    left.map(|(_, cell)| short(cell.trim())).collect()
}

/// Reads a list: its lines with their numbers, each as fields. Empty lines are passed over, and a name that stands twice is refused at
/// its second place.
///
/// # Errors
/// `list` when there is nobody on it, too many are, or no column has names.
pub fn read(rows: &[(usize, Vec<String>)], today: Date) -> Result<Vec<Line>, Refusal> {
    let mut rows = rows.iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty())).peekable();
    let columns = match rows.peek().and_then(|(_, first)| Columns::of(first)) {
        Some(found) => {
            rows.next();
            found?
        }
        None => Columns::PLAIN,
    };
    let (mut lines, mut names, mut emails) = (Vec::new(), HashMap::new(), HashMap::new());
    for (number, cells) in rows {
        if lines.len() == MOST {
            return Err(Refusal::new(
                "list",
                format!("One list has at most {MOST} people. Bring the others along in a second one."),
            ));
        }
        let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)).map_or("", |cell| cell.trim());
        let typed = format!("{} {}", cell(Some(columns.name)), cell(columns.family)).trim().to_owned();
        let read = newcomer(&typed, cell(columns.email), cell(columns.until), today).and_then(|person| {
            let twice = |first: usize, what: &str| format!("The same {what} stands in line {first}.");
            if let Some(first) = names.insert(name_key(&person.name), *number) {
                return Err(twice(first, "name"));
            }
            let address = person.email.as_ref().and_then(|email| emails.insert(email.to_lowercase(), *number));
            address.map_or(Ok(person), |first| Err(twice(first, "address")))
        });
        lines.push(Line { number: *number, typed: typed.chars().take(80).collect(), read });
    }
    if lines.is_empty() {
        return Err(Refusal::new(
            "list",
            "There is nobody on the list. Write one name in each line, or paste a table with a heading.",
        ));
    }
    Ok(lines)
}

fn newcomer(name: &str, email: &str, until: &str, today: Date) -> Result<Newcomer, String> {
    if name.is_empty() {
        return Err("The name is missing.".to_owned());
    }
    let name = name_cleaned(name).map_err(|refusal| refusal.sentence)?;
    let email = email_cleaned(email).map_err(|_| format!("“{}” doesn't look like an e-mail address.", short(email)))?;
    Ok(Newcomer { name, email, until: last_day(until, today)? })
}

/// Reads a last day, `2027-07-31` or `31.7.2027`; nothing is none.
///
/// # Errors
/// A sentence when it is no day, or one that is over.
pub fn last_day(typed: &str, today: Date) -> Result<Option<Date>, String> {
    if typed.is_empty() {
        return Ok(None);
    }
    let dotted = || {
        let mut parts = typed.split('.').map(|part| part.trim().parse::<i16>().ok());
        let (day, month, year) = (parts.next()??, parts.next()??, parts.next()??);
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    };
    let found = typed.parse::<Date>().ok().filter(|_| typed.len() == 10).or_else(dotted);
    match found.filter(|day| (2000..=2199).contains(&day.year())) {
        None => Err(format!("“{}” is no day. Write it like 2027-07-31.", short(typed))),
        Some(day) if day < today => Err(format!("The last day, {day}, is over already.")),
        Some(day) => Ok(Some(day)),
    }
}

/// When an account with that last day ends: at the midnight after it, in the house's zone.
pub fn ends_at(last: Date, zone: &Zone) -> Timestamp {
    zone.midnight(last.tomorrow().unwrap_or(last))
}

/// The last day of an account that ends then.
pub fn last_of(ends: Timestamp, zone: &Zone) -> Date {
    zone.date(ends.plus(-1))
}

fn short(typed: &str) -> String {
    typed.chars().take(40).collect()
}

/// Characters of a slip's code; five bits each, with nothing in it that a hand or an eye takes for something else (Crockford's base32).
pub const CODE_CHARS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code: 60 bits.
pub const CODE_LENGTH: usize = 12;

/// A code of these dice, as it is printed: `7KQM-2XRT-9BVC`.
pub fn code(dice: [u8; CODE_LENGTH]) -> String {
    let chars: Vec<char> = dice.iter().map(|byte| char::from(CODE_CHARS[usize::from(byte % 32)])).collect();
    chars.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// A typed code as it was printed, whatever its case, blanks and hyphens; `None` when it can't be one.
pub fn code_typed(typed: &str) -> Option<String> {
    let mut plain = String::new();
    for c in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        };
        if plain.len() == CODE_LENGTH || !c.is_ascii() || !CODE_CHARS.contains(&(c as u8)) {
            return None;
        }
        plain.push(c);
    }
    (plain.len() == CODE_LENGTH).then(|| [&plain[..4], &plain[4..8], &plain[8..]].join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 22);

    fn lines(text: &str) -> Vec<Line> {
        try_lines(text).expect("a list")
    }

    fn try_lines(text: &str) -> Result<Vec<Line>, Refusal> {
        let rows: Vec<_> = text.lines().enumerate().map(|(n, l)| (n + 1, l.split(',').map(str::to_owned).collect())).collect();
        read(&rows, TODAY)
    }

    fn said(line: &Line) -> &str {
        line.read.as_ref().expect_err("a fault")
    }

    #[test]
    fn a_table_with_a_heading_is_read_whatever_the_order_of_its_columns() {
        let all = lines("E-Mail,Last name,First name,Until\nana@desk.example,Lopez,Ana,2027-07-31\n,,Ben,31.7.2027\n");
        let ana = all[0].read.as_ref().expect("a person");
        assert_eq!((ana.name.as_str(), ana.email.as_deref()), ("Ana Lopez", Some("ana@desk.example")));
        assert_eq!(ana.until, Some(date(2027, 7, 31)));
        let ben = all[1].read.as_ref().expect("a person");
        assert_eq!((ben.name.as_str(), ben.email.as_deref(), ben.until), ("Ben", None, ana.until));
        assert_eq!(all[1].number, 3);
    }

    #[test]
    fn columns_that_are_not_read_are_named() {
        let over = |text: &str| passed_over(&[(1, vec![]), (2, text.split(',').map(str::to_owned).collect())]);
        assert_eq!(over("Name,Class,Email, ,Room"), ["Class", "Room"]);
        assert!(over("First name,Last name,Mail,Ends on").is_empty());
        assert!(over("Ana,ana@desk.example,,something").is_empty(), "a person is no heading");
    }

    #[test]
    fn bare_names_are_a_list_too() {
        let all = lines("Ana\n\nBen,ben@desk.example\n");
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].read.as_ref().expect("a person").email.as_deref(), Some("ben@desk.example"));
    }

    #[test]
    fn each_line_that_is_wrong_says_why_and_the_others_stand() {
        let all = lines(
            "name,email,until\nAna,not an address,\nBen,,2020-01-01\nCleo,,soon\n,x@y.example,\nDai,,\nDAI,,\nEva,x@z.example,\nFay,X@z.example,",
        );
        assert!(said(&all[0]).contains("“not an address”"));
        assert!(said(&all[1]).contains("2020-01-01, is over already"));
        assert!(said(&all[2]).contains("“soon” is no day"));
        assert_eq!(said(&all[3]), "The name is missing.");
        assert!(all[4].read.is_ok() && all[6].read.is_ok());
        assert_eq!(said(&all[5]), "The same name stands in line 6.");
        assert_eq!(said(&all[7]), "The same address stands in line 8.");
    }

    #[test]
    fn a_list_of_nobody_of_too_many_or_without_names_is_refused() {
        assert!(try_lines("").expect_err("no list").sentence.contains("nobody"));
        assert!(try_lines("email,until\na@b.example,").expect_err("no list").sentence.contains("no column with names"));
        let many: String = (0..=MOST).map(|n| format!("Person {n}\n")).collect();
        assert!(try_lines(&many).expect_err("no list").sentence.contains("at most 500"));
    }

    #[test]
    fn an_account_ends_at_the_midnight_after_its_last_day() {
        let zone = Zone::named("Europe/Berlin").expect("a zone");
        let ends = ends_at(date(2027, 3, 28), &zone);
        assert_eq!(zone.wall(ends), date(2027, 3, 29).at(0, 0, 0, 0));
        assert_eq!(last_of(ends, &zone), date(2027, 3, 28));
    }

    #[test]
    fn a_code_is_read_as_people_type_it_and_nothing_else_is() {
        let code = code([0, 31, 17, 40, 255, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(code.len(), 14);
        assert_eq!(code_typed(&code.to_lowercase().replace('-', " ")).as_deref(), Some(code.as_str()));
        assert_eq!(code_typed("oil0-OIL0-oil0").as_deref(), Some("0110-0110-0110"));
        for wrong in ["", "ABC", "UUUU-UUUU-UUUU", "0123-4567-89AB-C", "é123-4567-89AB", "🙂"] {
            assert_eq!(code_typed(wrong), None, "{wrong}");
        }
    }
}
