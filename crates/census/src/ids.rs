//! Identifiers of units, permits and outlets, with their check characters (GB 32100, GB 11714, HJ 608).

use std::fmt;
use std::str::FromStr;

use expr::check_digit::{credit_code_check, organisation_code_check};
use serde::{Deserialize, Serialize};

use crate::sheet::is_shortened;
use crate::text;

/// Why a text is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum IdProblem {
    #[error("{what} is blank")]
    Blank { what: String },
    #[error("{what} {text}: a spreadsheet shortened it; export the column as text")]
    Shortened { what: String, text: String },
    #[error("{what} {text}: {given} characters, {expected} are expected")]
    Length { what: String, text: String, expected: usize, given: usize },
    #[error("{what} {text}: character {position}, {found}, is not allowed; {allowed}")]
    Character { what: String, text: String, position: usize, found: char, allowed: String },
    #[error("{what} {text}: check character {position} is {found}, {expected} is expected; compare with the licence")]
    Check { what: String, text: String, position: usize, found: char, expected: char },
}

/// Unified social credit code (统一社会信用代码, GB 32100), 18 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode(String);

/// Organisation code (组织机构代码, GB 11714), 8 + 1 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganisationCode {
    code: String,
    /// A branch under its parent's eight characters and the letter B: not an error.
    pub derived: bool,
}

/// Key of a unit (单位主键): one of the codes, and a suffix for further sites of one legal unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitCode {
    pub base: UnitBase,
    /// Two characters, when the legal unit has several sites.
    pub suffix: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitBase {
    Credit(CreditCode),
    Organisation(OrganisationCode),
}

/// Permit code (排污许可证编号, HJ 608): credit code, serial of the site, `P`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermitCode {
    pub credit: CreditCode,
    /// 1 to 999.
    pub site: u16,
}

/// An outlet's code (排放口编号, HJ 608): `DA001` air, `DW001` water.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutletCode {
    pub medium: Medium,
    pub number: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Medium {
    /// 废气.
    Air,
    /// 废水.
    Water,
}

/// An outlet, unique in the country: permit and outlet code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outlet {
    pub permit: PermitCode,
    pub code: OutletCode,
}

const CREDIT: &str = "unified social credit code";
const ORGANISATION: &str = "organisation code";
const SUFFIX: &str = "suffix";
const PERMIT: &str = "permit code";
const OUTLET: &str = "outlet code";
const CREDIT_ALPHABET: &str = "digits and letters but I O S V Z";

impl CreditCode {
    /// The organisation code inside: characters 9 to 17.
    pub fn organisation(&self) -> Result<OrganisationCode, IdProblem> {
        self.0[8..17].parse()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CreditCode {
    type Err = IdProblem;

    fn from_str(given: &str) -> Result<CreditCode, IdProblem> {
        let text = plain(CREDIT, given)?;
        characters(CREDIT, &text, 18, CREDIT_ALPHABET, |_, c| {
            c.is_ascii_digit() || c.is_ascii_uppercase() && !"IOSVZ".contains(c)
        })?;
        check(CREDIT, &text, 18, credit_code_check(&text))?;
        Ok(CreditCode(text))
    }
}

impl FromStr for OrganisationCode {
    type Err = IdProblem;

    /// With or without the hyphen before the check character.
    fn from_str(given: &str) -> Result<OrganisationCode, IdProblem> {
        let text = plain(ORGANISATION, given)?.replace('-', "");
        characters(ORGANISATION, &text, 9, "digits and letters", |_, c| c.is_ascii_digit() || c.is_ascii_uppercase())?;
        if text.ends_with('B') {
            return Ok(OrganisationCode { code: text, derived: true });
        }
        check(ORGANISATION, &text, 9, organisation_code_check(&text))?;
        Ok(OrganisationCode { code: text, derived: false })
    }
}

impl FromStr for UnitCode {
    type Err = IdProblem;

    /// `91130200699229617X`, `91130200699229617X-02`, `D2143569-X`, `D2143569X-01`.
    fn from_str(given: &str) -> Result<UnitCode, IdProblem> {
        let text = plain("unit code", given)?;
        let (base, suffix) = match text.rsplit_once('-') {
            // D2143569-X carries a hyphen of its own.
            Some((base, suffix)) if base.len() != 8 => (base, Some(suffix)),
            _ => (text.as_str(), None),
        };
        let base =
            if base.len() > 10 { UnitBase::Credit(base.parse()?) } else { UnitBase::Organisation(base.parse()?) };
        if let Some(suffix) = suffix {
            characters(SUFFIX, suffix, 2, "digits and letters", |_, c| c.is_ascii_alphanumeric())?;
        }
        Ok(UnitCode { base, suffix: suffix.map(str::to_owned) })
    }
}

impl UnitCode {
    /// The code without its suffix: the legal unit (法人).
    pub fn legal_unit(&self) -> String {
        UnitCode { suffix: None, ..self.clone() }.to_string()
    }
}

impl FromStr for PermitCode {
    type Err = IdProblem;

    fn from_str(given: &str) -> Result<PermitCode, IdProblem> {
        let text = plain(PERMIT, given)?;
        characters(PERMIT, &text, 22, "18 characters of the credit code, 3 digits, P", |at, c| match at {
            18..=20 => c.is_ascii_digit(),
            21 => c == 'P',
            _ => c.is_ascii_alphanumeric(),
        })?;
        let site = text[18..21].parse().unwrap_or_default();
        Ok(PermitCode { credit: text[..18].parse()?, site })
    }
}

impl FromStr for OutletCode {
    type Err = IdProblem;

    fn from_str(given: &str) -> Result<OutletCode, IdProblem> {
        let text = plain(OUTLET, given)?;
        characters(OUTLET, &text, 5, "DA or DW and 3 digits", |at, c| match at {
            0 => c == 'D',
            1 => c == 'A' || c == 'W',
            _ => c.is_ascii_digit(),
        })?;
        let medium = if &text[1..2] == "A" { Medium::Air } else { Medium::Water };
        Ok(OutletCode { medium, number: text[2..].parse().unwrap_or_default() })
    }
}

impl FromStr for Outlet {
    type Err = IdProblem;

    /// Permit and outlet code, written together.
    fn from_str(given: &str) -> Result<Outlet, IdProblem> {
        let text = plain(OUTLET, given)?;
        let given = text.chars().count();
        if given != 27 || !text.is_ascii() {
            return Err(IdProblem::Length { what: OUTLET.into(), text, expected: 27, given });
        }
        Ok(Outlet { permit: text[..22].parse()?, code: text[22..].parse()? })
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for OrganisationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)
    }
}

impl fmt::Display for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.base {
            UnitBase::Credit(code) => write!(f, "{code}")?,
            UnitBase::Organisation(code) => write!(f, "{code}")?,
        }
        self.suffix.as_ref().map_or(Ok(()), |suffix| write!(f, "-{suffix}"))
    }
}

impl fmt::Display for PermitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:03}P", self.credit, self.site)
    }
}

impl fmt::Display for OutletCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let medium = match self.medium {
            Medium::Air => 'A',
            Medium::Water => 'W',
        };
        write!(f, "D{medium}{:03}", self.number)
    }
}

impl fmt::Display for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.permit, self.code)
    }
}

/// Half-width capitals without blanks.
fn plain(what: &str, given: &str) -> Result<String, IdProblem> {
    let text = text::squeeze(&text::narrow(given)).to_uppercase();
    if text.is_empty() {
        return Err(IdProblem::Blank { what: what.to_owned() });
    }
    if is_shortened(&text) {
        return Err(IdProblem::Shortened { what: what.to_owned(), text });
    }
    Ok(text)
}

fn characters(
    what: &str,
    text: &str,
    expected: usize,
    allowed: &str,
    good: impl Fn(usize, char) -> bool,
) -> Result<(), IdProblem> {
    let given = text.chars().count();
    if given != expected {
        return Err(IdProblem::Length { what: what.to_owned(), text: text.to_owned(), expected, given });
    }
    match text.chars().enumerate().find(|(at, c)| !good(*at, *c)) {
        None => Ok(()),
        Some((at, found)) => Err(IdProblem::Character {
            what: what.to_owned(),
            text: text.to_owned(),
            position: at + 1,
            found,
            allowed: allowed.to_owned(),
        }),
    }
}

fn check(what: &str, text: &str, position: usize, expected: Option<char>) -> Result<(), IdProblem> {
    let found = text.chars().last().unwrap_or_default();
    match expected {
        Some(expected) if expected != found => {
            Err(IdProblem::Check { what: what.to_owned(), text: text.to_owned(), position, found, expected })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: FromStr<Err = IdProblem> + fmt::Display>(given: &str, expect: &str) {
        let got = given.parse::<T>().map_or_else(|p| p.to_string(), |id| id.to_string());
        assert_eq!(got, expect, "{given}");
    }

    #[test]
    fn credit_codes() {
        for published in [
            "91130200699229617X",
            "9144030071526726XG",
            "91330100799655058B",
            "911302307808371268",
            "91350100M000100Y43",
        ] {
            check::<CreditCode>(published, published);
        }
        for published in ["91130200699229617X", "9144030071526726XG", "91330100799655058B", "911302307808371268"] {
            let inner = published.parse::<CreditCode>().and_then(|c| c.organisation());
            assert_eq!(inner.map(|o| o.to_string()), Ok(published[8..17].to_owned()));
        }
        check::<CreditCode>(" ９１１３０２００６９９２２９６１７x ", "91130200699229617X");
        check::<CreditCode>(
            "91130200699229617Y",
            "unified social credit code 91130200699229617Y: check character 18 is Y, X is expected; compare with the licence",
        );
        check::<CreditCode>(
            "9113O200699229617X",
            "unified social credit code 9113O200699229617X: character 5, O, is not allowed; digits and letters but I O S V Z",
        );
        check::<CreditCode>(
            "9113020069922961",
            "unified social credit code 9113020069922961: 16 characters, 18 are expected",
        );
        check::<CreditCode>(
            "9.14E+17",
            "unified social credit code 9.14E+17: a spreadsheet shortened it; export the column as text",
        );
        check::<CreditCode>("", "unified social credit code is blank");
    }

    #[test]
    fn organisation_codes() {
        check::<OrganisationCode>("D2143569-X", "D2143569X");
        check::<OrganisationCode>(
            "D2143569-1",
            "organisation code D21435691: check character 9 is 1, X is expected; compare with the licence",
        );
        assert_eq!("D2143569B".parse::<OrganisationCode>().map(|c| c.derived), Ok(true));
        assert_eq!("D2143569X".parse::<OrganisationCode>().map(|c| c.derived), Ok(false));
    }

    #[test]
    fn unit_codes_permits_and_outlets() {
        check::<UnitCode>("91130200699229617X-02", "91130200699229617X-02");
        check::<UnitCode>("D2143569-X", "D2143569X");
        check::<UnitCode>("D2143569X-01", "D2143569X-01");
        check::<UnitCode>("91130200699229617X-2", "suffix 2: 1 characters, 2 are expected");
        assert_eq!(
            "91130200699229617X-02".parse::<UnitCode>().map(|u| u.legal_unit()),
            Ok("91130200699229617X".to_owned())
        );
        check::<PermitCode>("91130200699229617X001P", "91130200699229617X001P");
        check::<PermitCode>(
            "91130200699229617X001Q",
            "permit code 91130200699229617X001Q: character 22, Q, is not allowed; 18 characters of the credit code, 3 digits, P",
        );
        check::<OutletCode>("DA001", "DA001");
        check::<OutletCode>("TA001", "outlet code TA001: character 1, T, is not allowed; DA or DW and 3 digits");
        check::<Outlet>("91130200699229617X002PDW013", "91130200699229617X002PDW013");
        check::<Outlet>("91130200699229617X002P", "outlet code 91130200699229617X002P: 22 characters, 27 are expected");
    }
}
