//! Form fields: a label above, a hint below, and the refusal tied to the field it speaks of.
//!
//! A password is never echoed: a password field has no value.

use super::{Notice, notice};
use crate::domain::member::{PASSWORD_LEAST, PASSWORD_MOST};
use crate::domain::refusal::Refusal;
use maud::{Markup, Render, html};

/// The id of the refusal's sentence, to which the refused field points.
pub const REFUSAL_ID: &str = "refusal";

/// One line of input with its label.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    name: &'a str,
    label: &'a str,
    kind: &'a str,
    value: &'a str,
    hint: &'a str,
    complete: &'a str,
    required: bool,
    refused: bool,
    most: usize,
    least: usize,
    range: Option<(i64, i64)>,
}

impl<'a> Field<'a> {
    /// A line of text, required.
    pub fn text(name: &'a str, label: &'a str, value: &'a str) -> Self {
        Self {
            name,
            label,
            kind: "text",
            value,
            hint: "",
            complete: "off",
            required: true,
            refused: false,
            most: 200,
            least: 0,
            range: None,
        }
    }

    /// A display name.
    pub fn name(name: &'a str, label: &'a str, value: &'a str) -> Self {
        Self { most: 40, complete: "username", ..Self::text(name, label, value) }
    }

    /// An e-mail address that may stay empty.
    pub fn email(value: &'a str) -> Self {
        Self { kind: "email", complete: "email", required: false, most: 254, ..Self::text("email", "E-mail, if you like", value) }
    }

    /// Another e-mail address that may stay empty.
    pub fn email_named(name: &'a str, label: &'a str, value: &'a str) -> Self {
        Self { name, label, ..Self::email(value) }
    }

    /// A password to choose.
    pub fn new_password(name: &'a str, label: &'a str) -> Self {
        Self {
            kind: "password",
            complete: "new-password",
            least: PASSWORD_LEAST,
            most: PASSWORD_MOST,
            hint: "At least 8 characters. Three or four words make a good one.",
            ..Self::text(name, label, "")
        }
    }

    /// A password that exists.
    pub fn old_password(name: &'a str, label: &'a str) -> Self {
        Self { kind: "password", complete: "current-password", most: PASSWORD_MOST, ..Self::text(name, label, "") }
    }

    /// A whole number within bounds.
    pub fn number(name: &'a str, label: &'a str, value: &'a str, range: (i64, i64)) -> Self {
        Self { kind: "number", range: Some(range), ..Self::text(name, label, value) }
    }

    /// May stay empty.
    pub fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    pub fn hint(self, hint: &'a str) -> Self {
        Self { hint, ..self }
    }

    pub fn complete(self, complete: &'a str) -> Self {
        Self { complete, ..self }
    }

    /// Marks the field when the refusal's code is one of `codes`.
    pub fn refused(self, refusal: Option<&Refusal>, codes: &[&str]) -> Self {
        Self { refused: refusal.is_some_and(|r| codes.contains(&r.code)), ..self }
    }

    fn is_password(&self) -> bool {
        self.kind == "password"
    }
}

impl Render for Field<'_> {
    fn render(&self) -> Markup {
        let hint_id = format!("{}-hint", self.name);
        let described = described_by(&hint_id, !self.hint.is_empty(), self.refused);
        html! {
            div.field {
                label for=(self.name) { (self.label) }
                @if !self.hint.is_empty() { p.hint id=(hint_id) { (self.hint) } }
                input id=(self.name) name=(self.name) type=(self.kind)
                    value=[(!self.is_password()).then_some(self.value)]
                    autocomplete=(self.complete)
                    required[self.required]
                    autofocus[self.refused]
                    maxlength=[self.range.is_none().then_some(self.most)]
                    minlength=[(self.least > 0).then_some(self.least)]
                    min=[self.range.map(|r| r.0)] max=[self.range.map(|r| r.1)]
                    inputmode=[self.range.map(|_| "numeric")]
                    aria-invalid=[self.refused.then_some("true")]
                    aria-describedby=[described]
                    spellcheck="false" autocapitalize=[matches!(self.kind, "email" | "password").then_some("none")];
            }
        }
    }
}

/// The ids that describe a field: its hint, and the refusal if it is the one refused.
fn described_by(hint_id: &str, hinted: bool, refused: bool) -> Option<String> {
    let ids: Vec<&str> = [refused.then_some(REFUSAL_ID), hinted.then_some(hint_id)].into_iter().flatten().collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// Several lines of text.
pub fn area(name: &str, label: &str, value: &str, rows: u8, hint: &str) -> Markup {
    let hint_id = format!("{name}-hint");
    html! {
        div.field {
            label for=(name) { (label) }
            p.hint id=(hint_id) { (hint) }
            textarea id=(name) name=(name) rows=(rows) maxlength="8000" aria-describedby=(hint_id) { "\n" (value) }
        }
    }
}

/// The refusal's sentence at the top of its form, read aloud at once.
pub fn refusal(refusal: Option<&Refusal>) -> Markup {
    html! {
        @if let Some(refusal) = refusal {
            div id=(REFUSAL_ID) { (notice(&Notice::trouble(&refusal.sentence))) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_field_points_to_the_sentence_that_refuses_it() {
        let no = Refusal::new("name", "Somebody here has that name.");
        let shown = Field::name("name", "Your name", "<Ana>")
            .hint("As others see it.")
            .refused(Some(&no), &["name", "taken"])
            .render()
            .into_string();
        assert!(shown.contains(r#"aria-describedby="refusal name-hint""#) && shown.contains(r#"aria-invalid="true""#));
        assert!(shown.contains(r#"value="&lt;Ana&gt;""#));
        assert!(refusal(Some(&no)).into_string().contains(r#"id="refusal""#));
        let other = Field::email("").refused(Some(&no), &["email"]).render().into_string();
        assert!(!other.contains("aria-invalid") && !other.contains("required"));
    }

    #[test]
    fn a_password_has_no_value() {
        assert!(!Field::new_password("password", "Password").render().into_string().contains("value="));
    }
}
