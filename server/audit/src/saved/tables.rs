//! The tables of a saved listing, made from its rows one page after another: the same rows give the same bytes.

use crate::output::Column;
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use ring::digest::{Context, SHA256};
use serde_json::Value;
use std::io::{self, Write};
use std::sync::Arc;

/// Rows of a row group of the Parquet file: what is held in memory.
const GROUP: usize = 10_000;

/// Who made the tables, as the manifest and the Parquet file say.
pub(super) const WRITTEN_BY: &str = concat!("domicile-audit ", env!("CARGO_PKG_VERSION"));

/// A writer that knows the SHA-256 of what went through it.
pub(super) struct Hashed<W> {
    out: W,
    digest: Context,
}

impl<W: Write> Hashed<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            digest: Context::new(&SHA256),
        }
    }

    /// What it wrote to, and the digest as hexadecimal text.
    pub(super) fn finish(mut self) -> io::Result<(W, String)> {
        self.out.flush()?;
        let digest = self.digest.finish();
        Ok((self.out, data_encoding::HEXLOWER.encode(digest.as_ref())))
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The three tables at once.
pub(super) struct Tables<W: Write + Send> {
    columns: &'static [Column],
    ndjson: W,
    csv: csv::Writer<W>,
    parquet: SerializedFileWriter<W>,
    group: Vec<Value>,
}

impl<W: Write + Send> Tables<W> {
    pub(super) fn new(
        columns: &'static [Column],
        [ndjson, csv, parquet]: [W; 3],
    ) -> io::Result<Self> {
        let mut csv = csv::Writer::from_writer(csv);
        csv.write_record(columns.iter().map(|column| column.field))?;
        let properties = WriterProperties::builder()
            .set_created_by(WRITTEN_BY.to_owned())
            .build();
        let parquet = SerializedFileWriter::new(
            parquet,
            schema(columns).map_err(io_error)?,
            Arc::new(properties),
        );
        Ok(Self {
            columns,
            ndjson,
            csv,
            parquet: parquet.map_err(io_error)?,
            group: Vec::new(),
        })
    }

    /// Adds the rows of a page.
    pub(super) fn rows(&mut self, rows: Vec<Value>) -> io::Result<()> {
        for row in rows {
            serde_json::to_writer(&mut self.ndjson, &row)?;
            self.ndjson.write_all(b"\n")?;
            self.csv
                .write_record(self.columns.iter().map(|column| column.exact(&row)))?;
            self.group.push(row);
            if self.group.len() == GROUP {
                self.write_group()?;
            }
        }
        Ok(())
    }

    /// Ends the tables and gives back what they were written to, in the order of [`super::TABLES`].
    pub(super) fn finish(mut self) -> io::Result<[W; 3]> {
        if !self.group.is_empty() {
            self.write_group()?;
        }
        let csv = self.csv.into_inner().map_err(|error| error.into_error())?;
        let parquet = self.parquet.into_inner().map_err(io_error)?;
        Ok([self.ndjson, csv, parquet])
    }

    fn write_group(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.group);
        write_group(&mut self.parquet, self.columns, &rows).map_err(io_error)
    }
}

/// Every column is text that may be absent, named as in the CSV with `_` between levels.
fn schema(columns: &[Column]) -> Result<Arc<Type>, ParquetError> {
    let fields = columns
        .iter()
        .map(|column| {
            Type::primitive_type_builder(&column.field.replace('.', "_"), Physical::BYTE_ARRAY)
                .with_repetition(Repetition::OPTIONAL)
                .with_logical_type(Some(LogicalType::String))
                .build()
                .map(Arc::new)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let schema = Type::group_type_builder("rows")
        .with_fields(fields)
        .build()?;
    Ok(Arc::new(schema))
}

fn write_group<W: Write + Send>(
    file: &mut SerializedFileWriter<W>,
    columns: &[Column],
    rows: &[Value],
) -> Result<(), ParquetError> {
    let mut group = file.next_row_group()?;
    for column in columns {
        let cells: Vec<Option<String>> = rows.iter().map(|row| column.cell(row)).collect();
        let present: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
        let texts: Vec<ByteArray> = cells
            .into_iter()
            .flatten()
            .map(|text| ByteArray::from(text.into_bytes()))
            .collect();
        let mut writer = group
            .next_column()?
            .ok_or_else(|| ParquetError::General("a column too few".into()))?;
        writer
            .typed::<ByteArrayType>()
            .write_batch(&texts, Some(&present), None)?;
        writer.close()?;
    }
    group.close()?;
    Ok(())
}

fn io_error(error: ParquetError) -> io::Error {
    io::Error::other(error)
}
