//! Matching (名录比对): which rows of one or several lists are the same unit.
//!
//! A row is cut into *facets* (what two rows may have in common: the brand of a name, the nine digits
//! of an organisation code, the town). *Blocks* of rows with a common facet give the candidate pairs;
//! *comparisons* give each pair a level per column; weights of the levels are learned from the lists
//! themselves (Fellegi-Sunter, EM) and can be read one by one; *clusters* respect what can never be one.
//! What is compared, by which blocks, and what is never merged is data: `matching/model.toml` and
//! `matching/words.csv` of the instrument.
//!
//! The same rows give the same bytes on every machine and at any thread count: learning works on counts
//! of patterns in a fixed order, and its weights are whole thousandths of a bit before any row sees them.

mod block;
mod cluster;
mod compare;
mod facet;
mod learn;
mod model;
mod name;
mod run;
mod vocabulary;

pub use block::{Blocks, LeftOut};
pub use cluster::{Cluster, clusters};
pub use compare::Level;
pub use learn::{Learned, LevelWeight};
pub use model::{Block, Comparison, Kind, Model, ModelError, Never};
pub use name::NameParts;
pub use run::{Match, Matched, Rows, Ruling, explain, matched, registers, why};
pub use vocabulary::Vocabulary;

#[cfg(test)]
mod tests;
