//! The pure middle of the census: area, frame, sheet, check, review, account, tabulate.
//!
//! Values in, values out. The clock and the seed are arguments; nothing here
//! reads a file, a database, the time or chance. Start reading at [`sheet`],
//! then `check`, `review` and `account`.
//!
//! Knows nothing of SQL, HTTP, files, the JSON of the API.

pub mod access;
pub mod account;
pub mod area;
pub mod check;
mod decimal_text;
pub mod finding;
pub mod frame;
pub mod ground;
pub mod ids;
pub mod line;
pub mod matching;
pub mod minerals;
pub mod mistake;
pub mod outlet;
#[cfg(feature = "package")]
pub mod package;
pub mod practice;
pub mod review;
#[cfg(test)]
mod sample;
pub mod sheet;
pub mod split;
pub mod tabulate;
pub mod text;
