//! The same claims as JSON (RFC 9711, section 7.2): names instead of labels, base64url instead of
//! bytes, members sorted by name.

use crate::ar4si::Tier;
use crate::schema::{Claim, ClaimError, Kind, MAX_LIST, Map, Value};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Why text is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Malformed(String),
    /// JSON, but not these claims.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// These claims, in another form than the one written here.
    #[error("not the form in which these claims are written: sorted, without space")]
    NotDeterministic,
}

/// The one encoding of some claims.
pub(crate) fn encode(map: &Map) -> Vec<u8> {
    of_map(map).to_string().into_bytes()
}

/// Reads the claims of a table; refuses every other form of them.
pub(crate) fn decode(bytes: &[u8], table: &'static [Claim]) -> Result<Map, JsonError> {
    let json =
        serde_json::from_slice(bytes).map_err(|error| JsonError::Malformed(error.to_string()))?;
    let map = map_of("claims", &json, table)?;
    match encode(&map) == bytes {
        true => Ok(map),
        false => Err(JsonError::NotDeterministic),
    }
}

/// The claims for people: indented.
pub(crate) fn pretty(map: &Map) -> String {
    format!("{:#}", of_map(map))
}

fn of_map(map: &Map) -> Json {
    let entry = |(claim, value): (&Claim, &Value)| (claim.name.to_owned(), of_value(value));
    // Sorted here, whatever order the JSON library keeps.
    let sorted: BTreeMap<String, Json> = map.iter().map(entry).collect();
    Json::Object(sorted.into_iter().collect())
}

fn of_value(value: &Value) -> Json {
    match value {
        Value::Tier(tier) => tier.name().into(),
        Value::Trust(claim) => (*claim).into(),
        Value::Number(number) => (*number).into(),
        Value::Flag(flag) => (*flag).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Bytes(bytes) => BASE64URL_NOPAD.encode(bytes).into(),
        Value::List(items) => items.iter().map(of_value).collect(),
        Value::Map(map) => of_map(map),
        Value::Submodules(maps) => {
            let entry = |(name, map): (&String, &Map)| (name.clone(), of_map(map));
            Json::Object(maps.iter().map(entry).collect())
        }
    }
}

fn map_of(name: &str, json: &Json, table: &'static [Claim]) -> Result<Map, ClaimError> {
    let Json::Object(members) = json else {
        return Err(ClaimError::new(name, "an object is expected"));
    };
    let mut map = Map::new(table);
    for (member, value) in members {
        let Some(claim) = table.iter().find(|claim| claim.name == member) else {
            let shown: String = member.chars().take(64).collect();
            let problem = format!("member {shown:?} is not known to this profile");
            return Err(ClaimError::new(name, problem));
        };
        map.set(claim.label, value_of(claim.name, value, &claim.kind)?)?;
    }
    map.complete()
}

fn value_of(name: &str, json: &Json, kind: &Kind) -> Result<Value, ClaimError> {
    let unfit = || ClaimError::new(name, "a value of another kind, or out of range");
    Ok(match (kind, json) {
        (Kind::Tier, Json::String(text)) => {
            let mut all = Tier::ALL.into_iter();
            Value::Tier(all.find(|tier| tier.name() == text).ok_or_else(unfit)?)
        }
        (Kind::Trust, json) => {
            let number = json.as_i64().and_then(|number| i8::try_from(number).ok());
            Value::Trust(number.ok_or_else(unfit)?)
        }
        (Kind::Number, json) => Value::Number(json.as_u64().ok_or_else(unfit)?),
        (Kind::Flag, Json::Bool(flag)) => Value::Flag(*flag),
        (Kind::Text | Kind::Constant(_), Json::String(text)) => Value::Text(text.clone()),
        (Kind::Bytes(..), Json::String(text)) => {
            let bytes = BASE64URL_NOPAD.decode(text.as_bytes());
            Value::Bytes(bytes.map_err(|_| unfit())?)
        }
        (Kind::List(kind), Json::Array(items)) if items.len() <= MAX_LIST => {
            let items = items.iter().map(|item| value_of(name, item, kind));
            Value::List(items.collect::<Result<_, _>>()?)
        }
        (Kind::Map(table), json) => Value::Map(map_of(name, json, table)?),
        (Kind::Submodules(table_of), Json::Object(members)) => {
            let mut maps = BTreeMap::new();
            for (name, json) in members {
                let table = table_of(name).ok_or_else(|| {
                    ClaimError::new("submods", "a submodule that is not known to this profile")
                })?;
                maps.insert(name.clone(), map_of(name, json, table)?);
            }
            Value::Submodules(maps)
        }
        _ => return Err(unfit()),
    })
}
