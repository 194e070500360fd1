use super::*;

const WORDS: &str = include_str!("../../../../instruments/cn-2017/matching/words.csv");
const MODEL: &str = include_str!("../../../../instruments/cn-2017/matching/model.toml");

fn vocabulary() -> Vocabulary {
    let places = [
        ("410000000000", "河南省"),
        ("410100000000", "郑州市"),
        ("410182000000", "荥阳市"),
        ("410502000000", "鼓楼区"),
        ("410204000000", "鼓楼区"),
    ];
    Vocabulary::read(WORDS, places).expect("the shipped words")
}

fn model() -> Model {
    Model::read(MODEL).expect("the shipped model")
}

#[test]
fn names_are_cut_into_their_parts() {
    let vocabulary = vocabulary();
    for (name, brand, trades, branch) in [
        ("荥阳市宏达机械有限公司", "宏达", 1, ""),
        ("河南省荥阳市宏达机械有限责任公司", "宏达", 1, ""),
        ("宏达机械（荥阳）有限公司", "宏达", 1, ""),
        (" 荥 阳 宏达 机械制造 有限公司", "宏达", 1, ""),
        ("宏達機械有限公司", "宏达", 1, ""),
        ("郑州宏达新型建材商贸有限公司", "宏达", 2, ""),
        ("荥阳市豫龙镇宏达建材厂", "宏达", 1, ""),
        ("荥阳市索河街道宏达建材厂", "宏达", 1, ""),
        ("荥阳市宏达机械有限责任公司第一分公司", "宏达", 1, "第一分公司"),
        ("荥阳市宏达机械有限公司二分厂", "宏达", 1, "二分厂"),
        ("宏达机械分厂", "宏达", 1, "分厂"),
        ("荥阳市鸿运养殖专业合作社", "鸿运", 1, ""),
        ("某某咨询（普通合伙）", "某某咨询", 0, ""),
        // Nothing is lost where nothing can be cut.
        ("荥阳市", "荥阳市", 0, ""),
        ("有限公司", "有限公司", 0, ""),
        ("", "", 0, ""),
    ] {
        let parts = NameParts::of(name, &vocabulary);
        let text = |chars: &[char]| chars.iter().collect::<String>();
        assert_eq!(
            (text(&parts.brand).as_str(), parts.trade.len(), text(&parts.branch).as_str()),
            (brand, trades, branch),
            "{name}"
        );
    }
}

/// Rows `name|code|phone|person|area|address|lon|lat`, one a line; a list each, `a` or `b`, before the first bar.
fn rows(text: &str) -> Rows {
    let mut rows = Rows::new(&["name", "code", "phone", "person", "area", "address", "lon", "lat"]);
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let mut cells = line.split('|').map(str::trim);
        let list = u16::from(cells.next() != Some("a"));
        rows.push(list, cells.chain(std::iter::repeat("")).take(8));
    }
    rows
}

/// The levels of the first two rows, by name.
#[track_caller]
fn levels(pair: &str, expect: &str) {
    let model = model();
    let rows = rows(pair);
    let pattern = run::pattern_of(&model, &vocabulary(), &rows, 0, 1).expect("a sound model");
    let name = |(c, comparison): (usize, &Comparison)| match learn::level(pattern, c) {
        0 => "-",
        l => comparison.kind.levels()[l - 1].name,
    };
    let found: Vec<&str> = model.comparisons.iter().enumerate().map(name).collect();
    assert_eq!(found.join(" "), expect, "{pair}");
}

#[test]
fn what_two_rows_agree_on() {
    for (one, two, expect) in [
        ("宏达机械厂||||", "荥阳市宏达机械有限公司||||", "core - - - -"),
        ("荥阳宏达机械厂||||", "荥阳宏达机械厂||||", "full - - - -"),
        ("宏达机械厂||||", "宏达机电设备厂||||", "brand - - - -"),
        ("宏达机械厂||||", "鸿达机械厂||||", "sound - - - -"),
        ("晟达机械厂||||", "盛达机械厂||||", "sound - - - -"),
        ("宏达机械厂||||", "宏达食品厂||||", "brand-only - - - -"),
        ("宏达石料厂||||", "宏大达石料厂||||", "near - - - -"),
        ("宏达机械厂||||", "兴隆面粉厂||||", "other - - - -"),
        ("宏达机械有限公司||||", "宏达机械有限公司分公司||||", "branch - - - -"),
        ("宏达机械有限公司分公司||||", "宏达机械有限责任公司分公司||||", "core - - - -"),
        ("|91410182MA3X5W7F3K|||", "|91410182-MA3X5W7F-3k|||", "- same - - -"),
        ("|91410182MA3X5W7F3K|||", "|MA3X5W7F3|||", "- organisation - - -"),
        ("|91410182MA3X5W7F3K|||", "|91410182AM3X5W7F3K|||", "- near - - -"),
        ("|91410182MA3X5W7F3K|||", "|92410182719134567X|||", "- other - - -"),
        ("|91130200699229617X|||", "|9144030071526726XG|||", "- differs - - -"),
        ("|9.14E+17|||", "|91410182MA3X5W7F3K|||", "- - - - -"),
        ("|000000000000000000|||", "|000000000000000000|||", "- - - - -"),
        ("||0371-64601234||", "||64601234||", "- - same - -"),
        ("||８６１３８０００００００１||", "||13800000001||", "- - same - -"),
        ("||13800000001/64601234||", "||13800000010||", "- - near - -"),
        ("|||张建国|", "|||张建國|", "- - - same -"),
        ("|||张建国|", "|||章建国|", "- - - sound -"),
        ("|||张建国|", "|||张建中|", "- - - near -"),
        ("||||410182100201|荥阳市豫龙镇槐西村3组", "||||410182100201|河南省荥阳市豫龙镇槐西村3组", "- - - - address"),
        ("||||410182|荥阳市槐西村3组|113.4|34.8", "||||410182|京城路9号|113.4003|34.8001", "- - - - spot"),
        ("||||410182100201|", "||||410182100202|", "- - - - town"),
        ("||||410182|京城路9号", "||||410181|京城路9号", "- - - - other"),
        // The county of an address stands in for a missing code; one that two counties share does not.
        ("||||410182|京城路9号", "|||||荥阳市京城路9号", "- - - - address"),
        ("||||410182|京城路9号", "|||||鼓楼区京城路9号", "- - - - address"),
        ("||||410182000000|", "||||410181000000|", "- - - - other"),
    ] {
        levels(&format!("a|{one}\na|{two}"), expect);
    }
}

/// A list in which learning has something to learn: strangers, and the pairs of `text`.
fn crowd(text: &str) -> Rows {
    let brands: Vec<char> = "鑫宏达源盛华金泰恒瑞祥顺隆兴利丰永信诚德".chars().collect();
    let trades = ["机械", "建材", "食品", "化工", "纺织", "木业", "塑料"];
    let mut lines = String::from(text);
    for n in 0..600usize {
        let (x, y) = (brands[n * 7 % 20], brands[(n * 3 + n / 20) % 20]);
        let name = format!("荥阳市{x}{y}{}有限公司", trades[n % 7]);
        let code = format!("91410182{:08}{}X", 10_000_019 + n * 7919, n % 10);
        lines += &format!(
            "\na|{name}|{code}|138{:08}|王{}{}|410182{:03}200|京城路{n}号||",
            n * 104_729 % 90_000_000,
            x,
            n,
            100 + n % 14
        );
        if n % 5 == 0 {
            lines +=
                &format!("\nb|{x}{y}{}厂|{code}|||410182{:03}200|荥阳市京城路{n}号||", trades[n % 7], 100 + n % 14);
        }
    }
    rows(&lines)
}

#[test]
fn certain_pairs_are_joined_and_a_branch_is_not() {
    let rows = crowd(
        "a|荥阳市万通轴承有限公司|91410182MA3X5W7F3K|13800000001|赵一|410182100201|荥阳市豫龙镇槐西村3组
         a|万通轴承有限责任公司|91410182MA3X5W7F3K|13800000001|赵一|410182100201|豫龙镇槐西村3组
         a|荥阳市万通轴承有限公司第一分公司||13800000001|赵一|410182100201|荥阳市豫龙镇槐西村3组
         a|荥阳市旭日印务有限公司||13800000001|赵一|410182100201|荥阳市豫龙镇槐西村3组",
    );
    let (model, vocabulary) = (model(), vocabulary());
    let found = matched(&model, &vocabulary, &rows, false, -10_000, None).expect("a run");
    let pair = |a, b| *found.matches.iter().find(|m| (m.a, m.b) == (a, b)).expect("a candidate");
    assert!(pair(0, 1).certain(10_000), "{:?}", pair(0, 1));
    assert_eq!(pair(0, 2).ruling, Ruling::Never);
    assert_eq!(pair(0, 3).ruling, Ruling::Doubt);
    assert!(why(&model, pair(0, 3).pattern).is_some_and(|why| why.starts_with("名称不同而一方没有代码")));
    assert_eq!(why(&model, pair(0, 1).pattern), None);
    let joined = clusters(rows.len(), &found.matches, 0, |r| rows.list(r as usize), &[], &[], &[]);
    assert_eq!(joined[0], [0, 1]);
    assert_eq!(joined.len(), 121, "each stranger that was written twice is one unit with its double");
    // A person's word stands against any weight.
    let parted = clusters(rows.len(), &found.matches, 0, |_| 0, &[], &[(2, 3)], &[(0, 1)]);
    assert_eq!(parted[0], [2, 3]);
    assert_eq!(parted.len(), 121);
    let lines = explain(&model, &found.learned, pair(0, 1).pattern);
    assert_eq!(lines[1].1, "代码相同");
}

#[test]
fn a_list_without_doubles_gives_a_cluster_at_most_one_row() {
    let same = |a, b, weight| Match { a, b, pattern: 0, weight, ruling: Ruling::Free };
    // Rows 0 and 1 are of list 0, row 2 of list 1: the stronger pair wins.
    let matches = [same(0, 2, 5000), same(1, 2, 9000)];
    let list = |row: u32| u16::from(row == 2);
    assert_eq!(clusters(3, &matches, 0, list, &[0], &[], &[]), [vec![1, 2]]);
    assert_eq!(clusters(3, &matches, 0, list, &[], &[], &[]), [vec![0, 1, 2]]);
    assert!(clusters(3, &matches, 10_000, list, &[], &[], &[]).is_empty());
}

#[test]
fn large_blocks_are_left_out_and_named() {
    let mut text = String::new();
    for n in 0..300 {
        text += &format!("a|厂{n}号||0371-64601234|||路{n}号\n");
    }
    let found = matched(&model(), &vocabulary(), &rows(&text), false, 0, None).expect("a run");
    assert_eq!(found.left_out, [LeftOut { rule: "phone.exact".to_owned(), blocks: 1, largest: 300 }]);
}

#[test]
fn a_model_that_names_what_is_not_there_is_refused() {
    for (model, expect) in [
        ("comparison = []\n[[block]]\nkeys = [\"name.core\"]", "`name` names no comparison"),
        (
            "[[comparison]]\nname = \"n\"\ntitle = \"\"\nkind = \"phone\"\ncolumns = [\"p\"]\n[[block]]\nkeys = [\"n.core\"]",
            "`n.core` names no facet; known: exact",
        ),
        (
            "block = []\n[[comparison]]\nname = \"n\"\ntitle = \"\"\nkind = \"place\"\ncolumns = [\"p\"]",
            "`n` needs 4 columns, it has 1",
        ),
    ] {
        let parsed: Model = toml::from_str(model).expect("well-formed");
        let problem = parsed.checked().expect_err("refused").to_string();
        assert!(problem.contains(expect), "{problem}");
    }
}
