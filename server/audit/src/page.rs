//! One page of a collector's listing: its rows, and where the next goes on.

use serde_json::Value;

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its rows, as the collector wrote them.
    pub rows: Vec<Value>,
    /// The cursor of the page after it; `None` on the last.
    pub next: Option<String>,
}

impl Page {
    /// Takes an answer as a page.
    ///
    /// # Errors
    /// What it lacks.
    pub fn read(answer: Value) -> Result<Self, String> {
        let wrong = |what: &str| format!("a page without {what}");
        let Value::Object(mut answer) = answer else {
            return Err(wrong("fields"));
        };
        let Some(Value::Array(rows)) = answer.remove("items") else {
            return Err(wrong("`items`"));
        };
        let next = match answer.remove("next") {
            None | Some(Value::Null) => None,
            Some(Value::String(next)) => Some(next),
            Some(_) => return Err(wrong("a `next` that is text")),
        };
        Ok(Self { rows, next })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn only_pages_are_pages() {
        let page = Page::read(json!({"items": [1, 2], "next": "c"})).unwrap();
        assert_eq!((page.rows.len(), page.next.as_deref()), (2, Some("c")));
        let last = Page::read(json!({"items": []})).unwrap();
        assert_eq!((last.rows.len(), last.next), (0, None));
        for wrong in [
            json!([]),
            json!({}),
            json!({"items": 1}),
            json!({"items": [], "next": 3}),
        ] {
            assert!(Page::read(wrong).is_err());
        }
    }
}
