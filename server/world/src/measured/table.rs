//! One CSV file, row by row. An error names the file and the line as an editor counts it.

use super::MeasuredError;
use csv::{ErrorKind, Position, StringRecord};

/// Longest text in a field, bytes.
const MAX_TEXT: usize = 256;

/// One open file.
pub(super) struct Table<'a> {
    file: &'static str,
    bytes: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    columns: Vec<(&'static str, Option<usize>)>,
}

impl<'a> Table<'a> {
    /// Opens a file whose header has the columns `required`; those of `optional` may be missing
    /// and are then empty. Any others are not looked at.
    pub(super) fn open(
        file: &'static str,
        bytes: &'a [u8],
        required: &[&'static str],
        optional: &[&'static str],
    ) -> Result<Self, MeasuredError> {
        let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
        let header = reader
            .headers()
            .map_err(|error| csv_error(file, bytes, &error))?
            .clone();
        let place = |name: &str| header.iter().position(|column| column.trim() == name);
        let mut columns = Vec::new();
        for name in required {
            let found = place(name).ok_or_else(|| MeasuredError::Line {
                file,
                line: 1,
                what: format!("the header has no column `{name}`"),
            })?;
            columns.push((*name, Some(found)));
        }
        columns.extend(optional.iter().map(|name| (*name, place(name))));
        Ok(Self {
            file,
            bytes,
            reader,
            columns,
        })
    }

    /// The next row, or none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, MeasuredError> {
        let mut record = StringRecord::new();
        let more = self
            .reader
            .read_record(&mut record)
            .map_err(|error| csv_error(self.file, self.bytes, &error))?;
        Ok(more.then_some(Row {
            file: self.file,
            bytes: self.bytes,
            record,
            columns: &self.columns,
        }))
    }
}

/// One line of a file.
pub(super) struct Row<'a> {
    file: &'static str,
    bytes: &'a [u8],
    record: StringRecord,
    columns: &'a [(&'static str, Option<usize>)],
}

impl Row<'_> {
    /// An error about this line.
    pub(super) fn wrong(&self, what: impl Into<String>) -> MeasuredError {
        MeasuredError::Line {
            file: self.file,
            line: line(self.bytes, self.record.position()),
            what: what.into(),
        }
    }

    /// The field of a column, without the spaces around it; empty for a column that the file
    /// does not have.
    pub(super) fn text(&self, name: &str) -> Result<&str, MeasuredError> {
        let column = self.columns.iter().find(|(column, _)| *column == name);
        let field = column.and_then(|(_, place)| self.record.get((*place)?));
        let text = field.unwrap_or("").trim();
        if text.len() > MAX_TEXT {
            let what = format!("`{name}` is longer than {MAX_TEXT} bytes");
            return Err(self.wrong(what));
        }
        if let Some(found) = text.chars().find(|c| c.is_control()) {
            let code = u32::from(found);
            let what = format!(
                "`{name}` holds the control character U+{code:04X}; \
                 is the file UTF-8, and encoded once?"
            );
            return Err(self.wrong(what));
        }
        Ok(text)
    }

    /// A number of a column within a range.
    pub(super) fn number(&self, name: &str, range: (f64, f64)) -> Result<f64, MeasuredError> {
        let text = self.text(name)?;
        let (from, to) = range;
        if text.is_empty() {
            let what = format!("`{name}` is empty; a number from {from} to {to} is expected");
            return Err(self.wrong(what));
        }
        let value: f64 = text
            .parse()
            .map_err(|_| self.wrong(format!("`{name}` is `{text}`, not a number")))?;
        if (from..=to).contains(&value) {
            Ok(value)
        } else {
            Err(self.wrong(format!("`{name}` is {text}; {from} to {to} is allowed")))
        }
    }
}

fn csv_error(file: &'static str, bytes: &[u8], error: &csv::Error) -> MeasuredError {
    let what = match error.kind() {
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("{len} fields where the header has {expected_len}"),
        ErrorKind::Utf8 { .. } => "not UTF-8".to_owned(),
        _ => error.to_string(),
    };
    MeasuredError::Line {
        file,
        line: line(bytes, error.position()),
        what,
    }
}

/// The line of a position, counted from 1. (The reader's own count is that of the line before
/// where lines end in CR LF, for its records then begin at the LF.)
fn line(bytes: &[u8], position: Option<&Position>) -> u64 {
    let byte = position.and_then(|position| usize::try_from(position.byte()).ok());
    let (before, after) = bytes.split_at(byte.unwrap_or(0).min(bytes.len()));
    let skipped = after.iter().take_while(|byte| b"\r\n".contains(byte));
    let ends = before.iter().chain(skipped).filter(|byte| **byte == b'\n');
    1 + ends.count() as u64
}
