//! Why a piece of work was not done. The census is as it was.

use census::review::Refusal;
use census::sheet::Conflict;

/// Words in both languages; both texts take the same arguments.
macro_rules! words {
    ($code:literal, $zh:literal, $en:literal $(, $arg:expr)* $(,)?) => {
        $crate::Words { code: $code, zh: format!($zh $(, $arg)*), en: format!($en $(, $arg)*) }
    };
}
pub(crate) use words;

/// The words of an error of another part that knows both languages.
macro_rules! both {
    ($code:literal, $error:expr) => {{
        let error = &$error;
        $crate::Words { code: $code, zh: error.zh(), en: error.to_string() }
    }};
}
pub(crate) use both;

/// Why a piece of work was not done.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was given cannot be worked with.
    #[error("{0}")]
    BadInput(Words),
    /// A rule of the census does not allow it.
    #[error("{0}")]
    Refused(Words),
    /// The review chain does not allow it (评审环节).
    #[error(transparent)]
    Review(#[from] Refusal),
    /// The sheet moved on meanwhile, or the revision cannot be put on its chain: one a revision.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Conflict(Vec<Conflict>),
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The person asked to stop.
    #[error("stopped; nothing was changed")]
    Stopped,
    /// Something that must not happen: a fault of the census or of the program.
    #[error("{0}")]
    Fault(String),
}

impl Error {
    pub fn bad(words: Words) -> Error {
        Error::BadInput(words)
    }

    pub fn refused(words: Words) -> Error {
        Error::Refused(words)
    }

    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Error::BadInput(words) | Error::Refused(words) => words.zh.clone(),
            Error::Store(error) => error.zh(),
            Error::Stopped => "已停止；没有任何改变".to_owned(),
            Error::Review(_) | Error::Conflict(_) | Error::Fault(_) => self.to_string(),
        }
    }
}

/// What is wrong, for machines and for people.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Words {
    /// `not_checked`: of a closed list, named where the words are made.
    pub code: &'static str,
    pub zh: String,
    pub en: String,
}

impl Words {
    /// The same text in both languages: names and numbers, or words of a part that knows one language only.
    pub fn plain(code: &'static str, text: impl Into<String>) -> Words {
        let zh = text.into();
        Words { code, en: zh.clone(), zh }
    }
}

/// A language that words are kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    Zh,
    En,
}

impl Words {
    /// The text in one language: for reasons that are kept with what they explain.
    pub fn of(self, language: Language) -> String {
        match language {
            Language::Zh => self.zh,
            Language::En => self.en,
        }
    }
}

impl From<report::read::ReadError> for Error {
    fn from(error: report::read::ReadError) -> Error {
        Error::BadInput(both!("unreadable_file", error))
    }
}

impl From<report::write::WriteError> for Error {
    fn from(error: report::write::WriteError) -> Error {
        Error::Fault(error.to_string())
    }
}

impl std::fmt::Display for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.en)
    }
}
