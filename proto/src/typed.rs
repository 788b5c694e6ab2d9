//! Bytes as people read and type them: groups of five characters, each of which checks itself.
//!
//! The alphabet is Crockford's base 32 (no I, L, O, U; they are read as 1, 1, 0 and refused). Four
//! characters of a group carry 20 bits, the fifth makes the group's checksum over GF(32) equal the
//! group's mark, which is another one for each group and each [`Form`]. So one wrong character and two
//! swapped characters of a group are always found, and so are a group in another's place and a
//! challenge typed for an answer; several wrong characters of a group slip through once in 32 times.
//!
//! Start reading at [`Form::read`].

use std::fmt;

/// Digits by value.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a group that carry bits.
const DATA: usize = 4;
/// Characters of a group.
pub const GROUP: usize = DATA + 1;
/// Groups of one line.
const LINE: usize = 5;
/// x⁵ + x² + 1, primitive over GF(2).
const POLYNOMIAL: u8 = 0b10_0101;

/// What is typed: how many bytes, and which marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// What people call it.
    pub name: &'static str,
    /// Its length in groups, at most 32; each holds 2.5 bytes.
    pub groups: u8,
    /// Added to a group's number, from 0, for its mark.
    pub offset: u8,
}

/// What is wrong with a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A character that is not in the alphabet.
    Character(char),
    /// It ends early, or goes on too long.
    Length(usize),
    /// Its characters do not fit each other, or it is another's place.
    Check,
}

/// What was typed is not what was shown. Groups are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedError {
    form: Form,
    /// The groups that are wrong, each with what is wrong. Where some are missing or too many, the first only:
    /// those behind it are wrong because of it.
    pub wrong: Vec<(usize, Fault)>,
    /// Groups that were typed.
    pub found: usize,
}

impl Form {
    /// Bytes that it holds: the last half byte of an odd number of groups is zero.
    pub const fn bytes(&self) -> usize {
        self.groups as usize * DATA * 5 / 8
    }

    /// The bytes as groups, five in each line, with a newline between lines.
    ///
    /// # Panics
    /// When there are not [`Form::bytes`] of them.
    pub fn write(&self, bytes: &[u8]) -> String {
        assert_eq!(bytes.len(), self.bytes(), "{} has its length", self.name);
        let mut text = String::new();
        for number in 0..usize::from(self.groups) {
            match number {
                0 => {}
                _ if number % LINE == 0 => text.push('\n'),
                _ => text.push(' '),
            }
            let mut sum = 0;
            for place in 0..DATA {
                let digit = digit(bytes, number * DATA + place);
                sum = double(sum) ^ digit;
                text.push(char::from(ALPHABET[usize::from(digit)]));
            }
            let check = double(sum) ^ self.mark(number);
            text.push(char::from(ALPHABET[usize::from(check)]));
        }
        text
    }

    /// Reads what was typed: case does not count; blanks, newlines and hyphens stand between groups or are
    /// left out.
    ///
    /// # Errors
    /// [`TypedError`] naming the groups that are wrong.
    pub fn read(&self, text: &str) -> Result<Vec<u8>, TypedError> {
        let mut wrong = Vec::new();
        let mut bits = Bits::default();
        let mut number = 0;
        let tokens = text.split(|c: char| c.is_whitespace() || c == '-');
        for token in tokens.filter(|token| !token.is_empty()) {
            let characters: Vec<char> = token.chars().collect();
            for group in characters.chunks(GROUP) {
                if number < usize::from(self.groups)
                    && let Err(fault) = self.group(number, group, &mut bits)
                {
                    wrong.push((number + 1, fault));
                }
                number += 1;
            }
        }
        let complete = number == usize::from(self.groups);
        if complete && wrong.is_empty() {
            return Ok(bits.bytes);
        }
        if !complete {
            wrong.truncate(1);
        }
        Err(TypedError {
            form: *self,
            wrong,
            found: number,
        })
    }

    fn group(&self, number: usize, group: &[char], bits: &mut Bits) -> Result<(), Fault> {
        let mut sum = 0;
        for (place, character) in group.iter().enumerate() {
            let digit = value(*character).ok_or(Fault::Character(*character))?;
            sum = double(sum) ^ digit;
            if place < DATA {
                bits.push(digit);
            }
        }
        match group.len() {
            GROUP if sum == self.mark(number) => Ok(()),
            GROUP => Err(Fault::Check),
            length => Err(Fault::Length(length)),
        }
    }

    /// What the group's checksum must be.
    fn mark(&self, number: usize) -> u8 {
        let number = u8::try_from(number % 32).expect("less than 32");
        (number + self.offset) % 32
    }
}

/// The five bits at a digit's place.
fn digit(bytes: &[u8], place: usize) -> u8 {
    (0..5).fold(0, |digit, bit| {
        let at = place * 5 + bit;
        let byte = bytes.get(at / 8).copied().unwrap_or(0);
        digit << 1 | byte >> (7 - at % 8) & 1
    })
}

/// Times x in GF(32).
fn double(value: u8) -> u8 {
    let doubled = value << 1;
    match doubled & 0b10_0000 {
        0 => doubled,
        _ => doubled ^ POLYNOMIAL,
    }
}

fn value(character: char) -> Option<u8> {
    let plain = match character.to_ascii_uppercase() {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    };
    let place = ALPHABET.iter().position(|one| char::from(*one) == plain)?;
    u8::try_from(place).ok()
}

/// Bits put together to bytes.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    rest: u16,
    count: u8,
}

impl Bits {
    fn push(&mut self, digit: u8) {
        self.rest = self.rest << 5 | u16::from(digit);
        self.count += 5;
        if self.count >= 8 {
            self.count -= 8;
            let byte = self.rest >> self.count & 0xff;
            self.bytes.push(u8::try_from(byte).expect("eight bits"));
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(c) if c.is_ascii_graphic() => {
                write!(f, "holds `{c}`, which is never used")
            }
            Self::Character(_) => f.write_str("holds a character that is never used"),
            Self::Length(length) => write!(f, "has {length} characters where {GROUP} stand"),
            Self::Check => f.write_str("is not as shown: read it again"),
        }
    }
}

impl fmt::Display for TypedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = "";
        if self.found != usize::from(self.form.groups) {
            let (name, groups) = (self.form.name, self.form.groups);
            write!(f, "{name} has {groups} groups, {} were given", self.found)?;
            before = "; ";
        }
        for (number, fault) in &self.wrong {
            let line = (number - 1) / LINE + 1;
            write!(f, "{before}group {number} (line {line}) {fault}")?;
            before = "; ";
        }
        Ok(())
    }
}

impl std::error::Error for TypedError {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const CODE: Form = Form {
        name: "a code",
        groups: 30,
        offset: 0,
    };

    fn numbers(error: &TypedError) -> Vec<usize> {
        error.wrong.iter().map(|(number, _)| *number).collect()
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), CODE.bytes())
    }

    /// The group, from 1, that a character of [`Form::write`] stands in.
    fn group_of(at: usize) -> usize {
        at / (GROUP + 1) + 1
    }

    proptest! {
        #[test]
        fn what_was_shown_is_read_however_it_is_typed(bytes in bytes()) {
            let shown = CODE.write(&bytes);
            let plain: String = shown.split_whitespace().collect();
            let forgiven = shown.replace('1', "l").replace('0', "o").to_lowercase();
            for typed in [shown.clone(), plain, shown.replace(' ', "-"), forgiven] {
                prop_assert_eq!(CODE.read(&typed).unwrap(), bytes.clone());
            }
        }

        #[test]
        fn nothing_that_is_typed_panics_or_is_read_as_another(text in "\\PC{0,200}") {
            if let Ok(bytes) = CODE.read(&text) {
                prop_assert_eq!(CODE.read(&CODE.write(&bytes)).unwrap(), bytes);
            }
        }

        #[test]
        fn groups_in_each_others_places_are_named(bytes in bytes(), a in 0_usize..30, b in 0_usize..30) {
            let shown = CODE.write(&bytes);
            let mut groups: Vec<&str> = shown.split_whitespace().collect();
            groups.swap(a, b);
            match CODE.read(&groups.join(" ")) {
                Ok(read) => prop_assert!(a == b && read == bytes),
                Err(error) => {
                    prop_assert_eq!(numbers(&error), [a.min(b) + 1, a.max(b) + 1]);
                }
            }
        }

        #[test]
        fn a_missing_and_a_doubled_group_are_found(bytes in bytes(), at in 0_usize..30) {
            let shown = CODE.write(&bytes);
            let groups: Vec<&str> = shown.split_whitespace().collect();
            let without = [&groups[..at], &groups[at + 1..]].concat();
            let doubled = [&groups[..=at], &groups[at..]].concat();
            let without = CODE.read(&without.join(" ")).unwrap_err();
            prop_assert_eq!(without.found, 29);
            prop_assert_eq!(numbers(&without), if at < 29 { vec![at + 1] } else { vec![] });
            let doubled = CODE.read(&doubled.join(" ")).unwrap_err();
            prop_assert_eq!(doubled.found, 31);
            prop_assert_eq!(numbers(&doubled), if at < 29 { vec![at + 2] } else { vec![] });
        }
    }

    /// Not a sample: each character, each other one in its place, each swap of neighbours, each left out.
    #[test]
    fn every_single_slip_is_found_and_its_group_named() {
        let bytes: Vec<u8> = (0..75_u8).map(|at| at.wrapping_mul(151) ^ 0x5a).collect();
        let shown: Vec<char> = CODE.write(&bytes).chars().collect();
        let read = |typed: &[char]| CODE.read(&typed.iter().collect::<String>());
        for at in (0..shown.len()).filter(|at| !shown[*at].is_whitespace()) {
            for other in ALPHABET.iter().map(|one| char::from(*one)) {
                let mut typed = shown.clone();
                typed[at] = other;
                match read(&typed) {
                    Ok(same) => assert!(other == shown[at] && same == bytes),
                    Err(error) => assert_eq!(error.wrong, [(group_of(at), Fault::Check)]),
                }
            }
            for never in ['U', 'u', '?', 'ß', '\u{1b}'] {
                let mut typed = shown.clone();
                typed[at] = never;
                let wrong = [(group_of(at), Fault::Character(never))];
                assert_eq!(read(&typed).unwrap_err().wrong, wrong);
            }
            let mut typed = shown.clone();
            typed.remove(at);
            let wrong = read(&typed).unwrap_err().wrong;
            assert_eq!(wrong, [(group_of(at), Fault::Length(4))]);
            let Some(next) = (at + 1..shown.len()).find(|at| !shown[*at].is_whitespace()) else {
                continue;
            };
            let mut typed = shown.clone();
            typed.swap(at, next);
            match read(&typed) {
                Ok(same) => assert!(shown[at] == shown[next] && same == bytes),
                Err(error) => {
                    let mut expected = vec![group_of(at), group_of(next)];
                    expected.dedup();
                    assert_eq!(numbers(&error), expected);
                }
            }
        }
    }

    #[test]
    fn another_form_is_not_taken_for_it() {
        let other = Form { offset: 16, ..CODE };
        let error = CODE.read(&other.write(&[7; 75])).unwrap_err();
        assert_eq!(error.wrong.len(), 30);
    }

    #[test]
    fn errors_say_where_to_look() {
        let shown = CODE.write(&[0; 75]);
        let said = |text: &str| CODE.read(text).unwrap_err().to_string();
        assert_eq!(said(""), "a code has 30 groups, 0 were given");
        let mut groups: Vec<&str> = shown.split_whitespace().collect();
        groups[6] = "U0000";
        assert_eq!(
            said(&groups.join(" ")),
            "group 7 (line 2) holds `U`, which is never used"
        );
    }
}
