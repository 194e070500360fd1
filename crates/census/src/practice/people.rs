//! Names, codes, addresses and phones of the practice county. All invented.

use expr::check_digit;
use instrument::practice::Names;

use super::dice::Dice;

/// A place of the county: a village-level area.
#[derive(Debug, Clone)]
pub struct Place {
    /// 12 digits.
    pub code: String,
    /// `荥阳市广武镇`.
    pub town: String,
    pub name: String,
}

/// Two or three characters.
pub fn person(names: &Names, dice: Dice) -> String {
    format!("{}{}", dice.of("surname").pick(&names.surname), dice.of("given").pick(&names.given))
}

/// `荥阳市宏远阀门有限公司`; the serial keeps two units of the same words apart.
pub fn enterprise(names: &Names, county: &str, trade: &[String], dice: Dice) -> String {
    let brand = dice.of("brand").pick(&names.brand);
    let second = dice.of("second").pick(&names.brand);
    let trade = if trade.is_empty() { "" } else { dice.of("trade").pick(trade) };
    let legal = dice.of("legal").weighted(&names.legal).map_or("有限公司", String::as_str);
    let place = match dice.of("place").below(10) {
        0 => String::new(),
        1..=2 => format!("河南{county}"),
        _ => county.to_owned(),
    };
    format!("{place}{brand}{second}{trade}{legal}")
}

/// A valid unified social credit code of an enterprise registered in the county.
/// The registering authority is the real one; the organisation number is drawn.
pub fn credit_code(county6: &str, dice: Dice) -> String {
    const SYMBOLS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut body = String::from("MA9");
    for n in 0..5 {
        body.push(char::from(*dice.of("org").nth(n).pick(SYMBOLS)));
    }
    let organisation = check_digit::organisation_code_check(&body).unwrap_or('0');
    let front = format!("91{county6}{body}{organisation}");
    let check = check_digit::credit_code_check(&front).unwrap_or('0');
    format!("{front}{check}")
}

/// `138…`; numbers of a block that is not handed out.
pub fn phone(dice: Dice) -> String {
    format!("1380000{:04}", dice.of("phone").below(10_000))
}

/// `荥阳市广武镇广武村工业路18号`.
pub fn address(names: &Names, place: &Place, dice: Dice) -> String {
    format!("{}{}{}", place.town, place.name, street(names, dice))
}

/// A road and a door.
pub fn street(names: &Names, dice: Dice) -> String {
    let road = dice.of("road").pick(&names.road);
    format!("{road}{}号", 1 + dice.of("door").below(300))
}

/// Degrees, minutes and seconds with two decimals, from a number of hundredths of a second.
pub fn angle(hundredths: i64) -> String {
    let seconds = hundredths / 100;
    format!("{}°{:02}′{:02}.{:02}″", seconds / 3600, seconds / 60 % 60, seconds % 60, hundredths % 100)
}
