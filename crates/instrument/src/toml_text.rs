//! TOML files of a package, with the line of every value that may be wrong.

use serde::de::DeserializeOwned;
use toml::Spanned;

use crate::files::Files;
use crate::problem::{PackageError, Problems, line_at};

/// A read TOML file: its values carry their place ([`Spanned`]), this turns places into lines.
#[derive(Debug)]
pub struct TomlText {
    pub file: String,
    text: String,
}

impl TomlText {
    /// Reads a file into `T`; a missing file, broken text and unknown or missing keys are problems.
    pub fn read<T: DeserializeOwned>(files: &dyn Files, file: &str, problems: &mut Problems) -> Option<(T, TomlText)> {
        let Some(bytes) = files.read(file) else {
            problems.add(PackageError::new(file, 0, "", "the file is missing").hint("put it back"));
            return None;
        };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let Ok(text) = std::str::from_utf8(bytes) else {
            problems.add(PackageError::new(file, 0, "", "not UTF-8 text").hint("save it as UTF-8"));
            return None;
        };
        let source = TomlText { file: file.to_owned(), text: text.to_owned() };
        match toml::from_str(&source.text) {
            Ok(read) => Some((read, source)),
            Err(error) => {
                let line = error.span().map_or(0, |span| line_at(&source.text, span.start));
                problems.add(PackageError::new(file, line, "", error.message().to_owned()));
                None
            }
        }
    }

    /// The line a value stands on.
    pub fn line<T>(&self, value: &Spanned<T>) -> u32 {
        line_at(&self.text, value.span().start)
    }

    /// A problem with a value; `key` is its name in the file.
    pub fn problem<T>(&self, value: &Spanned<T>, key: &str, message: impl Into<String>) -> PackageError {
        PackageError::new(&self.file, self.line(value), key, message)
    }

    /// A value that is none of the known words.
    pub fn unknown<'a>(
        &self,
        value: &Spanned<String>,
        key: &str,
        what: &str,
        known: impl IntoIterator<Item = &'a str> + Clone,
        problems: &mut Problems,
    ) {
        problems.unknown((&self.file, self.line(value), key), what, value.get_ref(), known);
    }
}
