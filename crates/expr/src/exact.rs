//! Exact numbers outside the columns: ratios of whole numbers, and decimals as text.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};
use std::str::FromStr;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// An exact ratio of two whole numbers of any size.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio(pub BigRational);

impl Ratio {
    pub fn zero() -> Ratio {
        Ratio(BigRational::zero())
    }

    pub fn one() -> Ratio {
        Ratio(BigRational::one())
    }

    pub fn whole(n: i64) -> Ratio {
        Ratio(BigRational::from_integer(n.into()))
    }

    /// `n / d`; `None` when `d` is zero.
    pub fn of(n: i64, d: i64) -> Option<Ratio> {
        (d != 0).then(|| Ratio(BigRational::new(n.into(), d.into())))
    }

    /// The quotient; `None` when dividing by zero.
    pub fn divided_by(&self, by: &Ratio) -> Option<Ratio> {
        (!by.is_zero()).then(|| Ratio(&self.0 / &by.0))
    }

    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    pub fn is_whole(&self) -> bool {
        self.0.is_integer()
    }

    /// To a power, negative ones included; `None` for zero to a negative power.
    pub fn power(&self, exponent: i32) -> Option<Ratio> {
        if exponent < 0 && self.is_zero() {
            return None;
        }
        Some(Ratio(self.0.pow(exponent)))
    }

    /// Rounded half away from zero to so many decimals; `None` when it does not fit.
    pub fn to_decimal(&self, scale: u8) -> Option<Decimal> {
        let scaled = &self.0 * BigRational::from_integer(BigInt::from(10).pow(u32::from(scale)));
        let half = BigRational::new(1.into(), 2.into());
        let rounded = if scaled.is_negative() { (scaled - half).ceil() } else { (scaled + half).floor() };
        rounded.to_integer().to_i128().map(|units| Decimal { units, scale })
    }

    /// The decimal that is exactly this, with at most 30 decimals; `None` for others, such as 1/3.
    pub fn exact_decimal(&self) -> Option<Decimal> {
        (0..=30).filter_map(|scale| self.to_decimal(scale)).find(|d| d.to_ratio() == *self)
    }
}

impl Add for &Ratio {
    type Output = Ratio;
    fn add(self, other: &Ratio) -> Ratio {
        Ratio(&self.0 + &other.0)
    }
}

impl Sub for &Ratio {
    type Output = Ratio;
    fn sub(self, other: &Ratio) -> Ratio {
        Ratio(&self.0 - &other.0)
    }
}

impl Mul for &Ratio {
    type Output = Ratio;
    fn mul(self, other: &Ratio) -> Ratio {
        Ratio(&self.0 * &other.0)
    }
}

impl Neg for &Ratio {
    type Output = Ratio;
    fn neg(self) -> Ratio {
        Ratio(-&self.0)
    }
}

/// As a decimal where it is one, else as `numerator/denominator`.
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.exact_decimal() {
            Some(decimal) => write!(f, "{decimal}"),
            None => write!(f, "{}/{}", self.0.numer(), self.0.denom()),
        }
    }
}

/// Reads `12`, `-0.5`, `1.5e-3`.
impl FromStr for Ratio {
    type Err = NotDecimal;

    fn from_str(text: &str) -> Result<Ratio, NotDecimal> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().map_err(|_| NotDecimal)?),
            None => (text, 0),
        };
        let number = number.parse::<Decimal>()?.to_ratio();
        if exponent.abs() > 60 {
            return Err(NotDecimal);
        }
        Ratio::whole(10).power(exponent).map(|ten| &number * &ten).ok_or(NotDecimal)
    }
}

/// An exact decimal: `units / 10^scale`. Equal values compare equal whatever their scale.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    pub units: i128,
    pub scale: u8,
}

impl Decimal {
    pub const ZERO: Decimal = Decimal { units: 0, scale: 0 };

    pub fn new(units: i128, scale: u8) -> Decimal {
        Decimal { units, scale }
    }

    pub fn to_ratio(self) -> Ratio {
        Ratio(BigRational::new(self.units.into(), BigInt::from(10).pow(u32::from(self.scale))))
    }

    /// The same value with more decimals; `None` when it does not fit or would lose digits.
    pub fn rescale(self, scale: u8) -> Option<Decimal> {
        if scale >= self.scale {
            let factor = 10i128.checked_pow(u32::from(scale - self.scale))?;
            return Some(Decimal { units: self.units.checked_mul(factor)?, scale });
        }
        let factor = 10i128.checked_pow(u32::from(self.scale - scale))?;
        (self.units % factor == 0).then(|| Decimal { units: self.units / factor, scale })
    }

    /// Rounded half away from zero to so many decimals.
    pub fn round(self, scale: u8) -> Option<Decimal> {
        if scale >= self.scale { self.rescale(scale) } else { self.to_ratio().to_decimal(scale) }
    }

    /// Without trailing zeros after the point.
    pub fn shortest(self) -> Decimal {
        let mut short = self;
        while short.scale > 0 && short.units % 10 == 0 {
            short = Decimal { units: short.units / 10, scale: short.scale - 1 };
        }
        short
    }

    pub fn checked_add(self, other: Decimal) -> Option<Decimal> {
        let scale = self.scale.max(other.scale);
        let units = self.rescale(scale)?.units.checked_add(other.rescale(scale)?.units)?;
        Some(Decimal { units, scale })
    }

    pub fn checked_sub(self, other: Decimal) -> Option<Decimal> {
        self.checked_add(Decimal { units: other.units.checked_neg()?, scale: other.scale })
    }

    pub fn checked_mul(self, other: Decimal) -> Option<Decimal> {
        let units = self.units.checked_mul(other.units)?;
        Some(Decimal { units, scale: self.scale.checked_add(other.scale)? })
    }

    pub fn is_zero(self) -> bool {
        self.units == 0
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Decimal) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl std::hash::Hash for Decimal {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let short = self.shortest();
        (short.units, short.scale).hash(state);
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        let scale = self.scale.max(other.scale);
        match (self.rescale(scale), other.rescale(scale)) {
            (Some(a), Some(b)) => a.units.cmp(&b.units),
            _ => self.to_ratio().cmp(&other.to_ratio()),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.units.unsigned_abs(), width = usize::from(self.scale) + 1);
        let (whole, part) = digits.split_at(digits.len() - usize::from(self.scale));
        if part.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{part}") }
    }
}

/// Not a decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotDecimal;

impl fmt::Display for NotDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a decimal number")
    }
}

impl std::error::Error for NotDecimal {}

/// Strict: `-12`, `0.50`; no exponent, no comma, no blank, no bare point.
impl FromStr for Decimal {
    type Err = NotDecimal;

    fn from_str(text: &str) -> Result<Decimal, NotDecimal> {
        let (sign, bare) = text.strip_prefix('-').map_or(("", text), |bare| ("-", bare));
        let (whole, part) = bare.split_once('.').unwrap_or((bare, ""));
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || (bare.contains('.') && !digits(part)) {
            return Err(NotDecimal);
        }
        let scale = u8::try_from(part.len()).map_err(|_| NotDecimal)?;
        let units = format!("{sign}{whole}{part}").parse().map_err(|_| NotDecimal)?;
        Ok(Decimal { units, scale })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_read_and_print() {
        for text in ["0", "-12", "0.50", "-0.001", "183228.600", "99999999999999999999.25"] {
            assert_eq!(text.parse::<Decimal>().map(|d| d.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "-", ".", "1.", ".5", "1e3", "1,000", "１", " 1", "1.2.3", "--1", "+1"] {
            assert_eq!(text.parse::<Decimal>(), Err(NotDecimal), "{text}");
        }
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        let check = |n: i64, d: i64, scale: u8, expect: &str| {
            let got = Ratio::of(n, d).and_then(|r| r.to_decimal(scale)).map(|d| d.to_string());
            assert_eq!(got.as_deref(), Some(expect), "{n}/{d}");
        };
        check(5, 2, 0, "3");
        check(-5, 2, 0, "-3");
        check(1, 3, 4, "0.3333");
        check(2, 3, 4, "0.6667");
        check(7180, 7200, 6, "0.997222");
        check(-1, 200, 2, "-0.01");
    }

    #[test]
    fn values_compare_whatever_their_scale() {
        let d = |t: &str| t.parse::<Decimal>().expect("a decimal");
        assert_eq!(d("1.50"), d("1.5"));
        assert!(d("-0.1") < d("0.09"));
        assert_eq!(d("1.5").checked_add(d("0.25")).map(|d| d.to_string()).as_deref(), Some("1.75"));
        assert_eq!(d("1.5").checked_mul(d("0.25")).map(|d| d.to_string()).as_deref(), Some("0.375"));
        assert_eq!("1.5e-3".parse::<Ratio>().map(|r| r.to_string()), Ok("0.0015".to_owned()));
        assert_eq!(Ratio::of(1, 3).map(|r| r.to_string()).as_deref(), Some("1/3"));
    }

    proptest::proptest! {
        #[test]
        fn printing_and_reading_are_inverse(units in -1_000_000_000_000i64..1_000_000_000_000, scale in 0u8..12) {
            let decimal = Decimal::new(i128::from(units), scale);
            let read: Decimal = decimal.to_string().parse().expect("what was printed");
            proptest::prop_assert_eq!((read.units, read.scale), (decimal.units, decimal.scale));
            proptest::prop_assert_eq!(decimal.to_ratio().to_decimal(scale), Some(decimal));
            proptest::prop_assert_eq!(decimal.shortest(), decimal);
        }

        #[test]
        fn decimals_order_as_their_ratios(a in -5000i64..5000, b in -5000i64..5000, s in 0u8..4, t in 0u8..4) {
            let (a, b) = (Decimal::new(i128::from(a), s), Decimal::new(i128::from(b), t));
            proptest::prop_assert_eq!(a.cmp(&b), a.to_ratio().cmp(&b.to_ratio()));
            let sum = a.checked_add(b).map(Decimal::to_ratio);
            proptest::prop_assert_eq!(sum, Some(&a.to_ratio() + &b.to_ratio()));
            let product = a.checked_mul(b).map(Decimal::to_ratio);
            proptest::prop_assert_eq!(product, Some(&a.to_ratio() * &b.to_ratio()));
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,60}") {
            let _ = text.parse::<Decimal>();
            let _ = text.parse::<Ratio>();
            let _ = crate::measure::Measure::parse(&text);
            let _ = crate::check_digit::permit(&text);
            let _ = crate::check_digit::credit_code_valid(&text);
            let _ = crate::check_digit::organisation_code_valid(&text);
        }
    }
}
