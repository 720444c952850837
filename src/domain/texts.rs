//! What a new instance starts with: house rules and a word of welcome for each kind of house.
//!
//! Plain text: a blank line makes a paragraph, a line that begins with `- ` an item. The admin may change all of it.

use super::policy::Kind;

/// The house rules that members accept on joining.
pub fn rules(kind: Kind) -> &'static str {
    match kind {
        Kind::Friends => FRIENDS_RULES,
        Kind::Company => COMPANY_RULES,
        Kind::School => SCHOOL_RULES,
    }
}

/// The first words of the guide.
pub fn welcome(kind: Kind) -> &'static str {
    match kind {
        Kind::Friends => FRIENDS_WELCOME,
        Kind::Company => COMPANY_WELCOME,
        Kind::School => SCHOOL_WELCOME,
    }
}

const FRIENDS_RULES: &str = "\
We come here to get our own things done, in company.

- Be there when you said you would. If you can't, cancel: the last second is early enough.
- Say hello, say what you'll do, then let each other work.
- This is no place for dating. No remarks on how anyone looks.
- No tutoring and no promotion. Your partner has work of their own.
- No recording and no screenshots. What you see and hear stays here.
- Be kind. If someone isn't, leave, and report it. Every report is read.";

const COMPANY_RULES: &str = "\
We come here to work, side by side, whatever our titles.

- Be there when you said you would. If you can't, cancel: the last second is early enough.
- Say hello, say what you'll do, then let each other work. It isn't a meeting.
- No dating, and no remarks on how anyone looks or lives.
- No tutoring, no promotion, no handing out of tasks. Your partner has work of their own.
- No recording and no screenshots. Keep what is confidential off a shared screen.
- Be kind. If someone isn't, leave, and report it. Every report is read.";

const SCHOOL_RULES: &str = "\
We come here to study, each on our own work, next to each other.

- Be there when you said you would. If you can't, cancel: the last second is early enough.
- Say hello, say what you'll do, then let each other work.
- First names only. Don't give or ask for addresses, numbers or other accounts.
- No dating, and no remarks on how anyone looks. Sit as you would in class.
- No tutoring and no promotion. Doing someone's homework isn't help.
- No recording and no screenshots. What you see and hear stays here.
- Be kind. If something feels wrong, leave and report it, or tell a teacher. You won't be in trouble.";

const FRIENDS_WELCOME: &str = "\
Good to have you. Think of a table with two lamps: you pick a time, someone sits down across from you, and you both get on with it.

Focus hours on the calendar are when most of us are around. Any other time is fine too.";

const COMPANY_WELCOME: &str = "\
Good to have you. Pick a time, sit down across from a colleague, say what you'll do, and do it. No agenda, no minutes.

Your managers see neither your goals nor your hours. Focus hours on the calendar are when most of us are around.";

const SCHOOL_WELCOME: &str = "\
Good to have you. Pick a time, sit down across from someone, say what you'll work on, and work until the bell.

Your teachers don't see your goals. Focus hours on the calendar are when most of us are around.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_forbids_the_same_five_things() {
        for kind in Kind::ALL {
            let text = rules(kind).to_lowercase();
            for word in ["dating", "looks", "tutoring", "promotion", "recording", "be kind"] {
                assert!(text.contains(word), "{}: {word}", kind.word());
            }
            assert!(!text.contains('!') && !welcome(kind).contains('!'));
        }
    }
}
