//! What is wrong with a package: file, line, column, what was expected, and the nearest known name.

use std::fmt;

use expr::Severity;
use serde::{Serialize, Serializer};

/// One mistake in a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageError {
    /// `error` or `warning` for machines.
    #[serde(serialize_with = "severity")]
    pub severity: Severity,
    /// `forms/G102.csv`.
    pub file: String,
    /// From 1; 0 when the file as a whole is meant.
    pub line: u32,
    /// Column name of a CSV cell, key of a TOML table, or position in a rule's text; may be empty.
    pub column: String,
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl PackageError {
    pub fn new(file: &str, line: u32, column: &str, message: impl Into<String>) -> PackageError {
        PackageError {
            severity: Severity::Error,
            file: file.to_owned(),
            line,
            column: column.to_owned(),
            message: message.into(),
            hint: None,
        }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> PackageError {
        self.hint = Some(hint.into());
        self
    }

    pub fn warning(mut self) -> PackageError {
        self.severity = Severity::Warning;
        self
    }
}

impl fmt::Display for PackageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.column.is_empty() {
            write!(f, " [{}]", self.column)?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PackageError {}

// The crate of the language serialises nothing.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over by reference")]
fn severity<S: Serializer>(severity: &Severity, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    })
}

/// Collects mistakes while reading; the first does not hide the others.
#[derive(Debug, Default)]
pub struct Problems(pub Vec<PackageError>);

impl Problems {
    pub fn add(&mut self, error: PackageError) {
        self.0.push(error);
    }

    pub fn errors(&self) -> usize {
        self.0.iter().filter(|e| e.severity == Severity::Error).count()
    }

    /// An unknown word where one of several was expected.
    pub fn unknown<'a>(
        &mut self,
        place: (&str, u32, &str),
        what: &str,
        word: &str,
        known: impl IntoIterator<Item = &'a str> + Clone,
    ) {
        let (file, line, column) = place;
        let mut error = PackageError::new(file, line, column, format!("unknown {what} `{word}`"));
        // Of one or two letters every other word is near.
        let near = expr::diagnostic::nearest(word, known.clone()).filter(|_| word.len() > 2);
        if let Some(near) = near {
            error = error.hint(format!("did you mean `{near}`?"));
        } else {
            let mut all: Vec<&str> = known.into_iter().take(12).collect();
            all.sort_unstable();
            error = error.hint(format!("known: {}", all.join(", ")));
        }
        self.add(error);
    }
}

/// The line, from 1, on which a byte of a text stands.
pub fn line_at(text: &str, offset: usize) -> u32 {
    text.get(..offset).map_or(0, |before| before.matches('\n').count() as u32 + 1)
}
