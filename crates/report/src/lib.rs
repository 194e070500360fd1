//! Tables and documents out (xlsx, csv, HTML), files in (csv, xlsx, xls, ods).
//!
//! Start at [`read`] for what comes in and [`write`] for what goes out; the
//! bulletin is in [`bulletin`], a printed form in [`form`].
//!
//! Knows nothing of SQL, HTTP.

pub mod bulletin;
pub mod certificate;
pub mod form;
pub mod ground;
pub mod read;
mod unit;
pub mod write;
