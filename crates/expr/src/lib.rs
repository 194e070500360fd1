//! The language of a census: rules, derived items, applicability, factor formulas.
//!
//! Parse, check types and units of measure, compile once, evaluate by column,
//! exactly: a value is an `i64` scaled by its item's decimals; nothing here
//! uses binary floating point. Start reading at [`schema`] (what may be
//! named), then [`batch`] (values in), [`compile`] and [`outcome`] (findings out).
//!
//! Knows nothing of forms, surveyed units, files, databases, clocks.

pub mod ast;
pub mod batch;
pub mod calendar;
pub mod check_digit;
pub mod compile;
pub mod diagnostic;
pub mod exact;
pub mod formula;
mod graph;
pub mod lint;
pub mod measure;
pub mod outcome;
pub mod parse;
pub mod print;
pub mod run;
pub mod schema;
mod sets;
mod texts;
pub mod token;

pub use diagnostic::{Diagnostic, Severity, Span};
pub use outcome::{Counts, Keep, Outcome, Place, Reason, RuleOutcomes, Unknown};
pub use schema::Schema;
