//! Formulas of coefficients: `16S`, `9.23Aar+8.76`.

use crate::exact::Ratio;

/// A coefficient or an efficiency: a number, or a formula of named variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formula {
    /// As written in the handbook.
    pub text: String,
    /// Set when it is a plain number.
    pub number: Option<Ratio>,
}
