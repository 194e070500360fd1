//! Audit (审核): the instrument's rules and the reading of the sheets, over one unit or a province alike.
//!
//! Compile once ([`Checker::new`]), then [`run`] as often as wanted: the same unit alone and in
//! any batch, with any number of threads, gives the same findings.

mod batch;
mod checker;
mod derive;
mod layout;
mod message;
mod native;
mod run;

pub use batch::{Needs, batch};
pub use checker::{Checker, DueForm};
pub use derive::{Known, Sum, Sums};
pub use message::{message, messages};
pub use native::{NATIVE, Native};
pub use run::{Checked, Context, Running, again, due_forms, run};
