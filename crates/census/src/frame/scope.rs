//! Who is in scope (普查范围): versioned data, read from the instrument's parameters.

use std::collections::BTreeMap;

use expr::exact::Decimal;
use instrument::model::Parameter;

/// One size limit of a class of respondents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    /// `pigs`: key in [`super::ListedUnit::sizes`].
    pub size: String,
    pub at_least: Decimal,
}

/// The limits of one census.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeRules {
    /// First and last industry division of the industrial part, both included: 06, 46.
    pub divisions: (u8, u8),
    /// Classes within these divisions that are counted elsewhere: 4620.
    pub elsewhere: Vec<String>,
    /// Respondent → limits; a unit is in scope when it reaches any one of them.
    pub thresholds: BTreeMap<String, Vec<Threshold>>,
}

/// A scope parameter that is missing or cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeProblem {
    #[error("parameter {name} is missing; {want}")]
    Missing { name: String, want: &'static str },
    #[error("parameter {name} = {value}: {want}")]
    Unreadable { name: String, value: String, want: &'static str },
}

const DIVISIONS: &str = "scope.industrial.divisions";
const ELSEWHERE: &str = "scope.industrial.elsewhere";

impl ScopeRules {
    /// The limits of a respondent: its own, or those of the kind its code begins with
    /// (`scope.boiler.capacity` holds for `boiler-owner`).
    pub fn limits(&self, respondent: &str) -> Option<&[Threshold]> {
        let kind = |name: &&String| respondent.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('-'));
        let name = self.thresholds.contains_key(respondent).then_some(respondent);
        let name = name.or_else(|| self.thresholds.keys().find(kind).map(String::as_str))?;
        self.thresholds.get(name).map(Vec::as_slice)
    }

    /// Reads `scope.industrial.divisions = "06..46"`, `scope.industrial.elsewhere = "4620"` and any
    /// `scope.<respondent>.<size> = "500"` from the instrument.
    pub fn from_parameters(parameters: &BTreeMap<String, Parameter>) -> Result<ScopeRules, Vec<ScopeProblem>> {
        let mut problems = Vec::new();
        let mut rules = ScopeRules::default();
        match parameters.get(DIVISIONS).map(|p| (p, p.value.split_once(".."))) {
            None => {
                problems.push(ScopeProblem::Missing { name: DIVISIONS.into(), want: "give the divisions as 06..46" });
            }
            Some((p, ends)) => {
                let read = ends.and_then(|(low, high)| Some((low.trim().parse().ok()?, high.trim().parse().ok()?)));
                match read {
                    Some(divisions) => rules.divisions = divisions,
                    None => problems.push(unreadable(DIVISIONS, p, "write 06..46")),
                }
            }
        }
        if let Some(p) = parameters.get(ELSEWHERE) {
            rules.elsewhere =
                p.value.split([',', ';']).map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect();
        }
        for (name, p) in parameters {
            let Some((respondent, size)) = name.strip_prefix("scope.").and_then(|n| n.split_once('.')) else {
                continue;
            };
            if respondent == "industrial" {
                continue;
            }
            // The value may carry its unit: `1 t/h`.
            let number = p.value.split_whitespace().next().unwrap_or_default();
            match number.parse() {
                Ok(at_least) => rules
                    .thresholds
                    .entry(respondent.to_owned())
                    .or_default()
                    .push(Threshold { size: size.to_owned(), at_least }),
                Err(_) => problems.push(unreadable(name, p, "write a decimal number")),
            }
        }
        if problems.is_empty() { Ok(rules) } else { Err(problems) }
    }
}

fn unreadable(name: &str, parameter: &Parameter, want: &'static str) -> ScopeProblem {
    ScopeProblem::Unreadable { name: name.to_owned(), value: parameter.value.clone(), want }
}
