//! Listings: page after page, until there is enough.

use super::{CommandError, Exit};
use crate::cli::PageArgs;
use crate::client::Client;
use crate::output::{Column, Format, Listing};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use std::io::Write;
use std::time::{Duration, Instant};

/// Rows of one page, at most.
const PAGE: u64 = 1000;

/// When a listing lasts longer, it says how far it is.
const QUIET: Duration = Duration::from_secs(2);

/// One page to ask for.
pub(super) struct Ask {
    pub(super) limit: u64,
    pub(super) cursor: Option<String>,
}

/// Asks for pages until the limit or the end, and writes them.
pub(super) async fn run(
    client: &mut Client,
    format: Format,
    columns: &[Column],
    args: &PageArgs,
    path: impl Fn(&Ask) -> String,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    run_with(client, format, columns, args, path, |_| (), out).await
}

/// The same, with something done to every row.
pub(super) async fn run_with(
    client: &mut Client,
    format: Format,
    columns: &[Column],
    args: &PageArgs,
    path: impl Fn(&Ask) -> String,
    each: impl Fn(&mut Value),
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let mut left = if args.all { u64::MAX } else { args.limit };
    let mut next = args.cursor.clone();
    let mut listing = Listing::new(out, format, columns);
    let mut progress = Progress::new();
    while left > 0 {
        let ask = Ask {
            limit: left.min(PAGE),
            cursor: next.clone(),
        };
        let (rows, following) = page(client.json(&path(&ask)).await?)?;
        let rows = rows
            .into_iter()
            .take(usize::try_from(ask.limit).unwrap_or(usize::MAX));
        let mut rows: Vec<Value> = rows.collect();
        rows.iter_mut().for_each(&each);
        let count = rows.len() as u64;
        progress.add(count);
        left -= count;
        listing.rows(rows)?;
        if following.is_some() && following == next {
            return Err(CommandError::Answer(
                "the same cursor again and again".into(),
            ));
        }
        next = following;
        if next.is_none() {
            break;
        }
    }
    progress.end();
    listing.end(next.as_deref())?;
    if let Some(cursor) = next.filter(|_| format != Format::Json) {
        eprintln!("there are more: --cursor {}", crate::output::plain(&cursor));
    }
    Ok(Exit::Ok)
}

/// A listing that is one answer.
pub(super) async fn whole(
    client: &mut Client,
    format: Format,
    columns: &[Column],
    path: &str,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let (rows, _) = page(client.json(path).await?)?;
    let mut listing = Listing::new(out, format, columns);
    listing.rows(rows)?;
    listing.end(None)?;
    Ok(Exit::Ok)
}

/// The rows of a page and the cursor of the next.
fn page(answer: Value) -> Result<(Vec<Value>, Option<String>), CommandError> {
    let wrong = |what: &str| CommandError::Answer(format!("a page without {what}"));
    let Value::Object(mut answer) = answer else {
        return Err(wrong("fields"));
    };
    let Some(Value::Array(rows)) = answer.remove("items") else {
        return Err(wrong("`items`"));
    };
    match answer.remove("next") {
        None | Some(Value::Null) => Ok((rows, None)),
        Some(Value::String(next)) => Ok((rows, Some(next))),
        Some(_) => Err(wrong("a `next` that is text")),
    }
}

/// Says on a terminal how many rows have come, once it takes long.
struct Progress {
    since: Instant,
    rows: u64,
    bar: Option<ProgressBar>,
}

impl Progress {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            rows: 0,
            bar: None,
        }
    }

    fn add(&mut self, rows: u64) {
        self.rows += rows;
        if self.bar.is_none() && self.since.elapsed() > QUIET {
            let style = ProgressStyle::with_template("{spinner} {pos} rows, {per_sec}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
            self.bar = Some(ProgressBar::new_spinner().with_style(style));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.rows);
        }
    }

    fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn only_pages_are_pages() {
        let (rows, next) = page(json!({"items": [1, 2], "next": "c"})).unwrap();
        assert_eq!((rows.len(), next.as_deref()), (2, Some("c")));
        assert_eq!(page(json!({"items": []})).unwrap(), (vec![], None));
        for wrong in [
            json!([]),
            json!({}),
            json!({"items": 1}),
            json!({"items": [], "next": 3}),
        ] {
            assert!(page(wrong).is_err());
        }
    }
}
