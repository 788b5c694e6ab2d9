#![allow(clippy::unwrap_used)]
use super::*;
use crate::checkpoint::{Head, HeadError};
use proptest::prelude::*;

const ORIGIN: &str = "log.example.com/eu/2026";

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn key(seed: u8) -> VerifierKey {
    VerifierKey {
        name: ORIGIN.into(),
        usage: KeyUse::Log,
        public: public_key(&pair(seed)),
    }
}

fn rotation(old: u8, new: u8, index: u64) -> LogKeyStatement {
    LogKeyStatement::rotation(&pair(old), &pair(new), ORIGIN, index, [7; 32])
}

fn first(seed: u8, index: u64) -> LogKeyStatement {
    LogKeyStatement::first_use(&pair(seed), ORIGIN, index, [6; 32])
}

fn retirement(seed: u8, index: u64) -> LogKeyStatement {
    LogKeyStatement::retirement(&pair(seed), ORIGIN, index, [8; 32])
}

fn records(statements: Vec<LogKeyStatement>) -> Vec<LogKeyRecord> {
    let record = |statement: LogKeyStatement| LogKeyRecord {
        time_ms: 1000 + statement.index,
        salt: [3; 32],
        statement,
    };
    statements.into_iter().map(record).collect()
}

fn keys(given: u8, statements: Vec<LogKeyStatement>) -> Result<LogKeys, LogKeysError> {
    LogKeys::new(key(given), records(statements))
}

fn checkpoint(seed: u8, size: u64) -> String {
    Head::sign(&pair(seed), ORIGIN, size, [9; 32]).to_note(&key(seed).public)
}

#[test]
fn the_text_is_as_documented() {
    let said = rotation(1, 2, 40);
    let root = STANDARD.encode([7; 32]);
    let expected = format!(
        "domicile/log-key/v1\n{ORIGIN}\nrotation\n40\n{root}\n{}\n{}\n\n",
        key(2),
        key(1)
    );
    assert!(said.note.starts_with(&expected), "{}", said.note);
    assert_eq!(said.note.lines().count(), 10);
    assert!(first(1, 2).note.contains("\nfirst-use\n2\n"));
    assert!(retirement(1, 2).note.contains("\n-\n\n"));
    for said in [said, first(1, 0), retirement(1, 9)] {
        assert_eq!(LogKeyStatement::open(said.note.as_bytes()), Ok(said));
    }
}

/// Neither a stolen new key nor a stolen old key makes a rotation without the other.
#[test]
fn a_rotation_without_either_signature_is_refused() {
    let honest = rotation(1, 2, 40).note;
    let (text, lines) = honest.split_once("\n\n").unwrap();
    let [old, new] = lines.lines().collect::<Vec<_>>()[..] else {
        panic!("{lines}")
    };
    let with = |lines: &[&str]| format!("{text}\n\n{}\n", lines.join("\n"));
    assert_eq!(with(&[old, new]), honest);
    for bad in [
        with(&[old]),
        with(&[new]),
        with(&[new, new]),
        with(&[old, old]),
        with(&[new, old]),
        with(&[old, new, new]),
    ] {
        assert!(LogKeyStatement::open(bad.as_bytes()).is_err(), "{bad}");
    }
    // Signed by the new key in the old one's name.
    let forged = LogKeyStatement::rotation(&pair(2), &pair(3), ORIGIN, 40, [7; 32]).note;
    let forged = forged.replace(&key(2).to_string(), &key(1).to_string());
    let forged = forged.replace(&key(3).to_string(), &key(2).to_string());
    assert!(LogKeyStatement::open(forged.as_bytes()).is_err());
}

#[test]
fn every_changed_byte_of_a_statement_is_refused() {
    let honest = rotation(1, 2, 40).note.into_bytes();
    LogKeyStatement::open(&honest).unwrap();
    for at in 0..honest.len() {
        for bit in 0..8 {
            let mut changed = honest.clone();
            changed[at] ^= 1 << bit;
            assert!(
                LogKeyStatement::open(&changed).is_err(),
                "byte {at} bit {bit}"
            );
        }
    }
}

#[test]
fn no_statement_is_a_checkpoint_and_no_checkpoint_a_statement() {
    let note = rotation(1, 2, 40).note;
    assert!(Head::from_note(note.as_bytes(), ORIGIN, &key(1).public).is_err());
    let name = "domicile/log-key/v1";
    assert!(Head::from_note(note.as_bytes(), name, &key(1).public).is_err());
    assert!(
        tlog_tiles::Checkpoint::from_bytes(note.split_once("\n\n").unwrap().0.as_bytes()).is_err()
    );
    assert!(LogKeyStatement::open(checkpoint(1, 40).as_bytes()).is_err());
}

#[test]
fn each_key_signs_its_span_whichever_key_was_given() {
    for given in 1..=3 {
        let said = vec![first(1, 2), rotation(1, 2, 40), rotation(2, 3, 90)];
        let keys = keys(given, said).unwrap();
        assert_eq!(keys.in_force(), Some(&key(3)));
        for (seed, from, to) in [(1, 0, 41), (2, 41, 91), (3, 91, u64::MAX)] {
            for size in [0, 1, 40, 41, 42, 90, 91, 92, u64::MAX] {
                let opened = keys.open(checkpoint(seed, size).as_bytes());
                assert_eq!(opened.is_ok(), (from..=to).contains(&size), "{seed} {size}");
            }
        }
        assert!(keys.open(checkpoint(4, 50).as_bytes()).is_err());
    }
}

/// A log older than its statements: the first of them is a rotation.
#[test]
fn a_rotation_alone_names_the_key_before_it() {
    let keys = keys(2, vec![rotation(1, 2, 40)]).unwrap();
    keys.open(checkpoint(1, 12).as_bytes()).unwrap();
    keys.open(checkpoint(2, 41).as_bytes()).unwrap();
    assert!(keys.open(checkpoint(1, 42).as_bytes()).is_err());
    assert!(keys.open(checkpoint(2, 40).as_bytes()).is_err());
}

#[test]
fn after_a_retirement_nothing_is_signed() {
    let keys = keys(1, vec![first(1, 0), retirement(1, 40)]).unwrap();
    assert_eq!(keys.in_force(), None);
    keys.open(checkpoint(1, 41).as_bytes()).unwrap();
    let late = keys.open(checkpoint(1, 42).as_bytes());
    assert!(matches!(late, Err(HeadError::Retired { size: 42, .. })));
}

#[test]
fn statements_that_do_not_follow_are_refused() {
    let other = LogKeyStatement::rotation(&pair(2), &pair(3), "log.example.com/us", 90, [7; 32]);
    for bad in [
        vec![retirement(1, 4)],
        vec![first(1, 0), first(1, 4)],
        vec![first(1, 0), rotation(2, 3, 40)],
        vec![first(1, 0), retirement(2, 40)],
        vec![first(1, 0), rotation(1, 2, 40), rotation(1, 3, 41)],
        vec![first(1, 0), rotation(1, 2, 40), rotation(2, 3, 40)],
        vec![first(1, 0), rotation(1, 2, 40), rotation(2, 3, 12)],
        vec![first(1, 0), retirement(1, 40), rotation(1, 2, 41)],
        vec![first(1, 0), rotation(1, 2, 40), other],
    ] {
        let found = keys(1, bad.clone());
        assert!(matches!(found, Err(LogKeysError::Order { .. })), "{bad:?}");
    }
    // A whole history of keys, and none that was given.
    let stranger = keys(9, vec![first(1, 0), rotation(1, 2, 40)]);
    assert_eq!(stranger, Err(LogKeysError::Stranger(key(9))));
}

#[test]
fn a_page_reads_back_and_may_only_grow() {
    let short = keys(1, vec![first(1, 2), rotation(1, 2, 40)]).unwrap();
    let long = keys(1, vec![first(1, 2), rotation(1, 2, 40), rotation(2, 3, 90)]).unwrap();
    let other = keys(1, vec![first(1, 2), rotation(1, 4, 40)]).unwrap();
    assert_eq!(
        LogKeys::parse(key(1), short.page().as_bytes()),
        Ok(short.clone())
    );
    let mut learned = LogKeys::from(key(1));
    learned.learn(b"").unwrap();
    learned.learn(short.page().as_bytes()).unwrap();
    learned.learn(long.page().as_bytes()).unwrap();
    assert_eq!(learned, long);
    let refused = learned.learn(short.page().as_bytes());
    assert_eq!(refused, Err(LogKeysError::Changed { index: 90 }));
    let refused = learned.learn(other.page().as_bytes());
    assert_eq!(refused, Err(LogKeysError::Changed { index: 40 }));
    assert_eq!(learned, long);
    for bad in ["x", "record 1\n", "record 1 2 AA==\n", "record 2 3 x y\n"] {
        assert!(LogKeys::parse(key(1), bad.as_bytes()).is_err(), "{bad}");
    }
    // The line before a statement names another place than the statement does.
    let moved = short.page().replace("record 40 ", "record 41 ");
    let place = LogKeysError::Place {
        index: 41,
        said: 40,
    };
    assert_eq!(LogKeys::parse(key(1), moved.as_bytes()), Err(place));
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = LogKeys::parse(key(1), &bytes);
        prop_assert!(LogKeyStatement::open(&bytes).is_err());
    }
}
