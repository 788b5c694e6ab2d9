//! Claims as deterministic CBOR (RFC 8949, section 4.2.1): shortest forms, sorted keys, definite
//! lengths.

use crate::ar4si::Tier;
use crate::schema::{Claim, ClaimError, Kind, MAX_LIST, Map, Value};
use ciborium::value::Integer;
use std::collections::BTreeMap;

/// Deepest nesting that a reader follows; claims nest seven deep.
const MAX_DEPTH: usize = 16;

/// Why bytes are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// Not CBOR.
    #[error("not CBOR: {0}")]
    Malformed(String),
    /// CBOR, but not these claims.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// These claims, in another form than the deterministic one.
    #[error("not the deterministic encoding of its claims")]
    NotDeterministic,
}

/// The one encoding of some claims.
pub(crate) fn encode(map: &Map) -> Vec<u8> {
    write(&of_map(map))
}

/// The encoding of a value whose maps are sorted already.
pub(crate) fn write(value: &ciborium::Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("writing to memory does not fail");
    bytes
}

/// Reads one CBOR item that fills all bytes.
pub(crate) fn read(bytes: &[u8]) -> Result<ciborium::Value, CborError> {
    let mut rest = bytes;
    let value = ciborium::de::from_reader_with_recursion_limit(&mut rest, MAX_DEPTH)
        .map_err(|error| CborError::Malformed(error.to_string()))?;
    match rest {
        [] => Ok(value),
        _ => Err(CborError::Malformed("bytes follow its end".into())),
    }
}

/// Reads the claims of a table; refuses every other form of them.
pub(crate) fn decode(bytes: &[u8], table: &'static [Claim]) -> Result<Map, CborError> {
    let map = map_of("claims", read(bytes)?, table)?;
    match encode(&map) == bytes {
        true => Ok(map),
        false => Err(CborError::NotDeterministic),
    }
}

fn of_map(map: &Map) -> ciborium::Value {
    let entry = |(claim, value): (&Claim, &Value)| (claim.label.into(), of_value(value));
    ciborium::Value::Map(map.iter().map(entry).collect())
}

fn of_value(value: &Value) -> ciborium::Value {
    match value {
        Value::Tier(tier) => tier.number().into(),
        Value::Trust(claim) => (*claim).into(),
        Value::Number(number) => (*number).into(),
        Value::Flag(flag) => (*flag).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Bytes(bytes) => bytes.as_slice().into(),
        Value::List(items) => ciborium::Value::Array(items.iter().map(of_value).collect()),
        Value::Map(map) => of_map(map),
        Value::Submodules(maps) => {
            let mut sorted: Vec<(&String, &Map)> = maps.iter().collect();
            // The order of their encodings: the length stands before the text.
            sorted.sort_by_key(|(name, _)| (name.len(), name.as_str()));
            let entry = |(name, map): (&String, &Map)| (name.as_str().into(), of_map(map));
            ciborium::Value::Map(sorted.into_iter().map(entry).collect())
        }
    }
}

fn map_of(name: &str, value: ciborium::Value, table: &'static [Claim]) -> Result<Map, ClaimError> {
    let ciborium::Value::Map(entries) = value else {
        return Err(ClaimError::new(name, "a map is expected"));
    };
    let mut map = Map::new(table);
    for (label, value) in entries {
        let label = integer(&label)
            .and_then(|label| i64::try_from(label).ok())
            .ok_or_else(|| ClaimError::new(name, "its labels must be integers"))?;
        let Some(claim) = table.iter().find(|claim| claim.label == label) else {
            let problem = format!("label {label} is not known to this profile");
            return Err(ClaimError::new(name, problem));
        };
        map.set(label, value_of(claim.name, value, &claim.kind)?)?;
    }
    map.complete()
}

fn value_of(name: &str, value: ciborium::Value, kind: &Kind) -> Result<Value, ClaimError> {
    let unfit = || ClaimError::new(name, "a value of another kind, or out of range");
    Ok(match (kind, value) {
        (Kind::Tier, value) => {
            let number = integer(&value).ok_or_else(unfit)?;
            let mut all = Tier::ALL.into_iter();
            Value::Tier(
                all.find(|tier| i128::from(tier.number()) == number)
                    .ok_or_else(unfit)?,
            )
        }
        (Kind::Trust, value) => {
            let number = integer(&value).ok_or_else(unfit)?;
            Value::Trust(i8::try_from(number).map_err(|_| unfit())?)
        }
        (Kind::Number, value) => {
            let number = integer(&value).ok_or_else(unfit)?;
            Value::Number(u64::try_from(number).map_err(|_| unfit())?)
        }
        (Kind::Flag, ciborium::Value::Bool(flag)) => Value::Flag(flag),
        (Kind::Text | Kind::Constant(_), ciborium::Value::Text(text)) => Value::Text(text),
        (Kind::Bytes(..), ciborium::Value::Bytes(bytes)) => Value::Bytes(bytes),
        (Kind::List(kind), ciborium::Value::Array(items)) if items.len() <= MAX_LIST => {
            let items = items.into_iter().map(|item| value_of(name, item, kind));
            Value::List(items.collect::<Result<_, _>>()?)
        }
        (Kind::Map(table), value) => Value::Map(map_of(name, value, table)?),
        (Kind::Submodules(table_of), ciborium::Value::Map(entries)) => {
            let mut maps = BTreeMap::new();
            for (name, value) in entries {
                let name = name.into_text().map_err(|_| unfit())?;
                let table = table_of(&name).ok_or_else(|| {
                    ClaimError::new("submods", "a submodule that is not known to this profile")
                })?;
                let map = map_of(&name, value, table)?;
                if maps.insert(name, map).is_some() {
                    return Err(ClaimError::new("submods", "a submodule stands here twice"));
                }
            }
            Value::Submodules(maps)
        }
        _ => return Err(unfit()),
    })
}

fn integer(value: &ciborium::Value) -> Option<i128> {
    value.as_integer().map(|number: Integer| number.into())
}
