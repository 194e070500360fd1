//! The store (普查库): the only code that speaks SQL. SQLite by default, PostgreSQL by URL.
//!
//! [`Store::open`] a census, [`Store::read`] from it, and change it only inside [`Store::write`],
//! which takes an [`Event`]: who, when and what. The audit row is written in the same transaction
//! as the change; there is no way to write without one. One writer at a time, on both databases.
//!
//! Knows nothing of HTTP, rendering, what a rule means.

mod account;
mod attach;
mod audit;
mod backup;
mod batch;
mod changes;
mod check;
mod db;
mod directory;
mod error;
mod event;
mod frame;
mod ground;
mod holder;
mod ids;
mod job;
mod library;
mod login;
mod meeting;
mod migrate;
mod pair;
mod place;
mod progress_counts;
mod read;
mod review;
mod row;
mod schema;
mod sheet;
mod special;
mod split;
mod store;
mod table;
mod table_list;
#[cfg(test)]
mod tests;
mod verify;
mod worklist;
mod write;

pub use account::Accounted;
pub use attach::{Attachment, Citation, Draft, SecondEntry};
pub use audit::{AuditRow, AuditSearch};
pub use batch::{Change, Landed};
pub use changes::{Seen, UnitChange};
pub use check::{CheckedUnit, RunSummary};
pub use directory::{DirectoryFilter, DirectoryRow};
pub use error::{Error, Foreign, Holder, Thing};
pub use event::{Event, What};
pub use frame::{DecidedBy, Decision, ImportFile, ImportKind, Imported, Page};
pub use ground::GroundChange;
pub use ids::Ids;
pub use job::{Claimed, Job, JobRow};
pub use library::{Library, LibraryUnit};
pub use login::{Login, LoginChange, LoginState, Secrets, Session};
pub use meeting::{Meeting, MeetingVersion};
pub use migrate::Rehearsal;
pub use pair::PairDecision;
pub use progress_counts::{DueQuery, ListedCount, QueryCount, Snapshot, StateCount};
pub use read::{Cursor, Read, Scope};
pub use review::{Kept, QueryRow};
pub use sheet::{Collected, Saved};
pub use special::{FieldRecord, KeptRecords};
pub use split::{Direction, Offered, PackageRow, PlacingRow};
pub use store::{Census, Options, Store};
pub use table::{StoredTable, TableKey};
pub use table_list::{OneTable, Source, TableHead};
pub use verify::{Problem, Verified};
pub use worklist::{ReviewStepRow, RuleCount, UnitEvent, WaitingPlace, WaitingRow};
pub use write::Writing;

/// What every function of the store gives back.
pub type Result<T> = std::result::Result<T, Error>;
