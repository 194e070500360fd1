//! What can go wrong with a census, and what to do about it. In each case the census is as it was.

use std::path::PathBuf;
use std::time::Duration;

/// Why the store could not do something. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("{place}: there is no census here; create one with `wupu init`, or name another with --db")]
    Missing { place: String },
    #[error("{}: there is no such folder; create it first", .folder.display())]
    MissingFolder { folder: PathBuf },
    #[error("{place}: a census is here already; choose another place, or open this one")]
    AlreadyThere { place: String },
    #[error("{place}: this is not a wupu census ({why}); name another place with --db")]
    NotWupu { place: String, why: Foreign },
    #[error("{place}: the file is damaged ({why}); keep it as it is and restore the last backup")]
    Damaged { place: String, why: String },
    #[error(
        "{place}: the file is cut off: {found} of {expected} bytes are there; keep it as it is and restore the last backup"
    )]
    Truncated { place: String, found: u64, expected: u64 },
    #[error("{place}: written by a newer program (schema {found}, this one knows {known}); use the newer program")]
    Newer { place: String, found: i64, known: i64 },
    #[error("{place}: migration {number} is not the one this census was made with; use the program it was made with")]
    MigrationChanged { place: String, number: i64 },
    #[error("{place}: migration {number} failed and was undone: {why}")]
    MigrationFailed { place: String, number: i64, why: String },
    #[error(
        "{place}: in use by {holder}; waited {} s; close that program, or try again when it is done",
        .waited.as_secs_f32()
    )]
    Locked { place: String, holder: Holder, waited: Duration },
    #[error("{place}: the disk is full; free some space and try again, nothing was changed")]
    Full { place: String },
    #[error(
        "{place}: the disk cannot be read or written ({why}); it may be full or failing: free some space, check the disk and try again, nothing was changed"
    )]
    Disk { place: String, why: String },
    #[error("{place}: opened for reading only; check the rights of the file and its folder")]
    ReadOnly { place: String },
    #[error("{place}: access denied ({why}); check user, password and rights")]
    Denied { place: String, why: String },
    #[error("{place}: cannot be reached ({why}); check that the server runs, its address and the network")]
    Unreachable { place: String, why: String },
    #[error("unit {unit} was changed by somebody else meanwhile (seen at {seen}, now at {now}); read it again")]
    Moved { unit: String, seen: i64, now: i64 },
    #[error("there is no {what} {id} in this census")]
    Unknown { what: Thing, id: String },
    #[error("event {id} is written already; make a new id")]
    EventTwice { id: String },
    #[error("{text}: cannot be stored: the text holds the character NUL; remove it")]
    Nul { text: String },
    #[error("{what}: cannot be stored: {why}")]
    Unfit { what: String, why: String },
    #[error("{what}: the stored document cannot be read ({why}); run `wupu doctor`")]
    Unreadable { what: String, why: String },
    #[error("{place}: {why}")]
    Database { place: String, why: String },
    #[error("{}: {why}", .path.display())]
    File { path: PathBuf, why: String },
}

impl Error {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Error::Missing { place } => format!("{place}：这里没有普查库；用 wupu init 新建，或用 --db 指定另一个"),
            Error::MissingFolder { folder } => format!("{}：没有这个文件夹；请先建立", folder.display()),
            Error::AlreadyThere { place } => format!("{place}：这里已有普查库；请换一个位置，或直接打开它"),
            Error::NotWupu { place, why } => {
                format!("{place}：不是污普的普查库（{}）；请用 --db 指定另一个", why.zh())
            }
            Error::Damaged { place, why } => format!("{place}：文件已损坏（{why}）；请原样保留，恢复最近的备份"),
            Error::Truncated { place, found, expected } => {
                format!("{place}：文件不完整，应有 {expected} 字节，只有 {found} 字节；请原样保留，恢复最近的备份")
            }
            Error::Newer { place, found, known } => {
                format!("{place}：由更新版本的程序写成（库结构 {found}，本程序只认识到 {known}）；请使用新版程序")
            }
            Error::MigrationChanged { place, number } => {
                format!("{place}：第 {number} 步库结构与建库时不同；请使用建库时的程序")
            }
            Error::MigrationFailed { place, number, why } => {
                format!("{place}：第 {number} 步库结构升级失败，已撤销：{why}")
            }
            Error::Locked { place, holder, waited } => format!(
                "{place}：正被 {} 使用，已等待 {} 秒；请关闭该程序，或等它结束后再试",
                holder.zh(),
                waited.as_secs_f32()
            ),
            Error::Full { place } => format!("{place}：磁盘已满；请腾出空间后再试，普查库没有改变"),
            Error::Disk { place, why } => {
                format!("{place}：磁盘不能读写（{why}），可能已满或有故障；请腾出空间、检查磁盘后再试，普查库没有改变")
            }
            Error::ReadOnly { place } => format!("{place}：只能读不能写；请检查文件和文件夹的权限"),
            Error::Denied { place, why } => format!("{place}：拒绝访问（{why}）；请检查用户、密码和权限"),
            Error::Unreachable { place, why } => {
                format!("{place}：连接不上（{why}）；请检查服务器是否运行、地址和网络")
            }
            Error::Moved { unit, seen, now } => {
                format!("普查对象 {unit} 已被别人修改（读到时为 {seen}，现在为 {now}）；请重新读取")
            }
            Error::Unknown { what, id } => format!("普查库中没有{} {id}", what.zh()),
            Error::EventTwice { id } => format!("事件 {id} 已经写过；请换一个编号"),
            Error::Nul { text } => format!("{text}：不能保存：文字中有 NUL 字符；请删去"),
            Error::Unfit { what, why } => format!("{what}：不能保存：{why}"),
            Error::Unreadable { what, why } => format!("{what}：保存的内容读不出来（{why}）；请运行 wupu doctor"),
            Error::Database { place, why } => format!("{place}：{why}"),
            Error::File { path, why } => format!("{}：{why}", path.display()),
        }
    }

    pub(crate) fn unreadable(what: impl Into<String>, why: impl ToString) -> Error {
        Error::Unreadable { what: what.into(), why: why.to_string() }
    }
}

/// What lies where a census was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Foreign {
    #[error("it is a folder")]
    Folder,
    #[error("it is no SQLite file")]
    NotSqlite,
    #[error("it has other tables")]
    OtherTables,
}

impl Foreign {
    fn zh(self) -> &'static str {
        match self {
            Foreign::Folder => "它是一个文件夹",
            Foreign::NotSqlite => "它不是 SQLite 文件",
            Foreign::OtherTables => "其中是别的表",
        }
    }
}

/// Who keeps the census to themselves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Holder {
    /// Their names, as far as the system tells them: `wupu (process 4711)`.
    #[error("{}", .0.join(", "))]
    Named(Vec<String>),
    #[error("another program (a wupu that still runs, a database viewer)")]
    Program,
    #[error("another connection to this database")]
    Connection,
}

impl Holder {
    fn zh(&self) -> String {
        match self {
            Holder::Named(names) => names.join("、"),
            Holder::Program => "另一个程序（还在运行的 wupu，或数据库查看工具）".to_owned(),
            Holder::Connection => "此数据库的另一个连接".to_owned(),
        }
    }
}

/// What was looked for and is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Thing {
    #[error("unit")]
    Unit,
    #[error("running job")]
    RunningJob,
}

impl Thing {
    fn zh(self) -> &'static str {
        match self {
            Thing::Unit => "普查对象",
            Thing::RunningJob => "正在运行的任务",
        }
    }
}
