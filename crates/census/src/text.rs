//! Cleaning of texts as they come from lists and keyboards.

/// Half-width form: full-width letters, digits, signs and blanks become ASCII; ends are trimmed;
/// invisible characters (zero-width blanks, byte-order marks) go.
pub fn narrow(text: &str) -> String {
    let narrowed: String = text.chars().filter(|c| !invisible(*c)).map(narrow_char).collect();
    narrowed.trim().to_owned()
}

/// The text without any blank inside.
pub fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

fn narrow_char(c: char) -> char {
    match c {
        // 全角 forms lie 0xFEE0 above their ASCII twins.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        // The minus signs and dashes that keyboards and spreadsheets put for a hyphen.
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        _ => c,
    }
}

fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_makes_ascii() {
        for (given, expect) in [
            ("４１０１８２", "410182"),
            ("　荥阳市（上街） ", "荥阳市(上街)"),
            ("\u{feff}12\u{200b}3", "123"),
            ("－３．５％", "-3.5%"),
            ("—5", "-5"),
        ] {
            assert_eq!(narrow(given), expect, "{given}");
        }
    }
}
