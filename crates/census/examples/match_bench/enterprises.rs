//! Enterprise lists with known truth: units of Henan as several offices would write them down. All invented.
//!
//! What differs between two records of one unit, and which different units look alike, is modelled on what
//! lists show: places dropped or of another level, brackets, legal forms, homophones, look-alikes, old names,
//! branches, several licences at one site, numbers of agents, codes of another unit typed in.

use std::fmt::Write as _;

use expr::check_digit;

const BRAND: &str = "鑫宏达源盛华金泰恒瑞祥顺隆兴利丰永信诚德昌茂和众联合天龙腾飞东方中原豫嵩海洋阳光明辉煌亿万通福康嘉美佳益民富强国力大成新世纪创展博远图志立正百川江河云峰山岭松柏翔宇安平凯旋胜捷锐锋铭洁净绿青蓝星辰宝玉银钰铂晶莹双三元一品优特精致雅凤麒麟鹏鸿运庆春秋红日月";
const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文";
const GIVEN: &str = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂兰玉梅红建国志文华海燕春生林峰云龙飞鹏辉斌波宇浩然欣怡梓涵子轩新民永顺保忠庆和利东升占胜长根广田全喜";
/// Groups of one sound, for slips of hearing.
const HEARD: [&str; 14] = [
    "宏鸿弘洪红泓",
    "鑫新欣馨信",
    "源原元园远",
    "盛胜圣晟",
    "华画花",
    "恒衡横",
    "瑞锐睿",
    "祥翔详",
    "隆龙",
    "丰峰锋风",
    "达大",
    "顺舜",
    "兴星",
    "利力丽立",
];
const LOOKS: [&str; 6] = ["宏弘", "晟盛", "己已", "圆园", "析折", "鑫金"];
const TRADITIONAL: [(&str, &str); 12] = [
    ("华", "華"),
    ("兴", "興"),
    ("龙", "龍"),
    ("万", "萬"),
    ("东", "東"),
    ("云", "雲"),
    ("风", "風"),
    ("丰", "豐"),
    ("国", "國"),
    ("义", "義"),
    ("达", "達"),
    ("银", "銀"),
];

/// Numbers from a seed (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.roll() % n.max(1) as u64) as usize
    }

    /// True so many times in a thousand.
    fn in_thousand(&mut self, n: usize) -> bool {
        self.below(1000) < n
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Early entries more often: the smaller of two draws.
    fn skewed<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let (a, b) = (self.below(of.len()), self.below(of.len()));
        &of[a.min(b)]
    }
}

/// A village with the names above it.
#[derive(Debug, Clone)]
pub struct Village {
    pub code: String,
    pub name: String,
    pub town: String,
    pub county: String,
    pub city: String,
    /// Millionths of a degree.
    pub position: [i64; 2],
}

/// Trade words by class.
pub type Trades = Vec<Vec<String>>;

/// The unit as it is.
#[derive(Debug, Clone)]
struct Enterprise {
    village: usize,
    brand: String,
    trade: (usize, String),
    form: &'static str,
    branch: String,
    old_brand: Option<String>,
    code: String,
    phone: String,
    person: String,
    street: String,
    position: [i64; 2],
}

const COMPANY: &[&str] = &["有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司"];
const WORKS: &[&str] = &["厂", "厂", "厂", "总厂"];
const SOLE: &[&str] = &["加工部", "经营部", "店", "作坊", "加工厂", "门市部"];
const COOP: &[&str] = &["专业合作社", "农民专业合作社", "合作社"];

/// Writes about `rows` rows: id,list,name,code,phone,person,address,area,lon,lat,truth.
pub fn write(out: &mut String, rows: usize, seed: u64, villages: &[Village], trades: &Trades) {
    let mut dice = Dice(seed);
    let brand: Vec<char> = BRAND.chars().collect();
    out.push_str("id,list,name,code,phone,person,address,area,lon,lat,truth\n");
    let (mut row, mut truth) = (0, 0);
    let mut other_code = String::new();
    let agents: Vec<String> = (0..=rows / 2000).map(|_| mobile(&mut dice)).collect();
    while row < rows {
        let first = enterprise(&mut dice, &brand, villages, trades);
        let mut units = vec![first.clone()];
        // A branch of the same firm; another licence at the same site; the same name elsewhere.
        if COMPANY.contains(&first.form) && dice.in_thousand(30) {
            units.push(branch(&mut dice, &first, villages));
        }
        if dice.in_thousand(30) {
            let stranger = enterprise(&mut dice, &brand, villages, trades);
            let (village, position) = (first.village, first.position);
            let (phone, person, street) = (first.phone.clone(), first.person.clone(), first.street.clone());
            units.push(Enterprise { village, phone, person, street, position, ..stranger });
        }
        if dice.in_thousand(20) {
            let stranger = enterprise(&mut dice, &brand, villages, trades);
            let (brand, trade, form) = (first.brand.clone(), first.trade.clone(), first.form);
            units.push(Enterprise { brand, trade, form, ..stranger });
        }
        for mut unit in units {
            if dice.in_thousand(20) {
                unit.phone.clone_from(dice.pick(&agents));
            }
            let copies = 1 + match dice.below(100) {
                0..=5 => 2,
                6..=32 => 1,
                _ => 0,
            };
            for copy in 0..copies {
                let cells = record(&mut dice, &unit, copy, &other_code, villages, trades, &brand);
                let _ = writeln!(out, "{row},a,{},{truth}", cells.join(","));
                row += 1;
            }
            other_code.clone_from(&unit.code);
            truth += 1;
        }
    }
}

fn enterprise(dice: &mut Dice, brand: &[char], villages: &[Village], trades: &Trades) -> Enterprise {
    let village = dice.below(villages.len());
    let at = &villages[village];
    let (forms, front) = match dice.below(100) {
        0..=54 => (COMPANY, "91"),
        55..=74 => (WORKS, "91"),
        75..=94 => (SOLE, "92"),
        _ => (COOP, "93"),
    };
    let person = person(dice);
    let class = dice.skewed(&(0..trades.len()).collect::<Vec<_>>()).to_owned();
    let own_name = front == "92" && dice.in_thousand(250);
    let brand_name = if own_name { person.clone() } else { words(dice, brand) };
    // One in five is in an industrial park of its county, where hundreds share the street.
    let (street, position) = if dice.in_thousand(200) {
        let park = dice.below(5);
        let centre = [at.position[0] / 100_000 * 100_000 + park as i64 * 9000, at.position[1] / 100_000 * 100_000];
        (format!("产业集聚区{}路{}号", ["创业", "工业", "科技", "兴业", "纬三"][park], 1 + dice.below(120)), centre)
    } else if dice.in_thousand(600) {
        (format!("{}{}组", at.name, 1 + dice.below(15)), at.position)
    } else {
        (
            format!(
                "{}{}路{}号",
                at.name,
                dice.pick(&["人民", "中原", "建设", "工业", "东风", "文化"]),
                1 + dice.below(200)
            ),
            at.position,
        )
    };
    let position = [position[0] + dice.below(8000) as i64 - 4000, position[1] + dice.below(8000) as i64 - 4000];
    let phone = if dice.in_thousand(700) { mobile(dice) } else { format!("0371-6{:07}", dice.below(10_000_000)) };
    Enterprise {
        village,
        brand: brand_name,
        trade: (class, dice.pick(&trades[class]).clone()),
        form: dice.pick::<&'static str>(forms),
        branch: String::new(),
        old_brand: dice.in_thousand(60).then(|| words(dice, brand)),
        code: credit_code(dice, front, &at.code[..6]),
        phone,
        person,
        street,
        position,
    }
}

fn words(dice: &mut Dice, brand: &[char]) -> String {
    let n = match dice.below(100) {
        0..=77 => 2,
        78..=93 => 3,
        _ => 4,
    };
    (0..n).map(|_| *dice.skewed(brand)).collect()
}

fn person(dice: &mut Dice) -> String {
    let (surnames, given): (Vec<char>, Vec<char>) = (SURNAMES.chars().collect(), GIVEN.chars().collect());
    let mut name = String::from(*dice.skewed(&surnames));
    for _ in 0..=usize::from(dice.in_thousand(650)) {
        name.push(*dice.skewed(&given));
    }
    name
}

fn mobile(dice: &mut Dice) -> String {
    format!("1{}{:08}", dice.pick(&["38", "39", "35", "50", "86", "33"]), dice.below(100_000_000))
}

fn credit_code(dice: &mut Dice, front: &str, county: &str) -> String {
    const SYMBOLS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut body = String::from(if dice.in_thousand(600) { "MA" } else { "" });
    while body.len() < 8 {
        body.push(if body.starts_with("MA") {
            char::from(*dice.pick(SYMBOLS))
        } else {
            char::from(b'0' + dice.below(10) as u8)
        });
    }
    let check = check_digit::organisation_code_check(&body).unwrap_or('0');
    let code = format!("{front}{county}{body}{check}");
    let last = check_digit::credit_code_check(&code).unwrap_or('0');
    format!("{code}{last}")
}

fn branch(dice: &mut Dice, of: &Enterprise, villages: &[Village]) -> Enterprise {
    let mut unit = of.clone();
    unit.branch = String::from(*dice.pick(&["分公司", "第一分公司", "第二分公司", "二分厂", "分厂"]));
    let near = (of.village + dice.below(40)).min(villages.len() - 1);
    unit.village = near;
    unit.position = [villages[near].position[0] + 300, villages[near].position[1] - 200];
    unit.street = format!("{}{}号", villages[near].name, 1 + dice.below(90));
    unit.code = credit_code(dice, "91", &villages[near].code[..6]);
    if dice.in_thousand(500) {
        unit.person = person(dice);
    }
    if dice.in_thousand(500) {
        unit.phone = mobile(dice);
    }
    unit
}

/// One record of the unit, as one office wrote it.
fn record(
    dice: &mut Dice,
    unit: &Enterprise,
    copy: usize,
    other_code: &str,
    villages: &[Village],
    trades: &Trades,
    brand: &[char],
) -> [String; 8] {
    let at = &villages[unit.village];
    let rough = copy > 0;
    let name = name(dice, unit, at, rough, trades, brand);
    let mut code = unit.code.clone();
    match dice.below(1000) {
        0..=219 => code.clear(),
        220..=269 => code = code[8..17].to_owned(),
        270..=294 => code = format!("{}-{}-{}", &code[..8], &code[8..16], &code[16..]),
        295..=314 => code = slip(dice, &code),
        315..=319 => other_code.clone_into(&mut code),
        320..=322 => code = format!("{}.{}E+17", &code[..1], &code[1..3]),
        323..=325 => code = "0".repeat(18),
        _ => {}
    }
    let phone = match dice.below(100) {
        0..=19 => String::new(),
        20..=32 => mobile(dice),
        33..=34 => slip(dice, &unit.phone),
        35..=39 => format!("86{}", unit.phone.replace('-', "")),
        40..=44 => unit.phone.replace("0371-", ""),
        _ => unit.phone.clone(),
    };
    let person = match dice.below(100) {
        0..=14 => String::new(),
        15..=19 => person(dice),
        20..=21 => heard(dice, &unit.person),
        _ => unit.person.clone(),
    };
    let address = match dice.below(100) {
        0..=9 => String::new(),
        10..=16 => format!("{}{}{}", at.county, at.town, dice.pick(&["人民路", "中心街", "商贸城"])),
        17..=40 => format!("{}{}{}{}", at.city, at.county, at.town, unit.street),
        41..=60 => format!("{}{}{}", at.county, at.town, unit.street),
        61..=75 => unit.street.clone(),
        76..=85 => format!("河南省{}{}{}{}", at.city, at.county, at.town, unit.street),
        86..=93 => format!(
            "{}{}{}",
            at.county,
            at.town,
            unit.street.trim_end_matches(|c: char| c == '号' || c.is_ascii_digit())
        ),
        _ => format!("{}{}", at.county, unit.street.replace('组', "村民组").replace('号', "")),
    };
    let area = match dice.below(100) {
        0..=4 => String::new(),
        5..=24 => format!("{}000", &at.code[..9]),
        25..=34 => format!("{}000000", &at.code[..6]),
        35..=37 => villages[(unit.village + 1 + dice.below(30)).min(villages.len() - 1)].code.clone(),
        _ => at.code.clone(),
    };
    let (lon, lat) = match dice.below(100) {
        0..=39 => (String::new(), String::new()),
        40 => (degrees(113_000_000), degrees(34_000_000)),
        _ => {
            let mut near = |v: i64| degrees(v + dice.below(1200) as i64 - 600);
            (near(unit.position[0]), near(unit.position[1]))
        }
    };
    [name, code, phone, person, address, area, lon, lat]
}

fn degrees(millionths: i64) -> String {
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

fn name(dice: &mut Dice, unit: &Enterprise, at: &Village, rough: bool, trades: &Trades, brand: &[char]) -> String {
    let mut words = unit.brand.clone();
    let (class, mut trade) = unit.trade.clone();
    let mut form = unit.form;
    if rough {
        match dice.below(1000) {
            0..=39 => words = heard(dice, &words),
            40..=54 => words = swapped(dice, &words, &LOOKS),
            55..=74 => {
                for (simple, traditional) in TRADITIONAL {
                    words = words.replace(simple, traditional);
                }
            }
            75..=94 => {
                if let Some(old) = &unit.old_brand {
                    words.clone_from(old);
                }
            }
            95..=104 => words.push(*dice.skewed(brand)),
            _ => {}
        }
        match dice.below(1000) {
            0..=59 => trade.clone_from(dice.pick(&trades[class])),
            60..=99 => trade.clear(),
            100..=119 => trade.push_str(dice.pick(&trades[dice.0 as usize % trades.len()]).clone().as_str()),
            _ => {}
        }
        match dice.below(1000) {
            0..=149 if COMPANY.contains(&form) => form = *dice.pick(COMPANY),
            150..=199 => form = "",
            200..=229 if WORKS.contains(&form) => form = "有限公司",
            230..=299 if SOLE.contains(&form) => form = *dice.pick(SOLE),
            _ => {}
        }
    }
    let county = at.county.as_str();
    // 滑县 is never written 滑.
    let short = Some(county.trim_end_matches(['市', '县', '区'])).filter(|s| s.chars().count() > 1).unwrap_or(county);
    let core = match dice.below(100) {
        0..=39 => format!("{county}{words}{trade}{form}"),
        40..=54 => format!("{}{words}{trade}{form}", at.city),
        55..=62 => format!("河南{words}{trade}{form}"),
        63..=69 => format!("河南省{}{county}{words}{trade}{form}", at.city),
        70..=76 => format!("{short}{words}{trade}{form}"),
        77..=81 => format!("{words}{trade}（{short}）{form}"),
        82..=84 => format!("{county}{}{words}{trade}{form}", at.town),
        _ => format!("{words}{trade}{form}"),
    };
    let whole = format!("{core}{}", unit.branch);
    match dice.below(100) {
        0..=2 if rough => whole.chars().flat_map(|c| [c, ' ']).collect(),
        3..=4 if rough => whole.replace('（', "(").replace('）', ")"),
        _ => whole,
    }
}

/// One character heard wrong.
fn heard(dice: &mut Dice, text: &str) -> String {
    swapped(dice, text, &HEARD)
}

fn swapped(dice: &mut Dice, text: &str, groups: &[&str]) -> String {
    for (at, c) in text.chars().enumerate() {
        if let Some(group) = groups.iter().find(|g| g.contains(c)) {
            let other = *dice.pick(&group.chars().collect::<Vec<_>>());
            return text.chars().enumerate().map(|(i, c)| if i == at { other } else { c }).collect();
        }
    }
    text.to_owned()
}

/// One typed character wrong, or two exchanged.
fn slip(dice: &mut Dice, text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = dice.below(chars.len().saturating_sub(1).max(1));
    if dice.in_thousand(400) && at + 1 < chars.len() {
        chars.swap(at, at + 1);
    } else if let Some(c) = chars.get_mut(at) {
        *c = char::from(b'0' + dice.below(10) as u8);
    }
    chars.into_iter().collect()
}
