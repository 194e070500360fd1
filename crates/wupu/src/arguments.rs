//! The command line, as data.

mod serving;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use serving::{Account, Serve};

use crate::say::Language;

/// 污普：污染源普查信息系统 · the information system of a pollution source census
#[derive(Debug, Parser)]
#[command(name = "wupu", version, propagate_version = true)]
pub struct Arguments {
    /// 普查库：SQLite 文件或 postgres:// 地址 · the census: a SQLite file or a postgres:// URL
    #[arg(long, global = true, env = "WUPU_DB", default_value = "wupu.db")]
    pub db: String,
    /// 普查制度文件夹；缺省用内置的 cn-2017 · folder of the instrument; default: the built-in cn-2017
    #[arg(long, global = true, env = "WUPU_INSTRUMENT")]
    pub instrument: Option<PathBuf>,
    /// 输出一个 JSON 对象，供程序读取 · print one JSON object for machines
    #[arg(long, global = true)]
    pub json: bool,
    /// 语言；缺省按系统区域 · language; default: by locale
    #[arg(long = "lang", global = true, value_enum)]
    pub language: Option<Language>,
    /// 操作人 · who is doing it
    #[arg(long, global = true, env = "WUPU_ACTOR", default_value = "office")]
    pub actor: String,
    /// 时间（RFC 3339）；缺省为现在 · the time; default: now
    #[arg(long, global = true)]
    pub now: Option<String>,
    /// 由此种子生成编号，使练习可以逐字节重现 · make ids from this seed, so that a practice can be repeated byte for byte
    #[arg(long, global = true, env = "WUPU_IDS")]
    pub ids: Option<String>,
    /// 本机构的密钥文件；缺省在普查库旁边 · the office's own key file; default: beside the census
    #[arg(long, global = true, env = "WUPU_KEY")]
    pub key: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// 新建普查库 · create a census
    Init(Init),
    /// 导入底册或普查表 · import a base list or filled sheets
    #[command(subcommand)]
    Import(Import),
    /// 比对：哪些底册记录是同一个单位 · match: which listed rows are one unit
    Match(Match),
    /// 拆分：把底册记录落到下级，打印证明，封装下发包 · split: rows to the offices below, with the proof and sealed packages
    Split(Split),
    /// 接收数据包：下发包、回执、认领、名录库 · receive a package
    Receive(Receive),
    /// 争议记录：查看、认领、退回、裁定、上报 · disputed rows: list, claim, refuse, settle, send up
    #[command(subcommand)]
    Disputed(Disputed),
    /// 密钥：新建、查看、登记可信 · keys: make, show, trust
    #[command(subcommand)]
    Key(KeyCommand),
    /// 名录库定库、版本、差异、证书 · freeze the directory; versions, differences, certificate
    #[command(subcommand)]
    Library(LibraryCommand),
    /// 清查结论：查看待定的、判定、批量判定、补录 · verdicts of persons: held rows, one, many, units found in the field
    #[command(subcommand)]
    Verdict(VerdictCommand),
    /// 名录比对核实：比对名单 = 相符 + 补充 + 不纳入 + 待定 · re-check the directory against other lists
    Recheck(Recheck),
    /// 普查小区：拆分、小组、分配、全面覆盖证明 · enumeration areas: split, teams, assignment, proof
    #[command(subcommand)]
    Ground(Ground),
    /// 启动办公网页 · serve the office's pages
    Serve(Serve),
    /// 在本机开通账号 · grant an account on this machine
    Grant(Account),
    /// 清查表转普查表草稿：锅炉、排污口 · drafts of survey sheets from screening sheets: boilers, outlets
    Carry {
        /// 输出文件夹 · folder to write to
        #[arg(long, default_value = "drafts")]
        out: PathBuf,
    },
    /// 排污口：监测记录、质控、年负荷 · outlets: visits, quality control, annual load
    #[command(subcommand)]
    Outlet(OutletCommand),
    /// 伴生放射性矿：应测、初测、详查、质量记录 · minerals with radioactivity: who stands where, quality records
    #[command(subcommand)]
    Minerals(MineralsCommand),
    /// 清查：给每一条底册记录一个结论 · screen: one verdict for each listed row
    Screen(Screen),
    /// 审核：对普查库或一个文件夹的数据运行全部规则 · check: run all rules on the census or on a folder of files
    Check(Check),
    /// 评审：自审、签字、预审、评审……逐级推进 · review: move units through the chain
    #[command(subcommand)]
    Review(Review),
    /// 产排污核算 · account emissions
    Account,
    /// 汇总已通过审核的数据 · add up what has passed
    Tabulate(Tabulate),
    /// 输出汇总表、平表和公报 · write tables, flat exports and the bulletin
    Report(Report),
    /// 说明一个数是怎么来的 · explain one figure
    Explain(Explain),
    /// 生成练习县（全部为模拟数据） · make a practice county (simulated)
    Simulate(Simulate),
    /// 在线备份 · back up while running
    Backup { to: PathBuf },
    /// 体检：完整性、审计链、计数 · verify integrity, audit chain and counts
    Doctor,
    /// 普查制度：检查、查看、比较 · the instrument: check, show, explain, diff
    #[command(subcommand, name = "instrument")]
    InstrumentPackage(InstrumentPackage),
}

#[derive(Debug, Args)]
pub struct Init {
    /// 本级行政区划代码，如 410182 · area of the office
    #[arg(long)]
    pub area: String,
    /// 普查机构名称 · name of the office
    #[arg(long, default_value = "")]
    pub office: String,
    /// 练习用：凡显示处均注明“模拟数据” · a practice census: marked as simulated wherever it shows
    #[arg(long)]
    pub simulated: bool,
}

#[derive(Debug, Subcommand)]
pub enum Import {
    /// 导入底册（csv、xlsx、xls、ods） · import a base list
    List(ImportList),
    /// 导入普查表：一个文件夹（每张表一个文件），或一个文件 · import filled sheets: a folder with one file per form, or one file
    Sheets { folder: PathBuf },
}

#[derive(Debug, Args)]
pub struct ImportList {
    pub files: Vec<PathBuf>,
    /// 退回的行输出到此工作簿 · workbook for the rejected rows
    #[arg(long)]
    pub rejected: Option<PathBuf>,
    /// 只预览：每列读作什么、有多大把握、清洗改了什么；不导入 · show what each column is read as, and import nothing
    #[arg(long)]
    pub preview: bool,
    /// 按此导入方案读（名称，或 .toml 文件） · read by this profile: its name, or a .toml file
    #[arg(long)]
    pub profile: Option<String>,
    /// 把各列的读法存为导入方案，放在普查库旁的 profiles 文件夹 · save what each column is read as, in the folder profiles beside the census
    #[arg(long, conflicts_with = "profile")]
    pub save_profile: Option<String>,
    /// 这是名录比对核实用的名单，不是底册 · a list to re-check the directory against, not a base list
    #[arg(long)]
    pub recheck: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Match {
    /// 待人判定的各对写到此工作簿 · workbook for the pairs a person decides
    #[arg(long)]
    pub worklist: Option<PathBuf>,
    #[command(subcommand)]
    pub matter: Option<Matter>,
}

#[derive(Debug, Subcommand)]
pub enum Matter {
    /// 读入填好结论的工作单 · read a filled work list
    Answers { file: PathBuf },
    /// 记录一对的结论 · decide one pair
    Decide {
        first: String,
        second: String,
        /// 是同一单位；缺省为不是 · they are one unit; default: they are not
        #[arg(long)]
        same: bool,
        #[arg(long)]
        why: String,
    },
    /// 说明一对为什么相似 · show why two rows are alike
    Show { first: String, second: String },
}

#[derive(Debug, Args)]
pub struct Recheck {
    /// 按县或乡镇分列 · by county or town
    #[arg(long, value_enum)]
    pub by: Option<By>,
    /// 待定的写成工作簿，用 verdict answers 读回 · workbook of the open rows, read back by `verdict answers`
    #[arg(long)]
    pub worklist: Option<PathBuf>,
    /// 工作簿只要此区划内的 · in the workbook, only rows that lie in this area
    #[arg(long, requires = "worklist")]
    pub within: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum VerdictCommand {
    /// 待定的记录和原因 · rows that wait for a person, with why
    List {
        /// 写成工作簿，填好后用 answers 读回 · as a workbook, to be filled and read by `answers`
        #[arg(long)]
        worklist: Option<PathBuf>,
        /// 只要此区划内的 · only rows that lie in this area
        #[arg(long)]
        within: Option<String>,
        /// 只要此名单的 · only rows of this list
        #[arg(long)]
        list: Option<String>,
    },
    /// 读入填好的工作簿：全部成立才记录 · read a filled work list: all verdicts or none
    Answers { file: PathBuf },
    /// 判定一条记录 · give one verdict
    Give {
        row: String,
        #[arg(value_enum)]
        verdict: Word,
        /// 不在范围的原因、重复于哪个编号、移交到哪个区划 · reason out of scope, row it repeats, area it moves to
        #[arg(default_value = "")]
        more: String,
        /// 依据 · evidence
        #[arg(long)]
        evidence: String,
    },
    /// 补录现场发现的普查对象 · add a unit found in the field
    Add(Addition),
}

/// A verdict in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Word {
    In,
    Out,
    Duplicate,
    Closed,
    NotFound,
    Moved,
}

#[derive(Debug, Args)]
pub struct Addition {
    pub name: String,
    /// 统一社会信用代码 · credit code
    #[arg(long, default_value = "")]
    pub code: String,
    /// 区划代码，到村 · area, as far as the village
    #[arg(long)]
    pub area: String,
    #[arg(long, default_value = "")]
    pub address: String,
    /// 行业小类代码 · industry class
    #[arg(long)]
    pub industry: Option<String>,
    #[arg(long, default_value = "")]
    pub phone: String,
    /// 对象类别 · kind of respondent
    #[arg(long, default_value = "industrial")]
    pub kind: String,
    /// 来源：巡查、群众举报…… · where it was learned of
    #[arg(long)]
    pub source: String,
    /// 依据 · evidence
    #[arg(long)]
    pub evidence: String,
}

#[derive(Debug, Subcommand)]
pub enum Ground {
    /// 各小区、普查对象数和小组 · areas, their units and teams
    Show,
    /// 一个村分为几个小区（加字母）；1 为合并 · split a village into areas with letters; 1 joins them
    Split {
        village: String,
        #[arg(long)]
        parts: u8,
    },
    /// 建立或变更小组：至少两人，一台终端 · set up or change a team: two people or more, one device
    Team {
        team: String,
        #[arg(long, value_delimiter = ',')]
        members: Vec<String>,
        #[arg(long, default_value = "")]
        instructor: String,
        #[arg(long, default_value = "")]
        device: String,
    },
    /// 撤销小组 · dissolve a team
    Dissolve { team: String },
    /// 把小区分给小组 · give an area to a team
    Assign { area: String, team: String },
    /// 定普查对象在已拆分村的哪个小区 · say in which part of a split village a unit lies
    Place { unit: String, area: String },
    /// 按配备标准算人数，提出均衡的分配 · people needed, and a balanced assignment
    Suggest {
        #[arg(long)]
        apply: bool,
    },
    /// 证明：每村有小区，每小区有小组，每个普查对象在且只在一个小区 · the proof of coverage
    Prove,
    /// 变更历史 · the history of changes
    History,
    /// 导入小区边界（GeoJSON），找出空隙、重叠、细缝和坐标不符的普查对象 · import polygons; find gaps, overlaps, slivers
    Polygons {
        file: PathBuf,
        /// 坐标系，必须注明：cgcs2000、wgs84、gcj02、bd09 · the datum, which must be named
        #[arg(long)]
        datum: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum OutletCommand {
    /// 各排污口：是否须监测，两季各监测了几次 · outlets, whether they are due, visits by season
    List,
    /// 导入监测记录（csv、xlsx），一瓶一行：样品、空白、平行 · import visits, one row a bottle
    Sample { file: PathBuf },
    /// 监测问题：缺季、质控不合格、流转有缺口 · what is wrong: seasons, blanks and duplicates, custody
    Check,
    /// 年负荷 · annual load
    Load {
        /// 只这个排污口 · only this outlet
        outlet: Option<String>,
        /// 算法：seasonal 或 flux；缺省按制度 · method: seasonal or flux; default: the instrument's
        #[arg(long)]
        method: Option<String>,
        /// 列出每个数及其来源 · tell every number and its source
        #[arg(long)]
        explain: bool,
    },
    /// 一次监测的全部记录，含被更正的 · all records of a visit, corrected ones too
    History { number: String },
}

#[derive(Debug, Subcommand)]
pub enum MineralsCommand {
    /// 各企业处于哪一步和原因 · where each enterprise stands, and why
    List {
        /// 也列出不涉及的 · those not triggered too
        #[arg(long)]
        all: bool,
    },
    /// 导入剂量率测量的质量记录（csv、xlsx） · import quality records of dose rates
    Quality { file: PathBuf },
}

#[derive(Debug, Args)]
pub struct Screen {
    /// 漏斗再按底册、县或乡镇分列 · the funnel also by list, county or town
    #[arg(long, value_enum)]
    pub by: Option<By>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    List,
    County,
    Town,
}

#[derive(Debug, Args)]
pub struct Split {
    /// 下发包写到此文件夹；不写则只打印证明 · folder for the packages; without it only the proof is printed
    #[arg(long)]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Receive {
    pub file: PathBuf,
    /// 回执写到此文件；缺省在数据包旁边 · the receipt; default: beside the package
    #[arg(long)]
    pub receipt: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Disputed {
    /// 查看本级的争议记录和上级交来认领的记录 · rows disputed here, and rows the parent shows
    List {
        /// 写成工作簿，填好后用 answers 读回 · as a workbook, to be filled and read by `answers`
        #[arg(long)]
        worklist: Option<PathBuf>,
    },
    /// 读入填好的工作簿 · read a filled work list
    Answers { file: PathBuf },
    /// 认领：是本区的 · claim: it is ours
    Claim {
        row: String,
        #[arg(long)]
        why: String,
    },
    /// 退回：不是本区的 · refuse: it is not ours
    Refuse {
        row: String,
        #[arg(long)]
        why: String,
    },
    /// 裁定：归哪个区 · settle: to which area
    Settle {
        row: String,
        #[arg(long)]
        to: String,
        #[arg(long)]
        why: String,
    },
    /// 只有一家认领、无人退回的，全部归认领者 · settle all rows that one office claims and none refuses
    SettleClaimed {
        #[arg(long)]
        why: String,
    },
    /// 把认领和退回封装成上报包 · seal claims and refusals for the parent
    Send {
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// 新建本机构的密钥 · make the office's key
    New {
        /// 用国密 SM2；缺省 Ed25519 · SM2 instead of Ed25519
        #[arg(long)]
        sm2: bool,
    },
    /// 显示公钥和指纹 · show the public key and its fingerprint
    Show,
    /// 登记某机构的公钥为可信（先用电话核对指纹） · trust the key of an office (compare the fingerprint by telephone first)
    Trust {
        area: String,
        #[arg(value_name = "KEY")]
        public: String,
    },
    /// 不再信任 · no longer trust
    Revoke {
        area: String,
        #[arg(value_name = "KEY")]
        public: String,
    },
    /// 已登记的公钥 · keys that are trusted
    List,
}

#[derive(Debug, Subcommand)]
pub enum LibraryCommand {
    /// 定库：把现在的名录定为一个版本 · freeze the directory as it is as a version
    Freeze {
        /// 封装成上报包 · seal it for the parent
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// 各版本 · versions
    List,
    /// 两个版本的差异，缺省为最近两版 · what changed between two versions; default: the last two
    Diff { old: Option<u64>, new: Option<u64> },
    /// 普查对象全覆盖证书（可打印的网页） · certificate of coverage, as a page to print
    Certificate {
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct Check {
    /// 不用普查库，直接检查此文件夹的 CSV 或 Parquet · check the files of this folder without a census
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// 审核结果写到此文件（.csv 或 .xlsx） · write the findings to this file
    #[arg(long)]
    pub findings: Option<PathBuf>,
    /// 只运行这些规则 · only these rules
    #[arg(long, value_delimiter = ',')]
    pub rules: Vec<String>,
    /// 报告各步用时（毫秒） · tell the milliseconds of each step
    #[arg(long, hide = true)]
    pub times: bool,
}

#[derive(Debug, Subcommand)]
pub enum Review {
    /// 各环节单位数 · units by step
    Status,
    /// 推进一步或到某一环节 · move units on
    Pass(Pass),
    /// 退回 · return a unit
    Return {
        unit: String,
        #[arg(long)]
        reason: String,
    },
    /// 重新打开已通过的单位，含有它的汇总数即失效 · reopen a passed unit; totals that contain it become stale
    Reopen {
        unit: String,
        #[arg(long)]
        reason: String,
    },
    /// 提出疑问单 · raise a query
    Query {
        unit: String,
        #[arg(long)]
        rule: Option<String>,
        #[arg(long)]
        question: String,
        #[arg(long)]
        deadline: Option<String>,
    },
    /// 答复疑问单或说明核实性问题 · answer a query, or explain a finding
    Answer {
        unit: String,
        #[arg(long)]
        rule: String,
        #[arg(long)]
        explanation: String,
    },
}

#[derive(Debug, Args)]
pub struct Pass {
    /// 目标环节：self-check sign pre-check county city province · the step to reach
    #[arg(long, default_value = "county")]
    pub to: String,
    /// 代单位记录核实性问题的说明（有人核实过才可用） · record this explanation of findings to be verified, given by the units
    #[arg(long)]
    pub explain: Option<String>,
    /// 只这些单位；缺省全部 · only these units; default: all
    pub units: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Tabulate {
    /// 按哪一级已通过的数据汇总 · totals of which level
    #[arg(long, default_value = "county")]
    pub level: String,
}

#[derive(Debug, Args)]
pub struct Report {
    /// 输出文件夹 · folder to write to
    #[arg(long, default_value = "out")]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
pub struct Explain {
    /// 单位名称、代码或编号；缺省为本级 · unit by name, code or id; default: the office's area
    pub unit: Option<String>,
    /// 污染物，如 化学需氧量 · pollutant
    #[arg(long)]
    pub pollutant: Option<String>,
    /// 行政区划代码 · area
    #[arg(long)]
    pub area: Option<String>,
}

#[derive(Debug, Args)]
pub struct Simulate {
    /// 县级行政区划代码 · area of the county
    #[arg(long, default_value = "410182")]
    pub area: String,
    /// 底册行数 · rows of the base list
    #[arg(long, default_value_t = 3000)]
    pub units: usize,
    #[arg(long, default_value_t = 2017)]
    pub seed: u64,
    /// 埋入已知类型的错误，并写出答案 · plant errors of known kinds and write the answers
    #[arg(long)]
    pub errors: bool,
    /// 输出文件夹 · folder to write to
    #[arg(long, default_value = "practice")]
    pub out: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum InstrumentPackage {
    /// 检查一个制度包：表、指标、代码表、规则、系数、用例 · check a package
    Check { folder: Option<PathBuf> },
    /// 按印制顺序显示一张表 · show a form
    Show { form: String },
    /// 说明一条规则 · explain a rule
    Explain { rule: String },
    /// 比较两个制度包 · compare two packages
    Diff { old: PathBuf, new: PathBuf },
}
