//! Claims line by line, for people and for comparing.

use crate::schema::{Map, Value};
use data_encoding::HEXLOWER;

/// Every claim with its path of JSON names and its value as text: bytes in hexadecimal, lists of
/// single values on one line.
pub(crate) fn of(map: &Map) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    walk(map, "", &mut lines);
    lines
}

fn walk(map: &Map, path: &str, lines: &mut Vec<(String, String)>) {
    for (claim, value) in map.iter() {
        let path = format!("{path}{}", claim.name);
        match value {
            Value::Map(map) => walk(map, &format!("{path}."), lines),
            Value::Submodules(maps) => {
                for (name, map) in maps {
                    walk(map, &format!("{path}.{name}."), lines);
                }
            }
            Value::List(items) if items.iter().any(|item| matches!(item, Value::Map(_))) => {
                for (place, item) in items.iter().enumerate() {
                    if let Value::Map(map) = item {
                        walk(map, &format!("{path}.{place}."), lines);
                    }
                }
            }
            value => lines.push((path, text(value))),
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Tier(tier) => tier.name().to_owned(),
        Value::Trust(claim) => claim.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Text(text) => text.clone(),
        Value::Bytes(bytes) => HEXLOWER.encode(bytes),
        Value::List(items) => items.iter().map(text).collect::<Vec<_>>().join(" "),
        Value::Map(_) | Value::Submodules(_) => String::new(),
    }
}
