//! Longitudes and latitudes as people type them.

use super::Unread;

/// Arc seconds × 10 000 and the decimals of the seconds as typed; the text is in half-width form.
/// Accepts `113°23′45.67″`, `113度23分45.67秒`, `113 23 45.67`, `113:23:45.67` and decimal degrees,
/// with `E`, `N`, `东经`, `北纬` before or after.
pub(crate) fn parse(text: &str) -> Result<(i64, Option<u8>), Unread> {
    let not_angle = || Unread::NotAngle { text: text.to_owned() };
    let bare = text
        .trim_start_matches("东经")
        .trim_start_matches("北纬")
        .trim_matches(|c: char| matches!(c, 'E' | 'N' | 'e' | 'n' | ' '));
    let parts: Vec<&str> = bare
        .split(['°', '度', '′', '\'', '分', '″', '"', '秒', ' ', ':', '’', '”'])
        .filter(|part| !part.is_empty())
        .collect();
    match parts.as_slice() {
        [degrees] => decimal_degrees(degrees).ok_or_else(not_angle).and_then(|value| in_range(text, value, None)),
        [degrees, minutes, rest @ ..] if rest.len() <= 1 => {
            let seconds = rest.first().copied().unwrap_or("0");
            let (degrees, minutes) = (whole(degrees).ok_or_else(not_angle)?, whole(minutes).ok_or_else(not_angle)?);
            let (seconds, decimals) = scaled_seconds(seconds, text)?;
            for (part, value, limit) in [("minutes", minutes, 60), ("seconds", seconds, 600_000)] {
                if value >= limit {
                    return Err(Unread::AngleRange { text: text.to_owned(), part: part.to_owned() });
                }
            }
            in_range(text, (degrees * 3600 + minutes * 60) * 10_000 + seconds, Some(decimals))
        }
        _ => Err(not_angle()),
    }
}

fn in_range(text: &str, value: i64, decimals: Option<u8>) -> Result<(i64, Option<u8>), Unread> {
    if value > 180 * 3600 * 10_000 {
        return Err(Unread::AngleRange { text: text.to_owned(), part: "degrees".to_owned() });
    }
    Ok((value, decimals))
}

fn whole(text: &str) -> Option<i64> {
    (text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn scaled_seconds(text: &str, all: &str) -> Result<(i64, u8), Unread> {
    let not_angle = || Unread::NotAngle { text: all.to_owned() };
    let (front, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 4 {
        return Err(Unread::Decimals { text: all.to_owned(), allowed: 4, given: part.len() });
    }
    if !part.bytes().all(|b| b.is_ascii_digit()) {
        return Err(not_angle());
    }
    let seconds = whole(front).ok_or_else(not_angle)?;
    let fraction: i64 = format!("{part:0<4}").parse().map_err(|_| not_angle())?;
    Ok((seconds * 10_000 + fraction, part.len() as u8))
}

/// Degrees with at most 12 decimals, rounded to a ten-thousandth of a second (3 mm).
fn decimal_degrees(text: &str) -> Option<i64> {
    let (front, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 12 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let scale = 10i128.pow(part.len() as u32);
    let fraction: i128 = if part.is_empty() { 0 } else { part.parse().ok()? };
    let tenths = (i128::from(whole(front)?) * scale + fraction) * 36_000_000;
    i64::try_from((tenths + scale / 2) / scale).ok()
}
