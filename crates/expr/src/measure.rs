//! Units of measure (计量单位): exponents of base quantities and an exact factor.
//!
//! `10^4 m3` is length³ with factor 10 000; `mg/L` is mass·length⁻³ with factor
//! 10⁻³ (base kg/m³). `+`, `-` and comparisons need the same exponents and the
//! same factor; `*` and `/` combine them. `%` is a number like any other: an
//! item in per cent holds 0..100, and compares with bare literals.

use crate::exact::Ratio;

/// The base quantities: mass (kg), length (m), time (s), money (yuan), energy (J), count, temperature (K), activity (Bq).
pub const BASES: [&str; 8] = ["mass", "length", "time", "money", "energy", "count", "temperature", "activity"];

/// A unit of measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// False: said elsewhere, row by row (`per unit`); not checked.
    pub known: bool,
    /// Exponent of each base quantity.
    pub exponents: [i8; 8],
    /// How many base units one of it is.
    pub factor: Ratio,
    /// As written, for messages.
    pub text: String,
}

/// As written; nothing for a pure number.
impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Measure {
    /// A pure number.
    pub fn none() -> Measure {
        Measure { known: true, exponents: [0; 8], factor: Ratio::one(), text: String::new() }
    }

    /// Not known when the rule is compiled.
    pub fn unknown(text: &str) -> Measure {
        Measure { known: false, text: text.to_owned(), ..Measure::none() }
    }

    /// Reads a unit as the forms write it, in English or Chinese. A unit that depends on the row
    /// (`per unit`, `t or 10^4 m3`) is [`Measure::unknown`]; `None`: not a unit at all.
    pub fn parse(text: &str) -> Option<Measure> {
        let text = text.trim();
        if text.is_empty() || text == "-" {
            return Some(Measure::none());
        }
        if text.starts_with("per ") || text.contains(" or ") || text.contains(',') || text.contains('或') {
            return Some(Measure::unknown(text));
        }
        let mut product = Measure::none();
        let mut parts = text.split('/');
        product = product.times(&atoms(parts.next()?)?)?;
        for below in parts {
            product = product.over(&atoms(below.trim().trim_start_matches('(').trim_end_matches(')'))?)?;
        }
        text.clone_into(&mut product.text);
        Some(product)
    }

    pub fn is_number(&self) -> bool {
        self.known && self.exponents == [0; 8] && self.factor == Ratio::one()
    }

    /// The same quantity: lengths, masses … (unknown ones fit everything).
    pub fn compatible(&self, other: &Measure) -> bool {
        !self.known || !other.known || self.exponents == other.exponents
    }

    /// The same quantity in the same unit.
    pub fn same(&self, other: &Measure) -> bool {
        !self.known || !other.known || self.exponents == other.exponents && self.factor == other.factor
    }

    /// What a value in `self` is multiplied with to be in `other`; `None` when they are other quantities.
    pub fn conversion(&self, other: &Measure) -> Option<Ratio> {
        if !self.known || !other.known || self.exponents != other.exponents {
            return None;
        }
        self.factor.divided_by(&other.factor)
    }

    /// The unit of a product; `None` when an exponent leaves the range of units.
    pub fn times(&self, other: &Measure) -> Option<Measure> {
        self.combined(other, 1)
    }

    /// The unit of a quotient.
    pub fn over(&self, other: &Measure) -> Option<Measure> {
        self.combined(other, -1)
    }

    /// The unit of a power, `m` → `m3` for 3; `None` when it leaves the range of units.
    pub fn power(&self, exponent: i8) -> Option<Measure> {
        let mut exponents = self.exponents;
        for mine in &mut exponents {
            *mine = mine.checked_mul(exponent)?;
        }
        let factor = self.factor.power(i32::from(exponent))?;
        let text = if self.text.is_empty() { String::new() } else { format!("({})^{exponent}", self.text) };
        Some(Measure { known: self.known, exponents, factor, text })
    }

    fn combined(&self, other: &Measure, sign: i8) -> Option<Measure> {
        let mut exponents = self.exponents;
        for (mine, theirs) in exponents.iter_mut().zip(other.exponents) {
            *mine = mine.checked_add(theirs.checked_mul(sign)?)?;
        }
        let factor = if sign > 0 { &self.factor * &other.factor } else { self.factor.divided_by(&other.factor)? };
        let text = match (self.text.as_str(), other.text.as_str(), sign) {
            (a, "", _) => a.to_owned(),
            ("", b, 1) => b.to_owned(),
            ("", b, _) => format!("1/{b}"),
            (a, b, 1) => format!("{a}·{b}"),
            (a, b, _) if b.contains(['·', '/']) => format!("{a}/({b})"),
            (a, b, _) => format!("{a}/{b}"),
        };
        Some(Measure { known: self.known && other.known, exponents, factor, text })
    }
}

/// A product of atoms: `10^4 m3`, `person d`, `kg`.
fn atoms(text: &str) -> Option<Measure> {
    let mut product = Measure::none();
    for word in text.split([' ', '·', '*']).filter(|w| !w.is_empty()) {
        product = product.times(&atom(word)?)?;
    }
    Some(product)
}

/// One name, with the powers of ten in front that Chinese statistics use.
fn atom(word: &str) -> Option<Measure> {
    if let Some(power) = word.strip_prefix("10^") {
        return Some(factor_only(Ratio::whole(10).power(power.parse().ok()?)?));
    }
    if word == "1" {
        return Some(Measure::none());
    }
    if let Some(found) = named(word) {
        return Some(found);
    }
    for (prefix, power) in [("万", 4), ("千", 3), ("百", 2), ("亿", 8)] {
        if let Some(rest) = word.strip_prefix(prefix)
            && let Some(found) = named(rest)
        {
            return factor_only(Ratio::whole(10).power(power)?).times(&found);
        }
    }
    None
}

fn factor_only(factor: Ratio) -> Measure {
    Measure { factor, ..Measure::none() }
}

fn named(word: &str) -> Option<Measure> {
    const MASS: usize = 0;
    const LENGTH: usize = 1;
    const TIME: usize = 2;
    const MONEY: usize = 3;
    const ENERGY: usize = 4;
    const COUNT: usize = 5;
    const HEAT: usize = 6;
    const ACTIVITY: usize = 7;
    // Base, exponent, numerator, denominator of the factor.
    let simple = |base: usize, power: i8, n: i64, d: i64| {
        let mut exponents = [0; 8];
        exponents[base] = power;
        Some(Measure { known: true, exponents, factor: Ratio::of(n, d)?, text: word.to_owned() })
    };
    match word {
        "t" | "吨" => simple(MASS, 1, 1000, 1),
        "kg" | "千克" | "公斤" => simple(MASS, 1, 1, 1),
        "g" | "克" => simple(MASS, 1, 1, 1000),
        "mg" | "毫克" => simple(MASS, 1, 1, 1_000_000),
        // 重量箱 of flat glass: 50 kg.
        "重量箱" => simple(MASS, 1, 50, 1),
        "μg" | "ug" | "微克" => simple(MASS, 1, 1, 1_000_000_000),
        "m" | "米" => simple(LENGTH, 1, 1, 1),
        "mm" | "毫米" => simple(LENGTH, 1, 1, 1000),
        "cm" | "厘米" => simple(LENGTH, 1, 1, 100),
        "km" | "千米" | "公里" => simple(LENGTH, 1, 1000, 1),
        "m2" | "㎡" | "平方米" => simple(LENGTH, 2, 1, 1),
        "mu" | "亩" => simple(LENGTH, 2, 2000, 3),
        "hectare" | "ha" | "hm2" | "公顷" => simple(LENGTH, 2, 10_000, 1),
        "km2" | "平方千米" | "平方公里" => simple(LENGTH, 2, 1_000_000, 1),
        "m3" | "Nm3" | "㎥" | "立方米" | "标立方米" => simple(LENGTH, 3, 1, 1),
        "L" | "升" => simple(LENGTH, 3, 1, 1000),
        "mL" | "毫升" => simple(LENGTH, 3, 1, 1_000_000),
        "s" | "秒" => simple(TIME, 1, 1, 1),
        "min" | "分钟" => simple(TIME, 1, 60, 1),
        "h" | "小时" | "时" => simple(TIME, 1, 3600, 1),
        "d" | "天" | "日" => simple(TIME, 1, 86_400, 1),
        // A month and a year are not a fixed number of days: they are units of their own scale,
        // taken as 1/12 of a year of 365 days.
        "month" | "月" => simple(TIME, 1, 2_628_000, 1),
        "a" | "年" => simple(TIME, 1, 31_536_000, 1),
        "yuan" | "元" => simple(MONEY, 1, 1, 1),
        "J" => simple(ENERGY, 1, 1, 1),
        "kJ" => simple(ENERGY, 1, 1000, 1),
        "MJ" => simple(ENERGY, 1, 1_000_000, 1),
        "GJ" => simple(ENERGY, 1, 1_000_000_000, 1),
        "kWh" | "千瓦时" | "度" => simple(ENERGY, 1, 3_600_000, 1),
        "MWh" | "兆瓦时" => simple(ENERGY, 1, 3_600_000_000, 1),
        "kcal" | "千卡" | "大卡" => simple(ENERGY, 1, 41_868, 10),
        // Tonne of standard coal: 7 000 kcal/kg by definition.
        "tce" | "吨标准煤" => simple(ENERGY, 1, 29_307_600_000, 1),
        "W" => watt(1),
        "kW" | "千瓦" => watt(1000),
        "MW" | "兆瓦" => watt(1_000_000),
        "person" | "head" | "bird" | "household" | "vehicle" | "set" | "trip" | "vessel" | "point" | "人" | "头"
        | "只" | "羽" | "户" | "辆" | "台" | "套" | "台套" | "座" | "个" | "艘" | "车次" | "次" | "件" | "块"
        | "块标砖" | "标块" | "双" | "张" | "条" | "枚" | "支" | "付" | "副" | "株" | "根" => {
            simple(COUNT, 1, 1, 1)
        }
        "persons" => simple(COUNT, 1, 1, 1),
        "C" | "℃" | "K" => simple(HEAT, 1, 1, 1),
        "deg" => Some(Measure { text: word.to_owned(), ..Measure::none() }),
        "Bq" => simple(ACTIVITY, 1, 1, 1),
        "%" => Some(Measure { text: "%".to_owned(), ..Measure::none() }),
        // Dose rate: joule per kilogram and second.
        "nGy" => {
            let mut exponents = [0; 8];
            exponents[ENERGY] = 1;
            exponents[MASS] = -1;
            Some(Measure { known: true, exponents, factor: Ratio::of(1, 1_000_000_000)?, text: word.to_owned() })
        }
        "clinker" | "熟料" => Some(Measure { text: word.to_owned(), ..Measure::none() }),
        _ => None,
    }
}

fn watt(n: i64) -> Option<Measure> {
    let mut exponents = [0; 8];
    exponents[4] = 1;
    exponents[2] = -1;
    Some(Measure { known: true, exponents, factor: Ratio::whole(n), text: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(text: &str) -> Measure {
        Measure::parse(text).unwrap_or_else(|| panic!("{text} is a unit"))
    }

    #[test]
    fn conversions() {
        for (from, to, expect) in [
            ("t", "kg", "1000"),
            ("10^4 t", "t", "10000"),
            ("吨", "千克", "1000"),
            ("万立方米", "m3", "10000"),
            ("mg/L", "kg/m3", "0.001"),
            ("mg/L", "g/m3", "1"),
            ("m3/d", "m3/h", "1/24"),
            ("亩", "m2", "2000/3"),
            ("10^4 kWh", "kWh", "10000"),
            ("10^3 yuan", "千元", "1"),
            ("L/(person d)", "m3/(人 天)", "0.001"),
            ("kg/(d head)", "t/(a head)", "0.365"),
            ("10^4 kW", "MW", "10"),
            ("重量箱", "t", "0.05"),
            ("万块标砖", "万件", "1"),
            ("%", "", "1"),
        ] {
            let got = measure(from).conversion(&measure(to)).map(|r| r.to_string());
            assert_eq!(got.as_deref(), Some(expect), "{from} -> {to}");
        }
        assert_eq!(measure("t").conversion(&measure("m3")), None);
    }

    #[test]
    fn all_units_of_the_forms_are_read() {
        for text in [
            "t",
            "kg",
            "%",
            "mg/L",
            "10^4 m3",
            "h",
            "mu",
            "m3",
            "mg/m3",
            "set",
            "household",
            "head",
            "10^4 t",
            "m",
            "t/a",
            "d",
            "kg/head",
            "kg/(d head)",
            "10^4 persons",
            "t/d",
            "m3/d",
            "10^4 m2",
            "person",
            "vehicle",
            "tce",
            "m2",
            "m3/h",
            "t/h",
            "10^4 t/a",
            "10^4 kWh",
            "Bq/g",
            "kW",
            "deg C",
            "bird",
            "nGy/h",
            "km",
            "L/(person d)",
            "10^4 yuan",
            "10^3 yuan",
            "10^4 kW",
            "10^4 GJ",
            "trip",
            "t/trip",
            "kcal/Nm3",
            "t clinker/d",
            "kcal/kg",
            "MW",
            "point",
            "hectare",
            "month",
            "Bq/L",
            "kWh",
            "vessel",
        ] {
            assert!(measure(text).known, "{text}");
        }
        for text in ["per unit", "t or 10^4 m3", "kcal/kg or kcal/Nm3", "% or mg/m3", "set, t/h", "per 计量单位"] {
            assert!(!measure(text).known, "{text}");
        }
        assert_eq!(Measure::parse("furlong"), None);
    }

    #[test]
    fn powers() {
        let cube = measure("m").power(3).expect("in range");
        assert!(cube.same(&measure("m3")) && cube.to_string() == "(m)^3");
        assert!(measure("h").power(-1).is_some_and(|m| m.times(&measure("h")).is_some_and(|one| one.is_number())));
        assert_eq!(measure("m3").power(100), None);
    }

    #[test]
    fn products() {
        let volume = measure("m3/d").over(&measure("h/d")).and_then(|m| m.times(&measure("h")));
        assert!(volume.is_some_and(|m| m.same(&measure("m3"))));
        let load = measure("m3").times(&measure("mg/L")).expect("in range");
        assert!(load.compatible(&measure("t")) && !load.same(&measure("t")));
        assert_eq!(load.conversion(&measure("t")).map(|r| r.to_string()).as_deref(), Some("0.000001"));
    }
}
