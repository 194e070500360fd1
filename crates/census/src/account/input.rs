//! Taking the rows of the accounting off a unit's sheets, as the package's method says.

use std::collections::BTreeMap;

use expr::exact::{Decimal, Ratio};
use instrument::factors::{CoefficientMethod, ParameterItem};
use instrument::model::ItemType;

use super::row::{AccountRow, Amount, Run};
use crate::sheet::{Parsed, Row, UnitSheets, parse_as};

/// What the accounting of a unit needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Industry classes (GB/T 4754), in the order of the items.
    pub classes: Vec<String>,
    pub rows: Vec<AccountRow>,
}

/// Decimals that numbers of the accounting form are read with.
const SCALE: u8 = 6;

/// Reads the rows and classes; a number that cannot be read makes its row incomplete, naming the item.
pub fn inputs(method: &CoefficientMethod, sheets: &UnitSheets) -> Inputs {
    let mut classes: Vec<String> = Vec::new();
    for (form, item) in method.industries.iter().filter_map(|r| CoefficientMethod::reference(r)) {
        let typed = sheets.sheets.get(form).and_then(|values| values.flat.get(item)).map_or("", String::as_str);
        let class: String = typed.chars().filter(char::is_ascii_digit).take(4).collect();
        if !class.is_empty() && !classes.contains(&class) {
            classes.push(class);
        }
    }
    let rows = sheets.sheets.get(&method.form).map_or(&[][..], |values| values.rows(&method.block));
    let rows = rows.iter().enumerate().map(|(at, row)| read(method, sheets, at as u32, row)).collect();
    Inputs { classes, rows }
}

fn read(method: &CoefficientMethod, sheets: &UnitSheets, at: u32, row: &Row) -> AccountRow {
    let items = &method.items;
    let text = |item: &str| row.get(item).map_or("", |t| t.trim()).to_owned();
    let mut unreadable = None;
    let mut number = |item: &str| match typed_number(row.get(item).map_or("", String::as_str)) {
        Ok(found) => found,
        Err(why) => {
            unreadable.get_or_insert(format!("{}[{item}] 不能读作数：{why}", method.form));
            None
        }
    };
    let amount = |value: Option<Ratio>, unit: &str| value.map(|value| Amount { value, unit: text(unit) });
    let output = amount(number(&items.output), &items.output_unit);
    let used = amount(number(&items.used), &items.used_unit);
    let parameter = number(&items.parameter);
    let permit_report = amount(number(&items.permit_report), &items.permit_report_unit);
    let mut runs = Vec::new();
    for run in &items.runs {
        if let Some(value) = number(&run.value) {
            runs.push(Run { name: text(&run.name), value, unit: text(&run.unit) });
        }
    }
    let run_places: Vec<&str> = items.runs.iter().map(|run| run.value.as_str()).collect();
    let places = [("output", items.output.clone()), ("used", items.used.clone()), ("run", run_places.join("、"))];
    let (form, outlet) = (text(&items.form), text(&items.outlet));
    let medium = match form.as_str() {
        "" => "",
        form if method.water_forms.iter().any(|f| f == form) => "废水",
        _ => "废气",
    };
    AccountRow {
        row: at,
        medium: medium.to_owned(),
        segment: text(&items.segment),
        material: text(&items.material),
        product: text(&items.product),
        process: text(&items.process),
        scale: text(&items.scale),
        output,
        used,
        pollutant: text(&items.pollutant),
        coefficient: text(&items.coefficient),
        parameter,
        parameters: named(method, sheets, &form, &outlet),
        treatment: text(&items.treatment),
        runs,
        permit_report,
        unreadable,
        places: places.into_iter().map(|(what, item)| (what.to_owned(), format!("{}[{item}]", method.form))).collect(),
        form,
        outlet,
    }
}

/// Variables that other forms give for the outlet; none where its rows differ.
fn named(method: &CoefficientMethod, sheets: &UnitSheets, form: &str, outlet: &str) -> BTreeMap<String, Ratio> {
    let mut found: BTreeMap<String, Option<Ratio>> = BTreeMap::new();
    for parameter in method.parameter.iter().filter(|p| p.form == form && !outlet.is_empty()) {
        for value in values(parameter, sheets, outlet) {
            for variable in &parameter.variables {
                let variable = expr::formula::variable_name(variable);
                let known = found.entry(variable).or_insert_with(|| Some(value.clone()));
                if known.as_ref() != Some(&value) {
                    *known = None;
                }
            }
        }
    }
    found.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
}

fn values(parameter: &ParameterItem, sheets: &UnitSheets, outlet: &str) -> Vec<Ratio> {
    let rows = sheets.sheets.get(&parameter.form).map_or(&[][..], |values| values.rows(&parameter.block));
    let of_outlet = rows.iter().filter(|row| row.get(&parameter.outlet).is_some_and(|o| o.trim() == outlet));
    of_outlet.filter_map(|row| typed_number(row.get(&parameter.item)?).ok().flatten()).collect()
}

/// A number as people type it; `None` for a blank.
fn typed_number(typed: &str) -> Result<Option<Ratio>, String> {
    match parse_as(&ItemType::Number { scale: SCALE }, "", typed) {
        Parsed::Blank => Ok(None),
        Parsed::Number(units) => Ok(Some(Decimal::new(i128::from(units), SCALE).to_ratio())),
        Parsed::Unreadable(why) => Err(why.to_string()),
        _ => Err(typed.to_owned()),
    }
}
