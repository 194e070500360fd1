//! Exact numbers outside the columns: ratios of whole numbers, and decimals as text.

use num_rational::BigRational;
use num_traits::One;

/// An exact ratio of two whole numbers of any size.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio(pub BigRational);

impl Ratio {
    pub fn one() -> Ratio {
        Ratio(BigRational::one())
    }
}

/// An exact decimal: `units / 10^scale`. Equal values compare equal whatever their scale.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    pub units: i128,
    pub scale: u8,
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Decimal) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> std::cmp::Ordering {
        self.to_ratio().cmp(&other.to_ratio())
    }
}

impl Decimal {
    pub fn to_ratio(self) -> Ratio {
        Ratio(BigRational::new(self.units.into(), num_bigint::BigInt::from(10).pow(u32::from(self.scale))))
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let digits = self.units.unsigned_abs();
        if self.scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let one = 10u128.pow(u32::from(self.scale));
        write!(f, "{sign}{}.{:0width$}", digits / one, digits % one, width = usize::from(self.scale))
    }
}

/// Not a decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotDecimal;

impl std::str::FromStr for Decimal {
    type Err = NotDecimal;

    fn from_str(text: &str) -> Result<Decimal, NotDecimal> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let scale = u8::try_from(part.len()).map_err(|_| NotDecimal)?;
        let units = format!("{whole}{part}").parse().map_err(|_| NotDecimal)?;
        Ok(Decimal { units, scale })
    }
}
