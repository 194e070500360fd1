//! The review chain (评审环节): a state machine whose states carry what is known in them.
//!
//! [`step`] takes where a unit stands, an event and the person behind it, and gives where it
//! stands next, or a named [`Refusal`]. Which steps there are, who does them and which totals
//! they open comes from the instrument's `review.toml`.

mod event;
mod page;
mod query;
mod recheck;
mod refusal;
mod state;
mod step;
mod steps;
mod table;

pub use event::{Actor, Answer, Event, EventKind, Met};
pub use page::page;
pub use query::{Explanation, Query, QueryState, open_queries};
pub use recheck::{Recheck, RecheckRates, Tolerance, recheck};
pub use refusal::Refusal;
pub use state::{
    AreaLevelName, Draft, Frozen, Passed, PreChecked, SelfChecked, Signed, Stamp, StateKind, UnitState, Visit,
};
pub use step::{Case, Moved, UnitReview, step};
pub use steps::{Awaiting, awaiting, next_step, passed_at};

#[cfg(test)]
mod tests;
