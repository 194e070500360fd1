//! The census as data: read a package, link it, check it, and give one
//! compiled [`Instrument`](model::Instrument).
//!
//! A package is a folder of plain text; [`files::Files`] hides where it lies,
//! so that the same reader runs in a browser. Start reading at [`model`].
//!
//! Knows nothing of any collected data.

pub mod areas;
pub mod browser;
pub mod cases;
pub mod check;
pub mod difference;
pub mod explain;
pub mod factors;
pub mod files;
pub mod forms;
pub mod lists;
pub mod model;
pub mod office;
pub mod practice;
pub mod problem;
pub mod read;
pub mod rows;
pub mod rule_text;
pub mod show;
pub mod tables;
pub mod toml_text;
