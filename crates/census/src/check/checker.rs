//! The compiled rules of an instrument.

use instrument::model::Instrument;

/// A rule set, compiled once and kept.
#[derive(Debug)]
pub struct Checker<'i> {
    pub(super) instrument: &'i Instrument,
}

/// A form of a unit's kind and whether it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueForm {
    pub form: String,
    /// `None`: cannot be said yet, an answer it depends on is missing.
    pub due: Option<bool>,
    /// The form must be absent when it is not due.
    pub exact: bool,
}

impl<'i> Checker<'i> {
    /// Compiles the instrument's rules.
    pub fn new(instrument: &'i Instrument) -> Checker<'i> {
        Checker { instrument }
    }

    pub fn instrument(&self) -> &'i Instrument {
        self.instrument
    }
}
