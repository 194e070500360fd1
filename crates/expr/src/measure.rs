//! Units of measure: exponents of base quantities and an exact factor.
//!
//! `10^4 m3` is length³ with factor 10 000; `mg/L` is mass·length⁻³ with factor
//! 1 (kg/m³ base gives 10⁻³). `+`, `-` and comparisons need the same exponents
//! and the same factor; `*` and `/` combine them.

use crate::exact::Ratio;

/// The base quantities: mass (kg), length (m), time (s), money (yuan), energy (J), count.
pub const BASES: [&str; 8] = ["mass", "length", "time", "money", "energy", "count", "temperature", "activity"];

/// A unit of measure (计量单位).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// False: said elsewhere, row by row (`per unit`); not checked.
    pub known: bool,
    /// Exponent of each base quantity.
    pub exponents: [i8; 8],
    /// How many base units one of it is.
    pub factor: Ratio,
    /// As written, for messages.
    pub text: String,
}

impl Measure {
    /// A pure number.
    pub fn none() -> Measure {
        Measure { known: true, exponents: [0; 8], factor: Ratio::one(), text: String::new() }
    }

    /// Not known when the rule is compiled.
    pub fn unknown(text: &str) -> Measure {
        Measure { known: false, text: text.to_owned(), ..Measure::none() }
    }
}
