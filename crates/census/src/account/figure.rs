//! Figures (核算汇总数): the lines of a unit summed by pollutant and rounded once.

use std::collections::BTreeMap;

use expr::exact::Decimal;
use instrument::factors::FactorLibrary;

use crate::line::{Figure, Line, LineResult};

/// A sum that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the sum of {pollutant} of unit {unit} is too large; look for a wrong unit in its lines")]
pub struct Overflow {
    pub unit: String,
    pub pollutant: String,
}

/// Sums lines by unit and pollutant, ascending; rounded half away from zero to the indicator's decimals.
/// A figure with `incomplete > 0` is only a part; with `lines == 0` it is not a number at all.
pub fn figures(library: &FactorLibrary, lines: &[Line]) -> Result<Vec<Figure>, Overflow> {
    struct Sum {
        generated: Decimal,
        emitted: Decimal,
        lines: u32,
        incomplete: u32,
    }
    let mut sums: BTreeMap<(&str, &str), Sum> = BTreeMap::new();
    for line in lines {
        let sum = sums.entry((line.unit.as_str(), line.pollutant.as_str())).or_insert(Sum {
            generated: Decimal::ZERO,
            emitted: Decimal::ZERO,
            lines: 0,
            incomplete: 0,
        });
        let overflow = || Overflow { unit: line.unit.clone(), pollutant: line.pollutant.clone() };
        match &line.result {
            LineResult::Computed { generated, emitted, .. } => {
                sum.generated = sum.generated.checked_add(*generated).ok_or_else(overflow)?;
                sum.emitted = sum.emitted.checked_add(*emitted).ok_or_else(overflow)?;
                sum.lines += 1;
            }
            LineResult::Incomplete { .. } => sum.incomplete += 1,
        }
    }
    sums.into_iter()
        .map(|((unit, pollutant), sum)| {
            let indicator = library.indicators.get(pollutant);
            let decimals = indicator.map_or(3, |i| i.decimals);
            let overflow = || Overflow { unit: unit.to_owned(), pollutant: pollutant.to_owned() };
            Ok(Figure {
                unit: unit.to_owned(),
                pollutant: pollutant.to_owned(),
                measure: indicator.map_or_else(String::new, |i| i.measure.text.clone()),
                generated: sum.generated.round(decimals).ok_or_else(overflow)?,
                emitted: sum.emitted.round(decimals).ok_or_else(overflow)?,
                lines: sum.lines,
                incomplete: sum.incomplete,
            })
        })
        .collect()
}
