//! How a value comes about, as a recipe writes it.
//!
//! ```text
//! text 2                  exactly this
//! blank                   nothing
//! range 200..5000 step 10 a number, all alike likely; decimals as in the bounds
//! skew 500..400000        a number, small ones likelier
//! pick 3:30 4:55          one of several by weight
//! chance 40% SPEC else SPEC
//! unit name               an attribute of the unit
//! serial DW000            the row's number, padded to the zeros
//! = [02] + [03]           a formula of the language, rounded to the item's decimals
//! accounted G102 化学需氧量 generated
//! if [13] = 1: SPEC       only where this holds; other rows keep what they have
//! ```

use super::dice::Dice;

/// A parsed draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    Text(String),
    Blank,
    Range { low: i64, high: i64, step: i64, decimals: u8, skewed: bool },
    Pick(Vec<(String, u64)>),
    Chance { percent: u64, then: Box<Spec>, other: Option<Box<Spec>> },
    Unit(String),
    Serial { prefix: String, width: usize },
    Formula(String),
    Accounted { form: String, pollutant: String, what: String },
}

/// A draw with the condition of the rows it applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conditional {
    pub when: Option<String>,
    pub spec: Spec,
}

/// Reads a draw; the error says what was expected.
pub fn parse(text: &str) -> Result<Conditional, String> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("if ") {
        let (when, spec) = rest.split_once(": ").ok_or_else(|| format!("`if COND: DRAW` was expected: {text}"))?;
        return Ok(Conditional { when: Some(when.trim().to_owned()), spec: spec_of(spec)? });
    }
    Ok(Conditional { when: None, spec: spec_of(text)? })
}

fn spec_of(text: &str) -> Result<Spec, String> {
    let text = text.trim();
    if text == "blank" {
        return Ok(Spec::Blank);
    }
    if let Some(formula) = text.strip_prefix("= ") {
        return Ok(Spec::Formula(formula.to_owned()));
    }
    let (word, rest) = text.split_once(' ').ok_or_else(|| format!("a draw was expected: {text}"))?;
    match word {
        "text" => Ok(Spec::Text(rest.to_owned())),
        "unit" => Ok(Spec::Unit(rest.to_owned())),
        "range" => range(rest, false),
        "skew" => range(rest, true),
        "serial" => {
            let width = rest.len() - rest.trim_end_matches('0').len();
            Ok(Spec::Serial { prefix: rest.trim_end_matches('0').to_owned(), width })
        }
        "pick" => rest
            .split_whitespace()
            .map(|part| {
                let (value, weight) = part.rsplit_once(':').unwrap_or((part, "1"));
                let weight = weight.parse().map_err(|_| format!("a weight was expected after `:`: {part}"))?;
                Ok((value.to_owned(), weight))
            })
            .collect::<Result<_, String>>()
            .map(Spec::Pick),
        "chance" => {
            let (percent, rest) =
                rest.split_once("% ").ok_or_else(|| format!("`chance N% DRAW` was expected: {text}"))?;
            let percent = percent.parse().map_err(|_| format!("per cent was expected: {percent}"))?;
            let (then, other) = match rest.split_once(" else ") {
                Some((then, other)) => (then, Some(Box::new(spec_of(other)?))),
                None => (rest, None),
            };
            Ok(Spec::Chance { percent, then: Box::new(spec_of(then)?), other })
        }
        "accounted" => match rest.split_whitespace().collect::<Vec<_>>().as_slice() {
            [form, pollutant, what @ ("generated" | "emitted")] => Ok(Spec::Accounted {
                form: (*form).to_owned(),
                pollutant: (*pollutant).to_owned(),
                what: (*what).to_owned(),
            }),
            _ => Err(format!("`accounted FORM POLLUTANT generated|emitted` was expected: {text}")),
        },
        _ => Err(format!("no such draw: {word} (text, blank, range, skew, pick, chance, unit, serial, =, accounted)")),
    }
}

fn range(text: &str, skewed: bool) -> Result<Spec, String> {
    let expected = || format!("`LOW..HIGH [step N]` was expected: {text}");
    let (bounds, step) = text.split_once(" step ").unwrap_or((text, ""));
    let (low, high) = bounds.trim().split_once("..").ok_or_else(expected)?;
    let places = |t: &str| t.split_once('.').map_or(0, |(_, d)| d.len());
    let decimals = places(low).max(places(high)).max(places(step));
    let scaled = |t: &str| -> Result<i64, String> {
        let padding = "0".repeat(decimals - places(t));
        format!("{}{padding}", t.trim().replace('.', "")).parse().map_err(|_| expected())
    };
    let (low, high) = (scaled(low)?, scaled(high)?);
    let step = if step.is_empty() { 1 } else { scaled(step)? };
    if low > high || step <= 0 {
        return Err(expected());
    }
    Ok(Spec::Range { low, high, step, decimals: decimals as u8, skewed })
}

/// Draws what needs no formula: `None` for formulas and accounted figures.
pub fn draw(
    spec: &Spec,
    row: usize,
    dice: Dice,
    attribute: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<String>, String> {
    Ok(Some(match spec {
        Spec::Text(text) => text.clone(),
        Spec::Blank => String::new(),
        Spec::Range { low, high, step, decimals, skewed } => {
            let steps = (high - low) / step;
            let n = if *skewed { dice.skewed(0, steps) } else { dice.between(0, steps) };
            decimal(low + n * step, *decimals)
        }
        Spec::Pick(of) => dice.weighted(of).cloned().unwrap_or_default(),
        Spec::Chance { percent, then, other } => {
            let chosen = if dice.of("chance").percent(*percent) { Some(then) } else { other.as_ref() };
            return chosen.map_or(Ok(Some(String::new())), |s| draw(s, row, dice.of("chosen"), attribute));
        }
        Spec::Unit(name) => attribute(name).ok_or_else(|| format!("no such attribute of a unit: {name}"))?,
        Spec::Serial { prefix, width } => format!("{prefix}{:0width$}", row + 1, width = *width),
        Spec::Formula(_) | Spec::Accounted { .. } => return Ok(None),
    }))
}

fn decimal(value: i64, decimals: u8) -> String {
    expr::exact::Decimal { units: i128::from(value), scale: decimals }.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let spec = parse(text).map(|c| c.spec);
        let shown = match spec {
            Ok(spec) => draw(&spec, 4, Dice::new(1), &|n| (n == "name").then(|| "甲厂".to_owned()))
                .map_or_else(|e| e, |v| v.unwrap_or_else(|| "later".to_owned())),
            Err(error) => error,
        };
        assert_eq!(shown, expect, "{text}");
    }

    #[test]
    fn draws() {
        check("text 2", "2");
        check("blank", "");
        check("range 5..5", "5");
        check("range 0.50..0.50 step 0.01", "0.50");
        check("pick A:0 B:1", "B");
        check("chance 0% text a else text b", "b");
        check("chance 100% text a", "a");
        check("unit name", "甲厂");
        check("unit size", "no such attribute of a unit: size");
        check("serial DW000", "DW005");
        check("= [01] + [02]", "later");
        check("if [13] = 1: text x", "x");
        check("range 9..5", "`LOW..HIGH [step N]` was expected: 9..5");
        check("roll 1", "no such draw: roll (text, blank, range, skew, pick, chance, unit, serial, =, accounted)");
    }
}
