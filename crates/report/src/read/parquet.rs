//! Parquet files: texts, whole numbers, decimals and days; fractions only when they are short.

use std::fs::File;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

use super::ReadError;

/// The rows of a Parquet file as texts, the headings first; memory holds one row group.
pub(crate) fn rows(
    path: &Path,
) -> Result<impl Iterator<Item = Result<(u64, Vec<String>), ReadError>> + 'static, ReadError> {
    let file = File::open(path).map_err(|e| ReadError::Open { file: path.to_owned(), why: e.to_string() })?;
    if file.metadata().is_ok_and(|m| m.len() == 0) {
        return Err(ReadError::Empty { file: path.to_owned() });
    }
    let path = path.to_owned();
    let damaged = {
        let path = path.clone();
        move |e: parquet::errors::ParquetError| ReadError::Parquet { file: path.clone(), why: e.to_string() }
    };
    let reader = SerializedFileReader::new(file).map_err(&damaged)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let headings: Vec<String> = schema.root_schema().get_fields().iter().map(|f| f.name().to_owned()).collect();
    let rows = reader.into_iter().zip(1u64..).map(move |(row, line)| {
        let row: Row = row.map_err(&damaged)?;
        let mut cells = Vec::with_capacity(row.len());
        for (column, field) in row.get_column_iter() {
            cells.push(text(field).map_err(|value| ReadError::Fraction {
                file: path.clone(),
                line,
                column: column.clone(),
                value,
            })?);
        }
        Ok((line, cells))
    });
    Ok(std::iter::once(Ok((0, headings))).chain(rows))
}

/// A field as a person would type it; a number with float noise is given back as the error.
fn text(field: &Field) -> Result<String, String> {
    Ok(match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Double(number) => short(number.to_string())?,
        Field::Float(number) => short(number.to_string())?,
        Field::Bool(true) => "1".to_owned(),
        Field::Bool(false) => "2".to_owned(),
        Field::TimestampMillis(_) | Field::TimestampMicros(_) => {
            field.to_string().split(' ').next().unwrap_or_default().to_owned()
        }
        other => other.to_string(),
    })
}

/// Shortest form of a binary number; twelve digits are more than anybody measures, noise has more.
fn short(number: String) -> Result<String, String> {
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    if digits > 12 && number.contains('.') { Err(number) } else { Ok(number) }
}
