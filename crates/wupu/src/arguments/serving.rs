//! Arguments of the server and its accounts.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct Serve {
    /// 监听地址；非本机地址时自动使用 TLS · where to listen; TLS by itself unless on this machine only
    #[arg(long, default_value = "127.0.0.1:8320")]
    pub address: String,
    /// 证书中的其他名称或地址 · more names or addresses for the certificate
    #[arg(long = "name")]
    pub names: Vec<String>,
    /// 本机也用 TLS · TLS on this machine too
    #[arg(long)]
    pub tls: bool,
    /// 不用 TLS（前面另有加密的网关时）· no TLS (behind a gateway that has it)
    #[arg(long, conflicts_with = "tls")]
    pub plain: bool,
    /// 练习：工作人员不用双因素登录，只限模拟的普查库 · practice: no second factor, simulated censuses only
    #[arg(long)]
    pub practice: bool,
    /// 服务器密钥和证书的文件夹；缺省在普查库旁边 · folder of the server's keys and certificates; default: beside the census
    #[arg(long)]
    pub secrets: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Account {
    /// 登录名 · name to sign in with
    pub name: String,
    /// 角色 · role: respondent manager enumerator instructor county city province state …
    #[arg(long)]
    pub role: String,
    /// 姓名 · name of the person
    #[arg(long)]
    pub person: Option<String>,
    /// 行政区划，代码或名称；缺省为本机构 · area, code or name; default: the office's own
    #[arg(long)]
    pub area: Option<String>,
    /// 填报员、企业主管所属的普查对象：代码或名称 · the unit of a respondent or manager: code or name
    #[arg(long)]
    pub unit: Option<String>,
    /// 密码，只限模拟的普查库；缺省生成一次性密码 · password, simulated censuses only; default: a one-time password
    #[arg(long)]
    pub password: Option<String>,
}
