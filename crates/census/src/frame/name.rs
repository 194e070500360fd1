//! Names of units made comparable.

use crate::text;

/// The name in a form in which two spellings of one unit are equal: half-width, no blanks, one
/// kind of brackets, no place in front, no kind of company behind.
pub fn normalised(name: &str, places: &[&str]) -> String {
    let mut plain: String = text::squeeze(&text::narrow(name))
        .chars()
        .map(|c| match c {
            '【' | '[' | '〔' | '{' => '(',
            '】' | ']' | '〕' | '}' => ')',
            _ => c.to_ascii_uppercase(),
        })
        .collect();
    // (荥阳) in the middle says the same as 荥阳 in front.
    for place in places {
        plain = plain.replace(&format!("({place})"), "");
    }
    let mut rest = plain.as_str();
    while let Some(shorter) = places.iter().find_map(|place| rest.strip_prefix(place)).filter(|s| !s.is_empty()) {
        rest = shorter;
    }
    // A branch is never its parent: 分公司 and 分厂 stay.
    let branch = rest.ends_with("分公司") || rest.ends_with("分厂");
    let kinds = ["有限责任公司", "股份有限公司", "有限公司"];
    let core = if branch { None } else { kinds.iter().find_map(|kind| rest.strip_suffix(kind)) };
    core.filter(|c| !c.is_empty()).unwrap_or(rest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_unit_are_equal_and_a_branch_is_not() {
        let places = ["河南省", "郑州市", "郑州", "荥阳市", "荥阳"];
        for (given, expect) in [
            ("荥阳市宏达机械有限公司", "宏达机械"),
            ("河南省荥阳市宏达机械有限责任公司", "宏达机械"),
            ("宏达机械（荥阳）有限公司", "宏达机械"),
            (" 宏达 机械有限公司", "宏达机械"),
            ("荥阳市宏达机械有限公司分公司", "宏达机械有限公司分公司"),
            ("荥阳市宏达机械有限公司一分厂", "宏达机械有限公司一分厂"),
            ("ＡＢＣ砖厂", "ABC砖厂"),
            ("荥阳市", "荥阳市"),
            ("有限公司", "有限公司"),
        ] {
            assert_eq!(normalised(given, &places), expect, "{given}");
        }
    }
}
