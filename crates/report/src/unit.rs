//! Units of measure as a Chinese form prints them (计量单位).

/// Words of the forms' units; what is not here is printed as it stands (`mg/L`, `kW`).
const WORDS: [(&str, &str); 22] = [
    ("t", "吨"),
    ("kg", "千克"),
    ("h", "小时"),
    ("d", "日"),
    ("a", "年"),
    ("month", "月"),
    ("m3", "立方米"),
    ("m2", "平方米"),
    ("m", "米"),
    ("km", "千米"),
    ("mu", "亩"),
    ("hectare", "公顷"),
    ("household", "户"),
    ("person", "人"),
    ("persons", "人"),
    ("set", "套"),
    ("head", "头"),
    ("bird", "羽"),
    ("vehicle", "辆"),
    ("vessel", "艘"),
    ("trip", "车次"),
    ("point", "个"),
];

/// `10^4 m3` → `万立方米`, `kg/(d head)` → `千克/(日·头)`, `mg/L` → `mg/L`.
pub(crate) fn chinese(unit: &str) -> String {
    match unit {
        "per unit" => return "按单位计".to_owned(),
        "tce" => return "吨标准煤".to_owned(),
        "deg C" => return "℃".to_owned(),
        "10^3 yuan" => return "千元".to_owned(),
        "t clinker/d" => return "吨熟料/日".to_owned(),
        _ => {}
    }
    if let Some((one, other)) = unit.split_once(" or ") {
        return format!("{}或{}", chinese(one), chinese(other));
    }
    let (power, bare) = match unit.strip_prefix("10^4 ") {
        Some(bare) => ("万", bare),
        None => ("", unit),
    };
    let mut words = Vec::new();
    for part in bare.split('/') {
        let inner = part.trim_start_matches('(').trim_end_matches(')');
        let known: Option<Vec<&str>> =
            inner.split(' ').map(|w| WORDS.iter().find(|(code, _)| *code == w).map(|(_, word)| *word)).collect();
        match known {
            Some(known) if known.len() > 1 => words.push(format!("({})", known.join("·"))),
            Some(known) => words.push(known.concat()),
            // A unit that is written in letters stays so as a whole.
            None => return format!("{power}{bare}"),
        }
    }
    format!("{power}{}", words.join("/"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn units_as_printed() {
        for (given, expect) in [
            ("", ""),
            ("t", "吨"),
            ("10^4 m3", "万立方米"),
            ("10^4 kWh", "万kWh"),
            ("t/d", "吨/日"),
            ("10^4 t/a", "万吨/年"),
            ("kg/(d head)", "千克/(日·头)"),
            ("mg/L", "mg/L"),
            ("mg/m3", "mg/m3"),
            ("t or 10^4 m3", "吨或万立方米"),
            ("%", "%"),
        ] {
            assert_eq!(super::chinese(given), expect, "{given}");
        }
    }
}
