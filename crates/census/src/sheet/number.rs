//! Numbers as people type them.

use expr::measure::Measure;

use super::Unread;

/// Reads a number scaled by 10^`scale`; the text is in half-width form.
pub(super) fn parse(text: &str, scale: u8, unit: &str) -> Result<i64, Unread> {
    if let Some(value) = plain(text, scale) {
        return Ok(value);
    }
    if is_shortened(text) {
        return Err(Unread::Shortened { text: text.to_owned() });
    }
    let (number, after) = split_unit(text);
    if number.is_empty() || after.starts_with(|c: char| !c.is_alphabetic() && !matches!(c, '%' | '‰' | '°')) {
        return Err(Unread::NotNumber { text: text.to_owned() });
    }
    if !after.is_empty() && !same_unit(after, unit) {
        return Err(Unread::OtherUnit { text: text.to_owned(), unit: after.to_owned(), expected: unit.to_owned() });
    }
    let digits = without_commas(number).ok_or_else(|| Unread::Commas { text: text.to_owned() })?;
    scaled(&digits, scale, text)
}

/// The common case, without copying: digits and at most one point, few enough to fit.
fn plain(text: &str, scale: u8) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > 16 {
        return None;
    }
    let (mut value, mut decimals, mut digits) = (0i64, None, 0);
    for byte in bytes {
        match (byte, decimals) {
            (b'0'..=b'9', _) => {
                value = value * 10 + i64::from(byte - b'0');
                digits += 1;
                decimals = decimals.map(|d: u8| d + 1);
            }
            (b'.', None) => decimals = Some(0),
            _ => return None,
        }
    }
    let missing = scale.checked_sub(decimals.unwrap_or(0))?;
    if digits == 0 { None } else { value.checked_mul(10i64.checked_pow(u32::from(missing))?) }
}

/// `9.14E+17`: what a spreadsheet makes of a long code or number.
pub(crate) fn is_shortened(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let exponent = exponent.trim_start_matches(['+', '-']);
    !exponent.is_empty()
        && exponent.bytes().all(|b| b.is_ascii_digit())
        && mantissa.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && mantissa.contains('.')
        && mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-')
}

/// The number at the front and what stands after it.
fn split_unit(text: &str) -> (&str, &str) {
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || matches!(c, '.' | ',') || (*at == 0 && matches!(c, '-' | '+'))))
        .map_or(text.len(), |(at, _)| at);
    (text[..end].trim(), text[end..].trim())
}

/// Takes the commas out when they stand between groups of three digits.
fn without_commas(number: &str) -> Option<String> {
    if !number.contains(',') {
        return Some(number.to_owned());
    }
    let (whole, part) = number.split_once('.').map_or((number, None), |(w, p)| (w, Some(p)));
    let mut groups = whole.trim_start_matches(['-', '+']).split(',');
    let first = groups.next().is_some_and(|g| (1..=3).contains(&g.len()));
    if !first || !groups.all(|g| g.len() == 3) || part.is_some_and(|p| p.contains(',')) {
        return None;
    }
    Some(number.replace(',', ""))
}

fn scaled(digits: &str, scale: u8, text: &str) -> Result<i64, Unread> {
    let not_number = || Unread::NotNumber { text: text.to_owned() };
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() && part.is_empty() || !all_digits(whole) || !all_digits(part) {
        return Err(not_number());
    }
    // Zeros at the end say nothing: a spreadsheet writes 5.0 for 5.
    let part = part.trim_end_matches('0');
    if part.len() > usize::from(scale) {
        return Err(Unread::Decimals { text: text.to_owned(), allowed: scale, given: part.len() });
    }
    let padded = format!("{whole}{part:0<width$}", width = usize::from(scale));
    let too_large = || Unread::TooLarge { text: text.to_owned() };
    let value: i64 = if padded.is_empty() { 0 } else { padded.parse().map_err(|_| too_large())? };
    Ok(sign * value)
}

/// Whether two spellings mean the same unit of measure: `万m³` and `10^4 m3`.
fn same_unit(typed: &str, unit: &str) -> bool {
    let read = |text: &str| Measure::parse(&text.replace('³', "3").replace('²', "2")).filter(|m| m.known);
    !unit.is_empty() && read(typed).zip(read(unit)).is_some_and(|(a, b)| a.same(&b))
}
