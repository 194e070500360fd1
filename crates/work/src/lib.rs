//! The office's work (办理): load from the store, call the census, store what came of it.
//!
//! One write path for the command line and the server: a workflow takes a [`Desk`], a store or an open change of it,
//! and what is asked for; it gives an outcome to show, or an [`Error`] that says what to do. In each error's case the
//! census is as it was.
//!
//! Knows nothing of HTTP, arguments, printing.

mod desk;
mod error;

pub mod account;
pub mod check;
pub mod disputed;
pub mod fill;
pub mod import_list;
pub mod import_sheets;
pub mod library;
pub mod matching;
pub mod package;
pub mod receive;
pub mod recheck;
pub mod review;
pub mod screen;
pub mod split;
pub mod standing;
pub mod tabulate;
pub mod verdict;

pub use desk::{Desk, Progress, Watch, on};
pub use error::{Error, Language, Words};
pub use standing::Standing;

/// A file that is made inside a change: taking it may fail, and then nothing is changed.
pub type Take<'t> = &'t mut dyn FnMut(Vec<u8>) -> Result<()>;

/// What every workflow gives back.
pub type Result<T> = std::result::Result<T, Error>;
