//! What a claim may be, and the values of claims: one table serves CBOR, JSON and the documentation.
//!
//! A [`Map`] can only hold claims that its table names, in the table's order, which is that of
//! deterministic CBOR (RFC 8949, section 4.2.1). Everything is bounded here, for both encodings.

use crate::ar4si::Tier;
use std::collections::BTreeMap;

/// Longest text, bytes.
pub const MAX_TEXT: usize = 160;

/// Longest list, items.
pub const MAX_LIST: usize = 512;

/// Most submodules: the host, its TPM, and its devices.
pub const MAX_SUBMODULES: usize = 128;

/// Largest number: what every JSON reader takes without loss (RFC 7493).
pub const MAX_NUMBER: u64 = (1 << 53) - 1;

/// What kind of value a claim has.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A tier of AR4SI: a number in CBOR, a name in JSON.
    Tier,
    /// A trustworthiness claim of AR4SI, -128 to 127.
    Trust,
    /// A whole number up to [`MAX_NUMBER`].
    Number,
    /// True or false.
    Flag,
    /// Text of 1 to [`MAX_TEXT`] bytes without control characters.
    Text,
    /// Exactly this text.
    Constant(&'static str),
    /// So many bytes, both ends included: a byte string in CBOR, base64url without padding in JSON.
    Bytes(usize, usize),
    /// At most [`MAX_LIST`] values of a kind.
    List(&'static Kind),
    /// Claims of a table.
    Map(&'static [Claim]),
    /// Maps by name, each with the table of its name.
    Submodules(fn(&str) -> Option<&'static [Claim]>),
}

/// A line of a table.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Its label in CBOR.
    pub label: i64,
    /// Its name in JSON.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// What it says.
    pub meaning: &'static str,
    /// Where it comes from: a standard, or a field of the verdict.
    pub source: &'static str,
}

/// A value of some [`Kind`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Of [`Kind::Tier`].
    Tier(Tier),
    /// Of [`Kind::Trust`].
    Trust(i8),
    /// Of [`Kind::Number`].
    Number(u64),
    /// Of [`Kind::Flag`].
    Flag(bool),
    /// Of [`Kind::Text`] or [`Kind::Constant`].
    Text(String),
    /// Of [`Kind::Bytes`].
    Bytes(Vec<u8>),
    /// Of [`Kind::List`].
    List(Vec<Value>),
    /// Of [`Kind::Map`].
    Map(Map),
    /// Of [`Kind::Submodules`].
    Submodules(BTreeMap<String, Map>),
}

/// Why claims are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("claim `{claim}`: {problem}")]
pub struct ClaimError {
    /// Its name in JSON.
    pub claim: String,
    /// What is wrong with it.
    pub problem: String,
}

impl ClaimError {
    pub(crate) fn new(claim: &str, problem: impl Into<String>) -> Self {
        Self {
            claim: claim.into(),
            problem: problem.into(),
        }
    }
}

impl Kind {
    /// Checks a value's bounds. Its kind is the caller's to choose rightly; a value of another kind is
    /// refused all the same.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        match (self, value) {
            (Self::Tier, Value::Tier(_)) | (Self::Trust, Value::Trust(_)) => Ok(()),
            (Self::Flag, Value::Flag(_)) => Ok(()),
            (Self::Number, Value::Number(number)) if *number <= MAX_NUMBER => Ok(()),
            (Self::Text, Value::Text(text)) => check_text(text),
            (Self::Constant(wanted), Value::Text(text)) if text == wanted => Ok(()),
            (Self::Constant(wanted), Value::Text(_)) => Err(format!("{wanted:?} is expected")),
            (Self::Bytes(least, most), Value::Bytes(bytes)) => {
                let fits = (*least..=*most).contains(&bytes.len());
                fits.then_some(()).ok_or_else(|| {
                    format!("{} bytes where {least} to {most} are allowed", bytes.len())
                })
            }
            (Self::List(kind), Value::List(items)) => {
                if items.len() > MAX_LIST {
                    return Err(format!(
                        "{} items where {MAX_LIST} are allowed",
                        items.len()
                    ));
                }
                items.iter().try_for_each(|item| kind.check(item))
            }
            (Self::Map(table), Value::Map(map)) if std::ptr::eq(map.table, *table) => Ok(()),
            (Self::Submodules(_), Value::Submodules(maps)) if maps.len() <= MAX_SUBMODULES => {
                Ok(())
            }
            _ => Err("a value of another kind, or out of range".into()),
        }
    }
}

fn check_text(text: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > MAX_TEXT {
        return Err(format!(
            "{} bytes where 1 to {MAX_TEXT} are allowed",
            text.len()
        ));
    }
    if text.chars().any(char::is_control) {
        return Err("control characters are not allowed".into());
    }
    Ok(())
}

/// Claims of one table.
#[derive(Debug, Clone)]
pub struct Map {
    table: &'static [Claim],
    /// In the table's order, none for a claim that is absent.
    values: Vec<Option<Value>>,
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.table, other.table) && self.values == other.values
    }
}

impl Eq for Map {}

impl Map {
    /// No claims yet.
    pub(crate) fn new(table: &'static [Claim]) -> Self {
        Self {
            table,
            values: vec![None; table.len()],
        }
    }

    /// Sets a claim.
    ///
    /// # Errors
    /// [`ClaimError`] if the table has no such label, or the value is out of the claim's bounds.
    pub(crate) fn set(&mut self, label: i64, value: Value) -> Result<(), ClaimError> {
        let Some(at) = self.table.iter().position(|claim| claim.label == label) else {
            return Err(ClaimError::new(
                &label.to_string(),
                "not known to this profile",
            ));
        };
        let claim = &self.table[at];
        claim
            .kind
            .check(&value)
            .map_err(|problem| ClaimError::new(claim.name, problem))?;
        if self.values[at].replace(value).is_some() {
            return Err(ClaimError::new(claim.name, "stands here twice"));
        }
        Ok(())
    }

    /// Checks that every required claim is there.
    pub(crate) fn complete(self) -> Result<Self, ClaimError> {
        let lacking = self.table.iter().zip(&self.values);
        match lacking
            .into_iter()
            .find(|(claim, value)| claim.required && value.is_none())
        {
            Some((claim, _)) => Err(ClaimError::new(claim.name, "is missing")),
            None => Ok(self),
        }
    }

    /// The table that it follows.
    pub fn table(&self) -> &'static [Claim] {
        self.table
    }

    /// A claim by its label.
    pub fn get(&self, label: i64) -> Option<&Value> {
        let at = self.table.iter().position(|claim| claim.label == label)?;
        self.values[at].as_ref()
    }

    /// The claims that are there, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Claim, &Value)> {
        let all = self.table.iter().zip(&self.values);
        all.filter_map(|(claim, value)| Some((claim, value.as_ref()?)))
    }

    /// A claim that is a map.
    pub fn map(&self, label: i64) -> Option<&Map> {
        match self.get(label)? {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// A claim that is text.
    pub fn text(&self, label: i64) -> Option<&str> {
        match self.get(label)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A claim that is a number.
    pub fn number(&self, label: i64) -> Option<u64> {
        match self.get(label)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A claim that is bytes.
    pub fn bytes(&self, label: i64) -> Option<&[u8]> {
        match self.get(label)? {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}
