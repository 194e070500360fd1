//! The pages and the API of this census, on this machine.

use std::net::{IpAddr, SocketAddr};

use anyhow::Result;
use census::access::Role;
use server::{Address, Settings};
use store::{Event, Ids, Login, LoginState, Store, What};

use super::print_json;
use crate::arguments::{Account, Arguments, Serve};
use crate::ending::{BadInput, Ending, Refused};
use crate::office::{self, Office};
use crate::{said, say, stop, told};

pub fn serve(arguments: &Arguments, asked: &Serve) -> Result<Ending> {
    let instrument = office::instrument(arguments)?;
    let bundle = office::browser_bundle(arguments)?;
    let socket: SocketAddr = address(&asked.address)?;
    let tls = !asked.plain && (asked.tls || !socket.ip().is_loopback());
    let mut store = Store::open(&arguments.db)?;
    let census = store.read().census()?;
    if asked.practice && !census.simulated {
        return Err(BadInput(
            say::pick(
                "--practice 只能用于模拟的普查库：真实普查的工作人员必须双因素登录",
                "--practice is for simulated censuses: staff of a real one sign in with two factors",
            )
            .to_owned(),
        )
        .into());
    }
    first_administrators(arguments, &mut store, &census)?;
    drop(store);
    let secrets = asked.secrets.clone().unwrap_or_else(|| server::secrets_beside(&arguments.db));
    let mut settings = Settings::new(arguments.db.clone(), secrets.clone());
    settings.second_factor = !asked.practice;
    let listening = Address { socket, names: asked.names.clone(), tls };
    stop::watch();
    let started = |running: &server::Running| {
        let scheme = if tls { "https" } else { "http" };
        let url = format!("{scheme}://{}", running.address);
        if arguments.json {
            print_json(&serde_json::json!({ "url": url, "port": running.address.port() }));
        } else {
            say!("已启动：{}（按 Ctrl-C 结束）", "listening: {} (Ctrl-C ends it)", url);
            if tls {
                let authority = secrets.join("authority.pem");
                say!(
                    "第一次访问前，在各台电脑上安装本机构的根证书：{}",
                    "before the first visit install the office's own authority on each machine: {}",
                    authority.display()
                );
            }
        }
    };
    server::serve(settings, &listening, instrument, bundle, started, stop::wanted).map_err(fault)?;
    Ok(Ending::Done)
}

fn address(text: &str) -> Result<SocketAddr> {
    let parsed = text.parse::<SocketAddr>().or_else(|_| text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 8320)));
    parsed.map_err(|_| {
        BadInput(told!(
            "{} 不是监听地址；写成 127.0.0.1:8320 或 0.0.0.0:8320",
            "{} is no address to listen at; write 127.0.0.1:8320 or 0.0.0.0:8320",
            text
        ))
        .into()
    })
}

fn fault(fault: server::Fault) -> anyhow::Error {
    Refused(fault.body().to_string()).into()
}

/// The three administrators, made when there is no account at all; their passwords are told this once.
fn first_administrators(arguments: &Arguments, store: &mut Store, census: &store::Census) -> Result<()> {
    if !store.read().logins("", 1)?.is_empty() {
        return Ok(());
    }
    let administrators = [
        ("sysadmin", "系统管理员", Role::SystemAdmin),
        ("secadmin", "安全管理员", Role::SecurityAdmin),
        ("auditadmin", "审计管理员", Role::AuditAdmin),
    ];
    for (name, person, role) in administrators {
        let login = login(name, person, role, &census.area, "");
        let event =
            Event::new(Ids::fresh().make(), arguments.actor.clone(), office::now(arguments), What::Grant).about(name);
        let password = server::grant(store, &event, &login, None).map_err(fault)?;
        eprintln!("{}", told!("{}（{}）的一次性密码：{}", "{} ({}), one-time password: {}", person, name, password));
    }
    Ok(())
}

fn login(name: &str, person: &str, role: Role, area: &str, unit: &str) -> Login {
    Login {
        id: Ids::fresh().make(),
        name: name.to_owned(),
        person: person.to_owned(),
        role,
        area: area.to_owned(),
        unit: unit.to_owned(),
        state: LoginState::Active,
        tasks: Vec::new(),
        must_change: true,
        locked_until: String::new(),
        failures: 0,
        undertaking: String::new(),
    }
}

/// An account granted on the machine itself.
pub fn account(arguments: &Arguments, asked: &Account) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let role = Role::from_name(&asked.role).ok_or_else(|| {
        let known: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
        BadInput(told!("没有角色 {}；可用：{}", "no role {}; known: {}", asked.role, known.join(" ")))
    })?;
    let area = match &asked.area {
        Some(text) if text == "000000" => text.parse().map_err(|e: census::area::AreaProblem| BadInput(said!(e)))?,
        Some(text) => office.resolve(text)?,
        None => office.area()?,
    };
    let own = matches!(role, Role::Respondent | Role::Manager);
    let unit = match &asked.unit {
        Some(text) if own => {
            let found = office.store.read().find_units(text)?;
            let [unit] = found.as_slice() else {
                return Err(BadInput(told!("{} 对应 {} 个普查对象", "{} names {} units", text, found.len())).into());
            };
            unit.id.clone()
        }
        None if !own => String::new(),
        _ => {
            return Err(BadInput(
                say::pick(
                    "填报员和企业主管（只有他们）要指定 --unit",
                    "respondents and managers, and only they, need --unit",
                )
                .to_owned(),
            )
            .into());
        }
    };
    if asked.password.is_some() && !office.census.simulated {
        return Err(BadInput(
            say::pick("--password 只能用于模拟的普查库", "--password is for simulated censuses").to_owned(),
        )
        .into());
    }
    let mut wanted = login(&asked.name, asked.person.as_deref().unwrap_or(&asked.name), role, &area.to_string(), &unit);
    wanted.must_change = asked.password.is_none();
    let event = office.event(What::Grant).about(asked.name.clone());
    let password = server::grant(&mut office.store, &event, &wanted, asked.password.as_deref()).map_err(fault)?;
    if arguments.json {
        print_json(
            &serde_json::json!({ "id": wanted.id, "name": wanted.name, "role": role.name(), "password": password, "unit": wanted.unit }),
        );
    } else {
        say!(
            "已开通账号 {}（{}），密码：{}",
            "account {} ({}) granted, password: {}",
            wanted.name,
            role.name(),
            password
        );
    }
    Ok(Ending::Done)
}
