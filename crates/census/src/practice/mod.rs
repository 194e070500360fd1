//! The practice county (练习县): a base list and filled sheets that are plausible, obey the rules,
//! and are marked as simulated wherever they show.
//!
//! The recipes are data of the instrument; the draws depend on the seed alone.
//! With `errors`, mistakes of known kinds are planted and listed, so that
//! training and tests can tell whether a check found them.

mod combination;
pub mod dice;
mod fill;
mod list;
mod national;
mod people;
mod plant;
mod spec;

pub use fill::{Filled, fill};
pub use list::{County, ListedRow, PracticeUnit, base_list, practice_id};
pub use national::{Above, national};
pub use people::Place;
pub use plant::{Planted, plant};
