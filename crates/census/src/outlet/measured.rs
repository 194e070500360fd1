//! A measured value (测得值) as laboratories write it.

use expr::exact::Decimal;

use crate::text;

/// What a typed value says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measured {
    /// mg/L.
    Number {
        value: Decimal,
    },
    /// Below the detection limit (低于检出限); `given`: the value names its limit, else it is the method's.
    Below {
        limit: Decimal,
        given: bool,
    },
    NotMeasured,
}

/// Reads `12.5`; `<0.025`, `0.025L` and `未检出` or `ND`, which take the method's limit; blank, `未测` and `-`.
/// `None`: none of these.
pub fn measured(typed: &str, detection: Decimal) -> Option<Measured> {
    let text = text::squeeze(&text::narrow(typed));
    if ["", "-", "--", "/", "未测"].contains(&text.as_str()) {
        return Some(Measured::NotMeasured);
    }
    if ["未检出", "ND", "nd", "N.D."].contains(&text.as_str()) {
        return Some(Measured::Below { limit: detection, given: false });
    }
    // What laboratories report below the limit: the limit and an L (HJ 91).
    let limit = text.strip_prefix('<').or_else(|| text.strip_suffix(['L', 'l']));
    let number: Decimal = limit.unwrap_or(&text).parse().ok().filter(|d: &Decimal| d.units >= 0 && d.scale <= 9)?;
    // Larger than pure water is heavy: a lost decimal point.
    if number > Decimal::new(1_000_000, 0) {
        return None;
    }
    match limit {
        Some(_) if number.is_zero() => None,
        Some(_) => Some(Measured::Below { limit: number, given: true }),
        None => Some(Measured::Number { value: number }),
    }
}
