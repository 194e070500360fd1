//! Loops over blocks of numbers.

use std::cmp::Ordering;

use super::buffer::{Numbers, Truths};
use crate::graph::Order;

const NARROW: u128 = i64::MAX as u128;

fn binary(
    out: &mut Numbers,
    a: &Numbers,
    b: &Numbers,
    bound: Option<u128>,
    narrow: impl Fn(i64, i64) -> i64,
    wide: impl Fn(i128, i128) -> Option<i128>,
) {
    let len = if a.is_wide { a.wide.len() } else { a.narrow.len() };
    if let Some(bound) = bound.filter(|b| *b <= NARROW)
        && !a.is_wide
        && !b.is_wide
    {
        out.begin_pushing().extend(a.narrow.iter().zip(&b.narrow).map(|(x, y)| narrow(*x, *y)));
        out.present.clear();
        out.present.extend(a.present.iter().zip(&b.present).map(|(x, y)| x & y));
        out.largest = bound;
        return;
    }
    out.begin_wide(len);
    for row in 0..len {
        if a.has(row) && b.has(row) {
            out.put_wide(row, wide(a.get(row), b.get(row)));
        }
    }
}

pub fn add(out: &mut Numbers, a: &Numbers, b: &Numbers) {
    binary(out, a, b, a.largest.checked_add(b.largest), i64::wrapping_add, i128::checked_add);
}

pub fn subtract(out: &mut Numbers, a: &Numbers, b: &Numbers) {
    binary(out, a, b, a.largest.checked_add(b.largest), i64::wrapping_sub, i128::checked_sub);
}

pub fn multiply(out: &mut Numbers, a: &Numbers, b: &Numbers) {
    binary(out, a, b, a.largest.checked_mul(b.largest), i64::wrapping_mul, i128::checked_mul);
}

/// Adds the values that are there.
pub fn add_present(to: &mut [i64], of: &Numbers) {
    for (word, (to, values)) in to.chunks_mut(64).zip(of.narrow.chunks(64)).enumerate() {
        let present = of.present[word];
        for (bit, (to, value)) in to.iter_mut().zip(values).enumerate() {
            *to += value & (present >> bit & 1).wrapping_neg() as i64;
        }
    }
}

/// One operand; `bound` says how large a result may be.
pub fn unary(
    out: &mut Numbers,
    a: &Numbers,
    bound: Option<u128>,
    narrow: impl Fn(i64) -> i64,
    wide: impl Fn(i128) -> Option<i128>,
) {
    if let Some(bound) = bound.filter(|b| *b <= NARROW)
        && !a.is_wide
    {
        out.begin_pushing().extend(a.narrow.iter().map(|x| narrow(*x)));
        out.present.clear();
        out.present.extend_from_slice(&a.present);
        out.largest = bound;
        return;
    }
    let len = if a.is_wide { a.wide.len() } else { a.narrow.len() };
    out.begin_wide(len);
    for row in 0..len {
        if a.has(row) {
            out.put_wide(row, wide(a.get(row)));
        }
    }
}

pub fn compare(out: &mut Truths, order: Order, a: &Numbers, b: &Numbers) {
    match order {
        Order::Less => compare_by(out, a, b, |x, y| x < y, |x, y| x < y),
        Order::LessEqual => compare_by(out, a, b, |x, y| x <= y, |x, y| x <= y),
        Order::Equal => compare_by(out, a, b, |x, y| x == y, |x, y| x == y),
        Order::NotEqual => compare_by(out, a, b, |x, y| x != y, |x, y| x != y),
    }
}

fn compare_by(
    out: &mut Truths,
    a: &Numbers,
    b: &Numbers,
    narrow: impl Fn(i64, i64) -> bool,
    wide: impl Fn(i128, i128) -> bool,
) {
    let len = if a.is_wide { a.wide.len() } else { a.narrow.len() };
    out.begin(len);
    if !a.is_wide && !b.is_wide {
        for (word, (xs, ys)) in a.narrow.chunks(64).zip(b.narrow.chunks(64)).enumerate() {
            let mut bits = 0u64;
            for (bit, (x, y)) in xs.iter().zip(ys).enumerate() {
                bits |= u64::from(narrow(*x, *y)) << bit;
            }
            let known = a.present[word] & b.present[word];
            out.yes[word] = bits & known;
            out.no[word] = !bits & known;
        }
        return;
    }
    for row in 0..len {
        if a.has(row) && b.has(row) {
            out.put(row, wide(a.get(row), b.get(row)));
        }
    }
}

/// Whether each number lies in one of the ranges, ends included.
pub fn number_in(out: &mut Truths, a: &Numbers, ranges: &[(i128, i128)]) {
    if a.is_wide {
        out.begin(a.wide.len());
        for row in (0..a.wide.len()).filter(|r| a.has(*r)) {
            out.put(row, ranges.iter().any(|(low, high)| (*low..=*high).contains(&a.wide[row])));
        }
        return;
    }
    out.begin(a.narrow.len());
    let narrow = |end: i128| end.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    // Ranges beyond 64 bits hold no narrow number; clamping the ends of the others changes nothing.
    let reaches = |(low, high): &&(i128, i128)| *low <= i64::MAX.into() && *high >= i64::MIN.into();
    let ranges: Vec<(i64, i64)> = ranges.iter().filter(reaches).map(|(l, h)| (narrow(*l), narrow(*h))).collect();
    for (word, values) in a.narrow.chunks(64).enumerate() {
        let mut bits = 0u64;
        for (low, high) in &ranges {
            for (bit, value) in values.iter().enumerate() {
                bits |= u64::from(low <= value && value <= high) << bit;
            }
        }
        out.yes[word] = bits & a.present[word];
        out.no[word] = !bits & a.present[word];
    }
}

/// `n/d ? m/e`, exactly. A denominator of zero gives no value.
pub fn compare_quotients(out: &mut Truths, order: Order, [n, d, m, e]: [&Numbers; 4], len: usize) {
    out.begin(len);
    for row in 0..len {
        if ![n, d, m, e].iter().all(|b| b.has(row)) {
            continue;
        }
        let Some(found) = fractions((n.get(row), d.get(row)), (m.get(row), e.get(row))) else { continue };
        out.put(
            row,
            match order {
                Order::Less => found.is_lt(),
                Order::LessEqual => found.is_le(),
                Order::Equal => found.is_eq(),
                Order::NotEqual => found.is_ne(),
            },
        );
    }
}

/// How two fractions stand to each other; `None` when a denominator is zero.
fn fractions((n, d): (i128, i128), (m, e): (i128, i128)) -> Option<Ordering> {
    if d == 0 || e == 0 {
        return None;
    }
    if let (Some(left), Some(right)) = (n.checked_mul(e), m.checked_mul(d)) {
        // Multiplying with a negative product of denominators turns the order round.
        return Some(if (d < 0) == (e < 0) { left.cmp(&right) } else { right.cmp(&left) });
    }
    let (left, right) = (n.signum() * d.signum(), m.signum() * e.signum());
    if left != right || left == 0 {
        return Some(left.cmp(&right));
    }
    let sizes = magnitudes((n.unsigned_abs(), d.unsigned_abs()), (m.unsigned_abs(), e.unsigned_abs()));
    Some(if left < 0 { sizes.reverse() } else { sizes })
}

/// `n/d` against `m/e` without products: whole parts first, then the rests turned upside down (Euclid).
fn magnitudes((mut n, mut d): (u128, u128), (mut m, mut e): (u128, u128)) -> Ordering {
    let mut turned = false;
    loop {
        let found = (n / d).cmp(&(m / e));
        let (left, right) = (n % d, m % e);
        let found = match found {
            Ordering::Equal if left == 0 || right == 0 => left.cmp(&right),
            Ordering::Equal => {
                (n, d, m, e) = (d, left, e, right);
                turned = !turned;
                continue;
            }
            found => found,
        };
        return if turned { found.reverse() } else { found };
    }
}

/// `value * up / (down * den)` rounded half away from zero.
pub fn round(value: i128, den: Option<i128>, up: i128, down: i128) -> Option<i128> {
    let (mut num, mut den) = (value.checked_mul(up)?, den.unwrap_or(1).checked_mul(down)?);
    if den == 0 {
        return None;
    }
    if den < 0 {
        (num, den) = (num.checked_neg()?, den.checked_neg()?);
    }
    let (quotient, rest) = (num / den, num % den);
    let away = rest.unsigned_abs().checked_mul(2)? >= den.unsigned_abs();
    Some(if away { quotient + num.signum() } else { quotient })
}

/// Metres between two points (longitude, latitude in arc seconds × 10 000), good to a few tenths of a
/// per cent within a county: a flat map at the middle latitude.
pub fn distance([lon1, lat1, lon2, lat2]: [i128; 4]) -> Option<i128> {
    // One arc second of a great circle of 6 371 km is 30.8875 m.
    let metres = |d: i128| d * 308_875 / 100_000_000;
    // Bhaskara's approximation of the cosine, the angle in hundredths of a degree.
    let middle = i128::midpoint(lat1, lat2) / 360_000;
    let square = middle * middle;
    let (up, down) = (324_000_000 - 4 * square, 324_000_000 + square);
    let x = metres(lon1 - lon2) * up / down;
    let y = metres(lat1 - lat2);
    Some(x.checked_mul(x)?.checked_add(y.checked_mul(y)?)?.isqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding() {
        for (v, d, up, down, expect) in [
            (5, None, 1, 10, Some(1)),
            (4, None, 1, 10, Some(0)),
            (-5, None, 1, 10, Some(-1)),
            (1, Some(3), 1000, 1, Some(333)),
            (2, Some(-3), 1000, 1, Some(-667)),
            (2, Some(0), 1, 1, None),
            (i128::MAX, None, 10, 1, None),
        ] {
            assert_eq!(round(v, d, up, down), expect, "{v} {d:?} {up} {down}");
        }
    }

    #[test]
    fn fractions_beyond_128_bits() {
        let big = i128::MAX;
        for (left, right, expect) in [
            ((1, 2), (2, 4), Some(Ordering::Equal)),
            ((1, 0), (2, 4), None),
            ((1, -3), (1, 3), Some(Ordering::Less)),
            ((big, big - 1), (big - 1, big - 2), Some(Ordering::Less)),
            ((big - 1, big - 2), (big, big - 1), Some(Ordering::Greater)),
            ((-big, big - 1), (1 - big, big - 2), Some(Ordering::Greater)),
            ((big, -(big - 1)), (1 - big, big - 2), Some(Ordering::Greater)),
            ((big, 3), (big, 3), Some(Ordering::Equal)),
            ((i128::MIN, 3), (i128::MIN, -3), Some(Ordering::Less)),
            ((i128::MIN, i128::MIN), (big, big), Some(Ordering::Equal)),
            ((0, big), (big, -big), Some(Ordering::Greater)),
            ((big, 7), (big - 7, 7), Some(Ordering::Greater)),
        ] {
            assert_eq!(fractions(left, right), expect, "{left:?} {right:?}");
        }
    }

    #[test]
    fn a_kilometre_at_zhengzhou() {
        // One minute of latitude is 1 853 m; one minute of longitude at 34.75° is 1 523 m.
        let point = |lon: i128, lat: i128| [lon * 600_000, lat * 600_000];
        let [a, b] = point(113 * 60, 34 * 60 + 45);
        let [c, d] = point(113 * 60, 34 * 60 + 46);
        let [e, f] = point(113 * 60 + 1, 34 * 60 + 45);
        let north = distance([a, b, c, d]).expect("fits");
        let east = distance([a, b, e, f]).expect("fits");
        assert!((1850..=1856).contains(&north), "{north}");
        assert!((1515..=1531).contains(&east), "{east}");
    }
}
