//! What can go wrong with a census, and what to do about it. In each case the census is as it was.

use std::path::PathBuf;
use std::time::Duration;

/// Why the store could not do something. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("{place}: there is no census here; create one with `wupu init`, or name another with --db")]
    Missing { place: String },
    #[error("{}: there is no such folder; create it first", .folder.display())]
    MissingFolder { folder: PathBuf },
    #[error("{place}: a census is here already; choose another place, or open this one")]
    AlreadyThere { place: String },
    #[error("{place}: this is not a wupu census ({why}); name another place with --db")]
    NotWupu { place: String, why: String },
    #[error("{place}: the file is damaged ({why}); keep it as it is and restore the last backup")]
    Damaged { place: String, why: String },
    #[error(
        "{place}: the file is cut off: {found} of {expected} bytes are there; keep it as it is and restore the last backup"
    )]
    Truncated { place: String, found: u64, expected: u64 },
    #[error("{place}: written by a newer program (schema {found}, this one knows {known}); use the newer program")]
    Newer { place: String, found: i64, known: i64 },
    #[error("{place}: migration {number} is not the one this census was made with; use the program it was made with")]
    MigrationChanged { place: String, number: i64 },
    #[error("{place}: migration {number} failed and was undone: {why}")]
    MigrationFailed { place: String, number: i64, why: String },
    #[error(
        "{place}: in use by {holder}; waited {} s; close that program, or try again when it is done",
        .waited.as_secs_f32()
    )]
    Locked { place: String, holder: String, waited: Duration },
    #[error("{place}: the disk is full; free some space and try again, nothing was changed")]
    Full { place: String },
    #[error("{place}: opened for reading only; check the rights of the file and its folder")]
    ReadOnly { place: String },
    #[error("{place}: access denied ({why}); check user, password and rights")]
    Denied { place: String, why: String },
    #[error("{place}: cannot be reached ({why}); check that the server runs, its address and the network")]
    Unreachable { place: String, why: String },
    #[error("unit {unit} was changed by somebody else meanwhile (seen at {seen}, now at {now}); read it again")]
    Moved { unit: String, seen: i64, now: i64 },
    #[error("there is no {what} {id} in this census")]
    Unknown { what: &'static str, id: String },
    #[error("event {id} is written already; make a new id")]
    EventTwice { id: String },
    #[error("{what}: cannot be stored: {why}")]
    Unfit { what: String, why: String },
    #[error("{what}: the stored document cannot be read ({why}); run `wupu doctor`")]
    Unreadable { what: String, why: String },
    #[error("{place}: {why}")]
    Database { place: String, why: String },
    #[error("{}: {why}", .path.display())]
    File { path: PathBuf, why: String },
}

impl Error {
    pub(crate) fn unreadable(what: impl Into<String>, why: impl ToString) -> Error {
        Error::Unreadable { what: what.into(), why: why.to_string() }
    }
}
