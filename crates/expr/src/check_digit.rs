//! Check characters of GB 32100 (unified social credit code) and GB 11714 (organisation code).

const CREDIT: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const CREDIT_WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// The check character of the first 17 characters; `None` when one is not of the alphabet
/// (`I O S V Z` are not) or there are fewer than 17.
pub fn credit_code_check(code: &str) -> Option<char> {
    let front = code.as_bytes().get(..17)?;
    let mut sum = 0;
    for (byte, weight) in front.iter().zip(CREDIT_WEIGHTS) {
        sum += CREDIT.iter().position(|c| c == byte)? * weight;
    }
    Some(char::from(CREDIT[(31 - sum % 31) % 31]))
}

/// Whether a text is a unified social credit code (统一社会信用代码): 18 characters, alphabet, check character.
pub fn credit_code_valid(code: &str) -> bool {
    code.len() == 18 && code.is_ascii() && credit_code_check(code) == code.chars().last()
}

/// The check character of the first eight characters of an organisation code (组织机构代码).
pub fn organisation_code_check(code: &str) -> Option<char> {
    let front = code.as_bytes().get(..8)?;
    let mut sum = 0;
    for (byte, weight) in front.iter().zip(ORGANISATION_WEIGHTS) {
        let value = match byte {
            b'0'..=b'9' => u32::from(byte - b'0'),
            b'A'..=b'Z' => u32::from(byte - b'A') + 10,
            _ => return None,
        };
        sum += value * weight;
    }
    Some(match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        n => char::from_digit(n, 10)?,
    })
}

/// Whether a text is an organisation code: nine characters (a hyphen before the last is allowed), check character.
pub fn organisation_code_valid(code: &str) -> bool {
    let bare: String = code.chars().filter(|c| *c != '-').collect();
    bare.len() == 9 && bare.is_ascii() && organisation_code_check(&bare) == bare.chars().last()
}

/// An old form's code of a branch without its own: the parent's eight characters with the letter B.
pub fn organisation_code_derived(code: &str) -> bool {
    let bare: String = code.chars().filter(|c| *c != '-').collect();
    bare.len() == 9 && bare.ends_with('B') && organisation_code_check(&bare).is_some()
}

/// A discharge permit number of HJ 608 (排污许可证编号): credit code, three-digit serial of the site, `P`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit<'a> {
    pub credit_code: &'a str,
    /// `001` for the first site of the legal unit.
    pub serial: &'a str,
}

/// Reads a permit number; `None` when a part is not what HJ 608 says, the credit code's check included.
pub fn permit(text: &str) -> Option<Permit<'_>> {
    if text.len() != 22 || !text.is_ascii() || !text.ends_with('P') {
        return None;
    }
    let (credit_code, serial) = (&text[..18], &text[18..21]);
    let right = credit_code_valid(credit_code) && serial.bytes().all(|b| b.is_ascii_digit()) && serial != "000";
    right.then_some(Permit { credit_code, serial })
}

/// Whether a text is an outlet number of HJ 608 (排放口编号): `DA001` for gas, `DW001` for water.
pub fn outlet_number_valid(text: &str) -> bool {
    text.len() == 5
        && (text.starts_with("DA") || text.starts_with("DW"))
        && text[2..].bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_permit_numbers() {
        let read = |text| permit(text).map(|p| (p.credit_code, p.serial));
        assert_eq!(read("91130200699229617X001P"), Some(("91130200699229617X", "001")));
        assert_eq!(read("91130200699229617X002P"), Some(("91130200699229617X", "002")));
        for text in [
            "91130200699229617Y001P",
            "91130200699229617X001Q",
            "91130200699229617X01P",
            "91130200699229617X000P",
            "",
            "七",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(outlet_number_valid("DA001") && outlet_number_valid("DW012"));
        assert!(!outlet_number_valid("DX001") && !outlet_number_valid("DA1") && !outlet_number_valid("D排1"));
    }

    #[test]
    fn published_credit_codes() {
        for code in [
            "91130200699229617X",
            "9144030071526726XG",
            "91330100799655058B",
            "911302307808371268",
            "91350100M000100Y43",
        ] {
            assert!(credit_code_valid(code), "{code}");
            assert!(organisation_code_valid(&code[8..17]) || code.starts_with("91350100M"), "{code}");
        }
        for code in ["91130200699229617Y", "91130200699229617", "9113020069922961７X", "91I30200699229617X", ""] {
            assert!(!credit_code_valid(code), "{code}");
        }
    }

    #[test]
    fn published_organisation_codes() {
        assert!(organisation_code_valid("D2143569X"));
        assert!(organisation_code_valid("D2143569-X"));
        assert!(!organisation_code_valid("D21435690"));
        assert!(organisation_code_derived("D2143569B"));
    }
}
