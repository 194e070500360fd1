//! The instrument as linked data: what a package says, with every reference resolved.

use std::collections::BTreeMap;

use expr::measure::Measure;
use expr::schema::{ColumnId, TableId};

/// Where a statement comes from. Nothing recalled is shown as official.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Seen in a source.
    Seen,
    /// Recalled: *provisional* until compared with the official text.
    Recalled,
    /// Decided by this project.
    Decided,
}

impl Mark {
    /// `S`, `R` or `D`.
    pub fn read(text: &str) -> Option<Mark> {
        match text {
            "S" => Some(Mark::Seen),
            "R" => Some(Mark::Recalled),
            "D" => Some(Mark::Decided),
            _ => None,
        }
    }
}

impl Provenance {
    /// Whether what it stands by is recalled, and shown as provisional (暂定).
    pub fn provisional(&self) -> bool {
        self.mark == Mark::Recalled
    }

    /// Whether the number was inferred from the order in which names were seen (编号推定).
    pub fn number_inferred(&self) -> bool {
        self.text.contains("#R")
    }

    /// Recalled or reconstructed with low confidence.
    pub fn uncertain(&self) -> bool {
        self.text.contains("R?")
    }
}

/// A mark with the words behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    pub mark: Mark,
    /// The source as the package names it: `S:VUE #R`.
    pub text: String,
}

/// A census as data (普查制度), read from a folder, linked and checked.
#[derive(Debug, Clone)]
pub struct Instrument {
    /// `cn-2017`.
    pub id: String,
    pub title: String,
    pub version: String,
    /// The reference year: 2017.
    pub period: u16,
    /// In the package's order.
    pub forms: Vec<Form>,
    /// Header and footer items common to all forms (H1-H7, F1-F5).
    pub common: Vec<Item>,
    pub lists: Vec<CodeList>,
    pub respondents: Vec<Respondent>,
    pub rules: Vec<Rule>,
    pub factors: crate::factors::FactorLibrary,
    pub areas: Vec<AreaRow>,
    /// Codes that changed, before or after the area table.
    pub area_changes: Vec<AreaChange>,
    /// Other names of areas.
    pub area_names: Vec<AreaName>,
    pub review: ReviewChain,
    pub schedule: Vec<Milestone>,
    pub tables: Vec<TableDefinition>,
    /// Parameters rules and methods may name (limits per census and province).
    pub parameters: BTreeMap<String, Parameter>,
    /// What rules may name: built from forms and lists.
    pub schema: expr::Schema,
    /// SHA-256 over all files of the package, in path order.
    pub fingerprint: String,
}

/// A form (普查表).
#[derive(Debug, Clone)]
pub struct Form {
    /// `G102`.
    pub code: String,
    pub title: String,
    pub title_en: String,
    /// `G` industrial, `N` agricultural, `S` domestic, `J` centralised, `Y` mobile, `QC` directory check.
    pub family: String,
    pub kind: FormKind,
    /// The kind of respondent that fills it.
    pub respondent: String,
    /// When it is due, in words.
    pub due: String,
    pub items: Vec<Item>,
    /// The form's flat block first (`""`), then its row blocks, in printed order.
    pub blocks: Vec<Block>,
    pub confidence: String,
}

/// Who fills a form and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormKind {
    /// Filled by or with the unit (基表).
    Base,
    /// Filled by departments for an area (综合表).
    Comprehensive,
    /// Written by the accounting (核算表).
    Accounting,
    /// Computed from others.
    Computed,
    /// Directory check (清查表).
    Directory,
}

/// A block of a form: its flat part or one of its row tables. One block is one table of the schema.
#[derive(Debug, Clone)]
pub struct Block {
    /// `""` or `facility`.
    pub name: String,
    pub title: String,
    pub many: bool,
    pub table: TableId,
}

/// An item (指标), or one part of a composite item.
#[derive(Debug, Clone)]
pub struct Item {
    /// As printed: `05`; parts are separate items with a dotted code: `05.lon`.
    pub code: String,
    pub name: String,
    pub name_en: String,
    /// Position in [`Form::blocks`].
    pub block: usize,
    pub ty: ItemType,
    pub measure: Measure,
    pub required: Required,
    pub notes: String,
    pub provenance: Provenance,
    /// Where rules find it.
    pub column: ColumnId,
}

/// The type of an item's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemType {
    /// At most `scale` decimals; whole number when 0.
    Number {
        scale: u8,
    },
    /// At most so many characters.
    Text {
        max: u16,
    },
    /// A code of the named list.
    Code {
        list: String,
    },
    /// Several codes of the named list, at most `max`, joined by `;`.
    Codes {
        list: String,
        max: u8,
    },
    Date,
    YearMonth,
    /// Degrees, minutes, seconds.
    Angle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    Yes,
    /// Depends on another item or block.
    Conditional,
    /// Applies to some industries only.
    ByIndustry,
    No,
}

/// A code list (代码表).
#[derive(Debug, Clone)]
pub struct CodeList {
    pub name: String,
    pub title: String,
    pub members: Vec<Member>,
}

#[derive(Debug, Clone)]
pub struct Member {
    pub code: String,
    pub name: String,
    pub name_en: String,
    /// Code of the parent in a tree-shaped list, or empty.
    pub parent: String,
    /// `key=value; …` as the package gives it.
    pub extra: String,
    pub provenance: Provenance,
}

/// A kind of respondent (普查对象类别) and what it owes.
#[derive(Debug, Clone)]
pub struct Respondent {
    /// `industrial`, `farm`, `facility-sewage`, `village`, `county` …
    pub code: String,
    pub title: String,
    pub forms: Vec<Obligation>,
}

/// A form a respondent owes, and when.
#[derive(Debug, Clone)]
pub struct Obligation {
    pub form: String,
    /// A condition in the language over the respondent's forms; empty: always.
    pub when: String,
    /// `exact`: the form must be absent when the condition is false.
    pub exact: bool,
}

/// How grave a finding of the rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// 强制性: must be corrected; blocks the step.
    Error,
    /// 核实性: corrected, or explained by a named person.
    Verify,
    /// 提示性: shown only.
    Hint,
}

/// An audit rule (审核规则).
#[derive(Debug, Clone)]
pub struct Rule {
    /// `C005`; stable, never reused.
    pub code: String,
    pub title: String,
    pub grade: Grade,
    /// Home of the rule: `G102`, `G102/facility`, or a set: `directory`, `area`.
    pub scope: String,
    /// The condition that must hold, in the language.
    pub text: String,
    /// Line of the file on which `text` begins.
    pub text_line: u32,
    /// Chinese message; `{…}` holds expressions over the row.
    pub message: String,
    pub provenance: Provenance,
    /// `rules/C-arithmetic.md`, line of the rule's heading.
    pub file: String,
    pub line: u32,
    pub cases: Vec<RuleCase>,
    /// Not a condition over rows: implemented where it belongs, named here (`frame::unique`).
    pub native: Option<String>,
}

/// One line of a rule's case table.
#[derive(Debug, Clone)]
pub struct RuleCase {
    pub line: u32,
    /// Column heading (`[01]`, `G101-1[14]`, `exists(G102)`) → cell text.
    pub given: Vec<(String, String)>,
    pub expect: expr::Outcome,
}

/// A row of the area table (行政区划).
#[derive(Debug, Clone)]
pub struct AreaRow {
    /// 12 digits.
    pub code: String,
    pub name: String,
    pub level: AreaLevel,
    /// 12 digits; empty for the root.
    pub parent: String,
    /// The census office it reports to, which is not always its code parent; empty: its code parent.
    pub reports_to: String,
    /// Urban-rural class of a village-level area, or empty.
    pub urban_rural: String,
}

/// A code that was abolished, merged or upgraded (区划变更).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaChange {
    /// 12 digits; need not be in the area table.
    pub old: String,
    pub old_name: String,
    /// 12 digits; need not be in the area table either: later lists use later codes.
    pub new: String,
    /// ISO day.
    pub since: String,
    /// 撤县设区, 合并 …
    pub kind: String,
    /// `S` seen, `R` recalled, `D` decided.
    pub mark: String,
}

/// Another name of an area (别名): an old or a common one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaName {
    pub code: String,
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AreaLevel {
    Province,
    City,
    County,
    Town,
    Village,
}

/// The chain of steps (评审环节) and who may do what.
#[derive(Debug, Clone, Default)]
pub struct ReviewChain {
    pub steps: Vec<ReviewStep>,
}

#[derive(Debug, Clone)]
pub struct ReviewStep {
    /// `self-check`, `sign`, `pre-check`, `county`, `city`, `province`.
    pub code: String,
    pub title: String,
    /// Role that does it.
    pub role: String,
    /// Level whose totals a unit enters after this step, if any.
    pub totals: Option<AreaLevel>,
    /// Least number of persons (两名普查员).
    pub persons: u8,
}

/// A milestone of the work plan (时间节点).
#[derive(Debug, Clone)]
pub struct Milestone {
    pub code: String,
    pub title: String,
    pub levels: Vec<String>,
    /// `2018-05-31`.
    pub due: String,
    pub note: String,
    pub provenance: Provenance,
}

/// A tabulation (汇总表).
#[derive(Debug, Clone)]
pub struct TableDefinition {
    pub code: String,
    pub title: String,
    /// What the rows are: `area`, `industry`, `pollutant`, …
    pub rows: Vec<String>,
    pub columns: Vec<TableColumn>,
    pub note: String,
}

#[derive(Debug, Clone)]
pub struct TableColumn {
    pub title: String,
    pub unit: String,
    /// `count(units)`, `sum(emitted)`, `sum(G102[01])` …
    pub value: String,
}

/// A named limit that a census or a province may set.
#[derive(Debug, Clone)]
pub struct Parameter {
    pub value: String,
    pub title: String,
    pub provenance: Provenance,
}

impl Instrument {
    /// Nothing: what a place without a package gives.
    pub fn empty() -> Instrument {
        Instrument {
            id: String::new(),
            title: String::new(),
            version: String::new(),
            period: 0,
            forms: Vec::new(),
            common: Vec::new(),
            lists: Vec::new(),
            respondents: Vec::new(),
            rules: Vec::new(),
            factors: crate::factors::FactorLibrary::default(),
            areas: Vec::new(),
            area_changes: Vec::new(),
            area_names: Vec::new(),
            review: ReviewChain::default(),
            schedule: Vec::new(),
            tables: Vec::new(),
            parameters: BTreeMap::new(),
            schema: expr::Schema::default(),
            fingerprint: String::new(),
        }
    }

    pub fn form(&self, code: &str) -> Option<&Form> {
        self.forms.iter().find(|f| f.code == code)
    }

    pub fn list(&self, name: &str) -> Option<&CodeList> {
        self.lists.iter().find(|l| l.name == name)
    }

    pub fn rule(&self, code: &str) -> Option<&Rule> {
        self.rules.iter().find(|r| r.code == code)
    }
}

impl AreaLevel {
    pub fn name(self) -> &'static str {
        match self {
            AreaLevel::Province => "province",
            AreaLevel::City => "city",
            AreaLevel::County => "county",
            AreaLevel::Town => "town",
            AreaLevel::Village => "village",
        }
    }
}

impl Rule {
    /// The check a rule belongs to: `B035` of its part `B035.2`.
    pub fn check(&self) -> &str {
        self.code.split('.').next().unwrap_or(&self.code)
    }
}

impl Item {
    /// The number as printed, `05` of the part `05.lon`; `None` for a key of ours that no form prints.
    pub fn printed(&self) -> Option<&str> {
        let head = self.code.split('.').next().unwrap_or(&self.code);
        head.bytes().any(|b| b.is_ascii_digit()).then_some(head)
    }
}

impl Grade {
    /// As rules and findings write it.
    pub fn title(self) -> &'static str {
        match self {
            Grade::Error => "强制性",
            Grade::Verify => "核实性",
            Grade::Hint => "提示性",
        }
    }
}

impl Form {
    pub fn item(&self, code: &str) -> Option<&Item> {
        self.items.iter().find(|i| i.code == code)
    }

    /// The item of one block; empty: the flat part.
    pub fn item_of(&self, block: &str, code: &str) -> Option<&Item> {
        self.items.iter().find(|i| i.code == code && self.blocks[i.block].name == block)
    }
}
