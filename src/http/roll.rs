//! People from a list: the admin's pages, and the door behind a slip's code.

use super::answer::{self, Answer, Trouble, page_with};
use super::call::Call;
use super::qr::drawn;
use super::{Web, guard, routes};
use crate::actions::roll::{self as action, Looked};
use crate::actions::{Fault, me};
use crate::domain::member::password_checked;
use crate::domain::refusal::Refusal;
use crate::domain::roll::{self, CODE_LENGTH};
use crate::domain::view::Me;
use crate::page;
use crate::page::admin_roll::{Row, Slip};
use crate::store::login::Hash;
use http::StatusCode;
use std::sync::Arc;

type Fields = Vec<(usize, Vec<String>)>;

/// A text as lines of fields, each with its number. Spreadsheets of many countries write semicolons or tabs where others write commas.
///
/// # Errors
/// `list` when it is no table.
pub fn fields_of(text: &str) -> Result<Fields, Refusal> {
    let text = text.trim_start_matches('\u{FEFF}').replace("\r\n", "\n").replace('\r', "\n");
    if text.contains('\0') || text.starts_with("PK\u{3}\u{4}") {
        return Err(Refusal::new(
            "list",
            "That is a spreadsheet's own file, not a list of words. Save it as CSV, or copy its cells and paste them here.",
        ));
    }
    let (first, said) = match text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default() {
        // Some spreadsheets say in a line of its own what stands between the fields.
        line if line.len() == 5 && line.to_ascii_lowercase().starts_with("sep=") => (line, line.bytes().last()),
        line => (line, None),
    };
    let many = |sign: char| first.matches(sign).count();
    let sign = [b'\t', b';', b','].into_iter().max_by_key(|sign| many(char::from(*sign))).unwrap_or(b',');
    let (sign, over) = (said.unwrap_or(sign), usize::from(said.is_some()));
    let mut reader = csv::ReaderBuilder::new().delimiter(sign).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let unreadable = |_| {
        Refusal::new("list", "The list can't be read as a table. Save it as CSV (with UTF-8) and try again; nothing was changed.")
    };
    // Lines are counted on from record to record: counted from the top each time, a list of nothing but line ends would take minutes.
    let (mut counted, mut line) = (0, 1);
    let records = reader.records().map(|record| {
        let record = record.map_err(unreadable)?;
        let begins = record.position().map_or(0, |place| place.byte() as usize);
        line += text[counted..begins].matches('\n').count();
        counted = begins;
        // The empty lines before a record are counted to it.
        let empty = text[begins..].bytes().take_while(|byte| *byte == b'\n').count();
        Ok((line + empty, record.iter().map(str::to_owned).collect()))
    });
    records.skip(over).collect()
}

async fn admin_here(web: &Arc<Web>, call: &Call) -> Result<Me, Trouble> {
    let who = guard::member(call)?;
    web.read(move |conn| {
        crate::actions::admin::is_admin(conn, who)?;
        me(conn, who)
    })
    .await
    .map_err(Trouble::from)
}

/// The empty form.
pub async fn form(web: &Arc<Web>, call: &Call) -> Answer {
    let me = admin_here(web, call).await?;
    Ok(answer::page(page::admin_roll::form(&me, "", None)))
}

/// Looks a list through, and makes its accounts where that was asked for.
pub async fn bring(web: &Arc<Web>, call: &Call) -> Answer {
    let me = admin_here(web, call).await?;
    let text = call.form.text("list");
    match brought(web, call, &me, &text).await {
        Err(Trouble::Fault(Fault::Refusal(refusal))) if refusal.code != "not_allowed" => {
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, page::admin_roll::form(&me, &text, Some(&refusal))))
        }
        other => other,
    }
}

async fn brought(web: &Arc<Web>, call: &Call, me: &Me, text: &str) -> Answer {
    let (who, now, fields) = (me.id, web.now(), fields_of(text)?);
    if call.form.on("make") {
        let slips = codes(web, fields.len());
        let made = web.write(move |tx| action::make(tx, who, &fields, &slips)).await?;
        return Ok(answer::page(page::admin_roll::slips(me, &slips_of(call, made))));
    }
    let passed_over = roll::passed_over(&fields);
    let looked = web.read(move |conn| action::look(conn, who, &fields, now)).await?;
    let rows: Vec<Row> = looked.into_iter().map(row_of).collect();
    Ok(answer::page(page::admin_roll::looked(me, text, &rows, &passed_over)))
}

fn row_of(line: Looked) -> Row {
    match line.verdict {
        action::Verdict::Comes(person) => Row::Comes { name: person.name, email: person.email, until: person.until },
        action::Verdict::IsHere(name) => Row::IsHere(name),
        action::Verdict::Wrong(why) => Row::Wrong { line: line.number, typed: line.typed, why },
    }
}

/// Slips for everybody who has not come yet.
pub async fn slips(web: &Arc<Web>, call: &Call) -> Answer {
    let me = admin_here(web, call).await?;
    let (who, slips) = (me.id, codes(web, roll::MOST));
    let made = web.write(move |tx| action::slips_again(tx, who, &slips)).await;
    match made {
        Ok(made) => Ok(answer::page(page::admin_roll::slips(&me, &slips_of(call, made)))),
        Err(Fault::Refusal(refusal)) if refusal.code == "list" => {
            Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, page::admin_roll::form(&me, "", Some(&refusal))))
        }
        Err(fault) => Err(fault.into()),
    }
}

fn codes(web: &Web, number: usize) -> Vec<(String, Hash)> {
    let one = || {
        let code = roll::code(web.dice.bytes::<CODE_LENGTH>());
        let hash = guard::hash(&code);
        (code, hash)
    };
    std::iter::repeat_with(one).take(number.min(roll::MOST)).collect()
}

fn slips_of(call: &Call, made: Vec<(String, String)>) -> Vec<Slip> {
    let origin = call.head.origin();
    let slip = |(name, code): (String, String)| {
        let link = format!("{origin}/slip/{code}");
        // The drawing is an element of the page, so without the heading of a file.
        let qr = drawn(&link, 132).and_then(|qr| qr.find("<svg").map(|at| qr[at..].to_owned())).unwrap_or_default();
        Slip { name, code, qr, address: format!("{}/slip", call.head.host) }
    };
    made.into_iter().map(slip).collect()
}

/// Where a code is typed.
pub async fn door(web: &Arc<Web>, call: &Call) -> Answer {
    Ok(answer::page(page::slip::asked(&routes::instance(web).await, call.head.ask("code").as_deref(), None)))
}

/// A typed code leads to the slip's page.
pub async fn typed(web: &Arc<Web>, call: &Call) -> Answer {
    let typed = call.form.text("code");
    let Some(code) = roll::code_typed(&typed) else {
        let refusal =
            Refusal::new("slip", "A code has twelve letters and figures, such as 7KQM-2XRT-9BVC. Compare it with your slip.");
        let shown = page::slip::asked(&routes::instance(web).await, Some(&typed), Some(&refusal));
        return Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, shown));
    };
    Ok(answer::go(&format!("/slip/{code}")))
}

/// The welcome behind a slip.
pub async fn open(web: &Arc<Web>, call: &Call, code: &str) -> Answer {
    welcome(web, call, code, None).await
}

async fn welcome(web: &Arc<Web>, call: &Call, code: &str, refusal: Option<&Refusal>) -> Answer {
    let (address, now) = (call.head.address(), web.now());
    web.doors.open(address, None, now)?;
    let instance = routes::instance(web).await;
    let known = roll::code_typed(code);
    let hash = guard::hash(known.as_deref().unwrap_or_default());
    match web.read(move |conn| action::slip_look(conn, &hash, now)).await {
        Ok((_, name, house)) => {
            let zone =
                Some(call.form.text("zone")).filter(|zone| !zone.is_empty()).unwrap_or_else(|| house.zone.name().to_owned());
            let code = known.unwrap_or_default();
            let slip =
                page::slip::Welcome { code: &code, name: &name, house: &house, zone: &zone, accepted: call.form.on("rules") };
            let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            Ok(page_with(status, page::slip::welcome(&instance, &slip, refusal)))
        }
        Err(Fault::Refusal(gone)) => {
            web.doors.failed(address, None, now);
            Ok(page_with(StatusCode::NOT_FOUND, page::slip::asked(&instance, Some(code), Some(&gone))))
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Uses a slip: password chosen, rules accepted, signed in.
pub async fn come(web: &Arc<Web>, call: &Call, code: &str) -> Answer {
    match come_checked(web, call, code).await {
        Err(Trouble::Fault(Fault::Refusal(refusal))) => welcome(web, call, code, Some(&refusal)).await,
        other => other,
    }
}

async fn come_checked(web: &Arc<Web>, call: &Call, code: &str) -> Answer {
    let (now, password, zone) = (web.now(), call.form.text("password"), call.form.text("zone"));
    password_checked(&password)?;
    action::slip_checked(&zone, call.form.on("rules"))?;
    let hash = guard::hash(&roll::code_typed(code).unwrap_or_default());
    web.read(move |conn| action::slip_look(conn, &hash, now)).await?;
    let hashed = web.passwords.hash(password, web.dice.bytes()).await;
    let who = web.write(move |tx| action::slip_use(tx, &hash, &zone, true, &hashed)).await?;
    guard::sign_in(web, &call.head, who, answer::go("/?note=welcome")).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_any_country_is_read_with_the_numbers_of_its_lines() {
        for text in [
            "name,email\nAna,\"a,b\"\n\nBen,x\n",
            "\u{FEFF}name;email\r\nAna;a,b\r\n\r\nBen;x\r\n",
            "name\temail\nAna\ta,b\n\nBen\tx\n",
            "name,email\rAna,\"a,b\"\r\rBen,x\r",
        ] {
            let fields = fields_of(text).expect("a table");
            assert_eq!(fields[1], (2, vec!["Ana".to_owned(), "a,b".to_owned()]), "{text:?}");
            assert_eq!(fields[2].0, 4, "{text:?}");
        }
    }

    #[test]
    fn what_a_spreadsheet_says_of_its_own_sign_is_no_person() {
        let fields = fields_of("\u{FEFF}sep=;\r\nname;email\r\nAna, the first;a@x.example\r\n").expect("a table");
        assert_eq!(fields.len(), 2);
        assert_eq!(fields[1], (3, vec!["Ana, the first".to_owned(), "a@x.example".to_owned()]));
        let odd = fields_of("sep=|\nname|email\nAna|a@x.example").expect("a table");
        assert_eq!(odd[1].1, ["Ana", "a@x.example"]);
    }

    #[test]
    fn a_spreadsheets_own_file_is_named_as_what_it_is() {
        for text in ["PK\u{3}\u{4}\u{14}xl/workbook.xml", "n\0a\0m\0e\0"] {
            assert!(fields_of(text).expect_err("no list").sentence.contains("Save it as CSV"));
        }
    }

    #[test]
    fn a_list_of_nothing_but_line_ends_is_counted_once() {
        let text = "a\n".repeat(128 * 1024);
        assert_eq!(fields_of(&text).expect("a table").last().map(|row| row.0), Some(128 * 1024));
    }
}
