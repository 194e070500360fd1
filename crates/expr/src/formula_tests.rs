use proptest::prelude::*;

use super::*;

/// `formula; A=15, S=0.6` → the value.
fn check(text: &str, values: &str, expect: &str) {
    let given: Vec<(String, Ratio)> = values
        .split(';')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (variable_name(name), value.trim().parse().expect("a number")))
        .collect();
    let lookup = |name: &str| given.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    let got = match Formula::parse(text) {
        Ok(formula) => match formula.eval(&lookup) {
            Ok(value) => value.to_string(),
            Err(unvalued) => unvalued.to_string(),
        },
        Err(diagnostic) => format!("{diagnostic} @{}", diagnostic.span.start),
    };
    assert_eq!(got, expect, "{text} with {values}");
}

#[test]
fn formulas_of_the_handbooks() {
    check("118.212", "", "118.212");
    check("1.5e-3", "", "0.0015");
    check("16S", "S=0.6", "9.6");
    check("1.25A", "A=15", "18.75");
    check("9.23Aar+8.76", "Aar=22", "211.82");
    check("6.31Aar+61.94Sar+7.54", "Aar=20;Sar=1", "195.68");
    check("238.6+61.94Sar", "Sar=1", "300.54");
    check("0.000995MHgar", "MHgar=0.17", "0.00016915");
    check("0.8315·C_M,S", "CM,S=0.2", "0.1663");
    check("0.8315CM,S", "C_M,S=0.2", "0.1663");
    check(
        "2×(M含铁料×S含铁料+M固燃×S固燃−1000×S烧结矿)",
        "M含铁料=950;S含铁料=0.0008;M固燃=55;S固燃=0.006;S烧结矿=0.0003",
        "1.58",
    );
    check("A/(1−A)", "A=0.9", "9");
    check("1240A/(1-A)", "A=0.5", "1240");
    check("236300×L", "L=0.001", "236.3");
    check("0.5714Sar+97.14", "Sar=0.9", "97.65426");
    check("－（2＋3）×A", "A=2", "-10");
    check("A+(CaSu*U)^(SU/S)", "A=1;S=2;U=3;SU=4;CaSu=5", "226");
    check("2(A)(B)", "A=3;B=5", "30");
    check("2E", "E=4", "8");
}

#[test]
fn what_is_missing_is_named() {
    check("6.31Aar+61.94Sar", "", "no value for Aar, Sar");
    check("A/(1-A)", "A=1", "division by zero");
    check("A^B", "A=2;B=0.5", "the exponent is not a whole number from -60 to 60");
    check("A^(-1)", "A=0", "division by zero");
    assert_eq!(Formula::not_given().eval(&|_| None), Err(Unvalued::NotGiven));
    assert_eq!(Formula::parse("16S").map(|f| f.number), Ok(None));
    assert_eq!(Formula::parse("-2").map(|f| f.number), Ok(Some(Ratio::whole(-2))));
}

#[test]
fn mistakes_have_a_place() {
    check("", "", "formula-end: expected a number or a name, the formula ends @0");
    check("16S+", "", "formula-end: expected a number or a name, the formula ends @4");
    check("(16S", "", "formula-bracket: this bracket is not closed; add `)` @0");
    check("16S)", "", "formula-rest: unexpected `)` after a whole formula @3");
    check("16 17", "", "formula-rest: unexpected the number 17 after a whole formula @3");
    check("16＄", "", "formula-sign: `＄` has no place in a formula; use numbers, names, + - × / ^ and brackets @2");
    check(&"(".repeat(200), "", "formula-deep: more than 60 levels deep @61");
    check(&"-".repeat(200), "", "formula-deep: more than 60 levels deep @61");
    check(&"9".repeat(100), "", &format!("formula-number: `{}` is not a number @0", "9".repeat(100)));
    assert!(Formula::parse(&"(".repeat(100_000)).is_err_and(|d| d.code == "formula-long"));
    check("9^60^60", "", "the exponent is not a whole number from -60 to 60");
    check("(9^60)^60", "", "the exponent is not a whole number from -60 to 60");
    assert!(Formula::parse(&format!("{}1", "1+".repeat(500))).is_ok_and(|f| f.eval(&|_| None).is_ok()));
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC{0,40}") {
        if let Ok(formula) = Formula::parse(&text) {
            let _ = formula.eval(&|_| Some(Ratio::whole(2)));
        }
    }

    #[test]
    fn never_panics_near_formulas(text in "[0-9.eEASM,_()×*/+−^ 含]{0,40}") {
        if let Ok(formula) = Formula::parse(&text) {
            let _ = formula.eval(&|_| Some(Ratio::whole(2)));
        }
    }

    #[test]
    fn linear_formulas_are_exact(a in -10_000i64..10_000, b in -10_000i64..10_000, s in 0i64..1000) {
        let formula = Formula::parse(&format!("{a}S+({b})")).expect("a formula");
        prop_assert_eq!(formula.eval(&|_| Some(Ratio::whole(s))), Ok(Ratio::whole(a * s + b)));
    }
}
