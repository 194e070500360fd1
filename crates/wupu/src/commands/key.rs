//! The office's own key, and the keys of others it trusts.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use census::package::{Algorithm, Key, PublicKey, fingerprint};
use store::What;
use work::Words;

use super::print_json;
use crate::arguments::{Arguments, KeyCommand};
use crate::ending::{BadInput, Ending, Refused};
use crate::office::Office;
use crate::{say, told};

pub fn run(arguments: &Arguments, asked: &KeyCommand) -> Result<Ending> {
    match asked {
        KeyCommand::New { sm2 } => make(arguments, if *sm2 { Algorithm::Sm2 } else { Algorithm::Ed25519 }),
        KeyCommand::Show => show(arguments, &own(arguments)?),
        KeyCommand::Trust { area, public } => trust(arguments, area, public, true),
        KeyCommand::Revoke { area, public } => trust(arguments, area, public, false),
        KeyCommand::List => list(arguments),
    }
}

/// Where the key lies: as named, else beside the census (`county.db` → `county.key`), never in it: a backup holds no secret.
fn place(arguments: &Arguments) -> PathBuf {
    arguments.key.clone().unwrap_or_else(|| {
        if arguments.db.contains("://") {
            PathBuf::from("wupu.key")
        } else {
            PathBuf::from(arguments.db.trim_start_matches("sqlite:")).with_extension("key")
        }
    })
}

/// The office's own key.
pub fn own(arguments: &Arguments) -> work::Result<Key> {
    let file = place(arguments);
    let path = file.display();
    let text = std::fs::read_to_string(&file).map_err(|_| {
        work::Error::BadInput(Words {
            code: "no_key",
            zh: format!("{path}：没有本机构的密钥；先 wupu key new"),
            en: format!("{path}: the office has no key yet; wupu key new first"),
        })
    })?;
    Key::from_text(&text).map_err(|e| {
        work::Error::BadInput(Words { code: "key", zh: format!("{path}：{}", e.zh()), en: format!("{path}: {e}") })
    })
}

fn make(arguments: &Arguments, algorithm: Algorithm) -> Result<Ending> {
    let path = place(arguments);
    if path.exists() {
        let text = told!(
            "{}：密钥已经有了；换新密钥前先把旧文件移走，并让上下级登记新的公钥",
            "{}: there is a key already; move the old file away first, and have the other offices trust the new one",
            path.display()
        );
        return Err(Refused(text).into());
    }
    let mut seed = [0u8; 32];
    getrandom::fill(&mut seed).map_err(|e| anyhow::anyhow!("no source of chance: {e}"))?;
    let key = Key::from_seed(algorithm, &seed)?;
    write_secret(&path, &key.to_text())?;
    show(arguments, &key)
}

/// Only its owner may read it, where the system knows owners.
fn write_secret(path: &std::path::Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).with_context(|| path.display().to_string())?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(|| path.display().to_string())
}

fn show(arguments: &Arguments, key: &Key) -> Result<Ending> {
    let public = key.public();
    let text = spelled(&public);
    if arguments.json {
        print_json(&serde_json::json!({ "key": text, "fingerprint": public.fingerprint() }));
    } else {
        say!("公钥：{}", "public key: {}", text);
        say!("指纹：{}", "fingerprint: {}", public.fingerprint());
        say!(
            "把公钥交给上下级机构，并用电话核对指纹",
            "give the public key to the offices above and below, and compare the fingerprint by telephone"
        );
    }
    Ok(Ending::Done)
}

/// `ed25519:3f2a…`
fn spelled(public: &PublicKey) -> String {
    format!("{}:{}", public.algorithm, public.key)
}

fn trust(arguments: &Arguments, area: &str, key: &str, trusted: bool) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let area = office.resolve(area)?;
    let (algorithm, hex) = key.trim().split_once(':').ok_or_else(|| {
        BadInput(
            say::pick(
                "公钥应如 ed25519:3f2a…（wupu key show 的输出）",
                "write the key as wupu key show prints it: ed25519:3f2a…",
            )
            .to_owned(),
        )
    })?;
    if Algorithm::named(algorithm).is_none() {
        return Err(BadInput(told!("不认识的签名算法 {}", "unknown algorithm {}", algorithm)).into());
    }
    let public = PublicKey { algorithm: algorithm.to_owned(), key: hex.to_lowercase() };
    let event = office.event(What::Key).about(area.to_string()).detail(public.fingerprint());
    office
        .store
        .write::<_, anyhow::Error>(&event, |w| Ok(w.trust(area, &public.algorithm, &public.key, trusted)?))?;
    let name = office.areas.path_name(area);
    if arguments.json {
        print_json(&serde_json::json!({ "area": area, "fingerprint": public.fingerprint(), "trusted": trusted }));
    } else if trusted {
        say!("{}：已登记，指纹 {}", "{}: trusted, fingerprint {}", name, public.fingerprint());
    } else {
        say!("{}：不再信任，指纹 {}", "{}: no longer trusted, fingerprint {}", name, public.fingerprint());
    }
    Ok(Ending::Done)
}

fn list(arguments: &Arguments) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let keys = office.store.read().trusted()?;
    if arguments.json {
        print_json(&serde_json::json!({ "keys": keys }));
        return Ok(Ending::Done);
    }
    for (area, keys) in keys {
        for (algorithm, key) in keys {
            println!("{area}  {}  {algorithm}  {}", office.areas.path_name(area), fingerprint(&algorithm, &key));
        }
    }
    Ok(Ending::Done)
}
