//! What people type, validated.

use crate::flags::Name;
use std::fmt;
use std::str::FromStr;

/// Longest text, bytes.
pub const MAX_TEXT: usize = 8_000;
/// Longest name of a person, bytes.
const MAX_USER: usize = 64;

/// Why what was typed is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// A text is empty.
    #[error("the text is empty: write why")]
    Empty,
    /// A text is too long.
    #[error("the text has {found} bytes where {MAX_TEXT} are allowed: attach a document instead")]
    Long {
        /// Its length.
        found: usize,
    },
    /// A text has characters that are not for reading.
    #[error("the text has a control character at byte {at}: remove it")]
    Control {
        /// Where.
        at: usize,
    },
    /// A person's name is none.
    #[error(
        "{found:?} is no user: 1 to {MAX_USER} of a-z, 0-9, `.`, `_`, `-`, `@` are expected, in lower case"
    )]
    User {
        /// What was given, its beginning.
        found: String,
    },
}

/// A text by a person: not empty, of bounded length, without control characters but line ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(String);

impl FromStr for Text {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        let text = text.trim();
        let unreadable = |c: char| (c.is_control() && c != '\n') || is_directional(c);
        if text.is_empty() {
            return Err(InputError::Empty);
        }
        if text.len() > MAX_TEXT {
            return Err(InputError::Long { found: text.len() });
        }
        match text.char_indices().find(|(_, c)| unreadable(*c)) {
            Some((at, _)) => Err(InputError::Control { at }),
            None => Ok(Self(text.to_owned())),
        }
    }
}

/// Characters that make a text read otherwise than it is written.
fn is_directional(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

impl fmt::Display for Text {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.0)
    }
}

/// A person's name. Only lower case, so that one person cannot be two by spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(String);

impl FromStr for UserId {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        let allowed = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-@".contains(&byte)
        };
        let sound = !text.is_empty() && text.len() <= MAX_USER && text.bytes().all(allowed);
        match sound {
            true => Ok(Self(text.to_owned())),
            false => Err(InputError::User {
                found: text.chars().take(24).collect(),
            }),
        }
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.0)
    }
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads lists and states, no evidence.
    Observer,
    /// Reads everything.
    Auditor,
    /// Reads what concerns its territories.
    Regulator,
    /// Looks into cases.
    Analyst,
    /// Approves what accuses.
    Approver,
    /// Keeps the house: deadlines and comments, and decides nothing.
    Admin,
    /// Of the operator whose host it is.
    Operator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] = [
        Self::Observer,
        Self::Auditor,
        Self::Regulator,
        Self::Analyst,
        Self::Approver,
        Self::Admin,
        Self::Operator,
    ];

    /// As it stands in listings and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Observer => "observer",
            Self::Auditor => "auditor",
            Self::Regulator => "regulator",
            Self::Analyst => "analyst",
            Self::Approver => "approver",
            Self::Admin => "admin",
            Self::Operator => "operator",
        }
    }

    /// The role of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Who takes a step, as the server authenticated them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub user: UserId,
    /// In which role.
    pub role: Role,
    /// For whom; only an operator's people have it.
    pub operator: Option<Name>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_look_alike_are_refused() {
        for bad in ["", "Alice", "alice ", "alicе", "a/b", &"a".repeat(65)] {
            assert!(bad.parse::<UserId>().is_err(), "{bad:?}");
        }
        assert_eq!(
            "a.lice-1@x".parse::<UserId>().unwrap().to_string(),
            "a.lice-1@x"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            if let Ok(read) = text.parse::<Text>() {
                let read = read.to_string();
                prop_assert_eq!(&read, text.trim());
                let hidden = ['\u{7}', '\u{1b}', '\u{202e}', '\0'];
                prop_assert!(!read.contains(hidden));
            }
        }
    }

    #[test]
    fn texts_are_bounded_and_readable() {
        assert_eq!(" \n ".parse::<Text>(), Err(InputError::Empty));
        assert!("a\nb".parse::<Text>().is_ok());
        for bad in ["a\u{1b}[2Jb", "a\u{202e}b", "a\0b"] {
            assert!(matches!(
                bad.parse::<Text>(),
                Err(InputError::Control { .. })
            ));
        }
        let long = "x".repeat(MAX_TEXT + 1);
        assert!(matches!(long.parse::<Text>(), Err(InputError::Long { .. })));
    }
}
