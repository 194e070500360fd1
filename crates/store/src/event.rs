//! An event: who does what, when. No change of the census without one.

/// What is being done: the closed list of changes the audit log (审计日志) knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// 新建普查库.
    Create,
    /// 升级库结构.
    Migrate,
    /// 换用制度版本.
    Instrument,
    /// 导入底册.
    ImportList,
    /// 比对.
    Match,
    /// 落区与拆分.
    Split,
    /// 接收数据包.
    Receive,
    /// 认领、退回与裁定.
    Claim,
    /// 登记密钥.
    Key,
    /// 定库.
    Freeze,
    /// 普查小区.
    Ground,
    /// 排污口监测.
    Sample,
    /// 放射性测量的质量记录.
    Measure,
    /// 清查.
    Screen,
    /// 名录变更.
    Directory,
    /// 导入普查表.
    ImportSheets,
    /// 填报.
    Fill,
    /// 审核.
    Check,
    /// 评审.
    Review,
    /// 核算.
    Account,
    /// 汇总.
    Tabulate,
    /// 月末快照.
    Snapshot,
    /// 后台任务.
    Job,
    /// 登录与会话.
    SignIn,
    /// 账号与权限.
    Grant,
    /// 查阅单位数据.
    Access,
    /// 导出.
    Export,
    /// 附件与底数出处.
    Attach,
    /// 质量核查.
    Inspect,
    /// 规则包.
    Rules,
    /// 暂存.
    Draft,
}

impl What {
    pub const ALL: [What; 31] = [
        What::Create,
        What::Migrate,
        What::Instrument,
        What::ImportList,
        What::Match,
        What::Split,
        What::Receive,
        What::Claim,
        What::Key,
        What::Freeze,
        What::Ground,
        What::Sample,
        What::Measure,
        What::Screen,
        What::Directory,
        What::ImportSheets,
        What::Fill,
        What::Check,
        What::Review,
        What::Account,
        What::Tabulate,
        What::Snapshot,
        What::Job,
        What::SignIn,
        What::Grant,
        What::Access,
        What::Export,
        What::Attach,
        What::Inspect,
        What::Rules,
        What::Draft,
    ];

    /// `import-list`: as stored and listed.
    pub fn name(self) -> &'static str {
        match self {
            What::Create => "create",
            What::Migrate => "migrate",
            What::Instrument => "instrument",
            What::ImportList => "import-list",
            What::Match => "match",
            What::Split => "split",
            What::Receive => "receive",
            What::Claim => "claim",
            What::Key => "key",
            What::Freeze => "freeze",
            What::Ground => "ground",
            What::Sample => "sample",
            What::Measure => "measure",
            What::Screen => "screen",
            What::Directory => "directory",
            What::ImportSheets => "import-sheets",
            What::Fill => "fill",
            What::Check => "check",
            What::Review => "review",
            What::Account => "account",
            What::Tabulate => "tabulate",
            What::Snapshot => "snapshot",
            What::Job => "job",
            What::SignIn => "sign-in",
            What::Grant => "grant",
            What::Access => "access",
            What::Export => "export",
            What::Attach => "attach",
            What::Inspect => "inspect",
            What::Rules => "rules",
            What::Draft => "draft",
        }
    }
}

/// One change: who, when, what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Made by the writer, see [`crate::Ids`]; never used twice.
    pub id: String,
    /// Id of the person or the program behind it.
    pub who: String,
    /// RFC 3339.
    pub at: String,
    pub what: What,
    /// What it is about: a unit, a file; may be empty.
    pub about: String,
    /// More, in words or JSON; may be empty. The log keeps it for ever: no secrets.
    pub detail: String,
}

impl Event {
    pub fn new(id: impl Into<String>, who: impl Into<String>, at: impl Into<String>, what: What) -> Event {
        Event { id: id.into(), who: who.into(), at: at.into(), what, about: String::new(), detail: String::new() }
    }

    /// The same, naming what it is about.
    pub fn about(mut self, about: impl Into<String>) -> Event {
        self.about = about.into();
        self
    }

    /// The same, with more to keep.
    pub fn detail(mut self, detail: impl Into<String>) -> Event {
        self.detail = detail.into();
        self
    }
}
