//! Many people saving at once, over HTTP on loopback, with the server killed in the middle.
//!
//! `serve_bench DATABASE CLIENTS SECONDS` starts itself as the server (`serve_bench --server DATABASE PORT`), lets each
//! client save its unit's sheet again and again and read between, kills the server half way (no warning, as a power cut
//! would), starts it again, and at the end compares what was acknowledged with what is stored.

#![expect(clippy::float_arithmetic, reason = "times are measured, not counted")]

mod client;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use census::access::Role;
use census::sheet::{SheetKey, Values};
use instrument::files::{Bundle, Folder};
use instrument::model::Instrument;
use serde_json::{Value, json};
use server::{Address, Settings};
use store::{Event, Ids, Login, LoginState, Scope, Store, What};

use client::{Client, Error};

const PASSWORD: &str = "Wuran-Yuan-2018";
/// Items of a sheet.
const ITEMS: usize = 250;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--server", database, port] => serve(database, port.parse().expect("a port")),
        [database, clients, seconds] => {
            bench(database, clients.parse().expect("a number"), seconds.parse().expect("a number"));
        }
        _ => eprintln!("usage: serve_bench DATABASE CLIENTS SECONDS"),
    }
}

fn serve(database: &str, port: u16) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017");
    let instrument = Instrument::read_trusted(&Folder::new(&folder)).expect("the shipped instrument");
    let mut settings = Settings::new(database, std::env::temp_dir().join(format!("wupu-serve-bench-{port}")));
    settings.sign_in_calls = 10_000_000;
    settings.session_calls = 10_000_000;
    let address = Address { socket: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), names: Vec::new(), tls: false };
    server::serve(settings, &address, instrument, Bundle::default(), |_| {}, || false)
        .unwrap_or_else(|fault| panic!("{fault:?}"));
}

/// A person with the sheet they fill.
struct Filler {
    name: String,
    unit: String,
    form: String,
    base: Option<String>,
    values: Values,
}

fn bench(database: &str, clients: usize, seconds: u64) {
    let fillers = prepare(database, clients);
    let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let mut child = start(database, port);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(client::wait(port));
    let stop = Arc::new(AtomicBool::new(false));
    let ready = Arc::new(tokio::sync::Barrier::new(clients + 1));
    let tasks: Vec<_> = fillers
        .into_iter()
        .map(|filler| runtime.spawn(work(filler, port, Arc::clone(&stop), Arc::clone(&ready))))
        .collect();
    runtime.block_on(ready.wait());
    let begun = Instant::now();
    std::thread::sleep(Duration::from_secs(seconds) / 2);
    child.kill().expect("killed");
    child.wait().expect("gone");
    let dead = Instant::now();
    let mut child = start(database, port);
    runtime.block_on(client::wait(port));
    let down = dead.elapsed();
    std::thread::sleep(Duration::from_secs(seconds) / 2);
    stop.store(true, Ordering::Relaxed);
    let done: Vec<Done> = tasks.into_iter().map(|task| runtime.block_on(task).expect("a client")).collect();
    let elapsed = begun.elapsed().saturating_sub(down);
    child.kill().expect("killed");
    child.wait().expect("gone");
    report(database, &done, elapsed, down);
}

fn start(database: &str, port: u16) -> Child {
    let own = std::env::current_exe().expect("this program");
    Command::new(own).args(["--server", database, &port.to_string()]).spawn().expect("the server")
}

/// Gives units their people: one account a client, each with a sheet of some 250 items to fill.
fn prepare(database: &str, clients: usize) -> Vec<Filler> {
    let mut store = Store::open(database).unwrap_or_else(|error| panic!("{error}"));
    let census = store.read().census().expect("a census");
    let scope = Scope::area(census.area.parse().expect("a code"));
    let collected = store.read().collected(&scope, census.period, None, clients * 4).expect("units");
    let mut fillers = Vec::new();
    let mut ids = Ids::fresh();
    let now = jiff::Timestamp::now().to_string();
    let mut secrets = None;
    for one in collected.into_iter().filter(|c| c.unit.respondent == "industrial") {
        let Some((form, values)) =
            one.sheets.sheets.iter().find(|(_, v)| v.blocks.values().any(|rows| !rows.is_empty()))
        else {
            continue;
        };
        if fillers.len() == clients {
            break;
        }
        let name = format!("filler-{}", fillers.len());
        let login = Login {
            id: ids.make(),
            name: name.clone(),
            person: name.clone(),
            role: Role::Respondent,
            area: one.unit.area.clone(),
            unit: one.unit.id.clone(),
            state: LoginState::Active,
            tasks: Vec::new(),
            must_change: false,
            locked_until: String::new(),
            failures: 0,
            undertaking: String::new(),
        };
        let event = Event::new(ids.make(), "bench", now.clone(), What::Grant);
        if let Some(secrets) = &secrets {
            let granted = store.write::<_, store::Error>(&event, |w| {
                w.login(&login, "granted")?;
                w.secrets(&login.id, secrets)
            });
            granted.expect("granted");
        } else {
            server::grant(&mut store, &event, &login, Some(PASSWORD)).expect("granted");
            secrets = store.read().login_by_id(&login.id).expect("read").map(|(_, secrets)| secrets);
        }
        let key = SheetKey { unit: one.unit.id.clone(), form: form.clone(), period: census.period };
        let base = store.read().revisions(&key).expect("revisions").pop().map(|r| r.id);
        fillers.push(Filler { name, unit: one.unit.id.clone(), form: form.clone(), base, values: full(values) });
    }
    assert_eq!(fillers.len(), clients, "the census has too few enterprises");
    fillers
}

/// The sheet with its rows repeated until it has so many items.
fn full(values: &Values) -> Values {
    let mut values = values.clone();
    let count =
        |v: &Values| v.common.len() + v.flat.len() + v.blocks.values().flatten().map(BTreeMap::len).sum::<usize>();
    while count(&values) < ITEMS {
        for rows in values.blocks.values_mut() {
            if let Some(row) = rows.first().cloned() {
                rows.push(row);
            }
        }
    }
    values
}

/// What a client has seen.
struct Done {
    unit: String,
    form: String,
    acknowledged: Vec<String>,
    saves: Vec<Duration>,
    reads: Vec<Duration>,
    /// Saves sent again because the answer never came.
    repeated: usize,
    wrong: Vec<String>,
}

async fn work(filler: Filler, port: u16, stop: Arc<AtomicBool>, ready: Arc<tokio::sync::Barrier>) -> Done {
    let mut done = Done {
        unit: filler.unit.clone(),
        form: filler.form.clone(),
        acknowledged: Vec::new(),
        saves: Vec::new(),
        reads: Vec::new(),
        repeated: 0,
        wrong: Vec::new(),
    };
    let mut client = Client::new(port);
    client.sign_in(&filler.name, PASSWORD).await.unwrap_or_else(|error| panic!("{}: {error:?}", filler.name));
    ready.wait().await;
    let path = format!("/api/units/{}/sheets/{}", filler.unit, filler.form);
    let (mut base, mut round) = (filler.base, 0u64);
    while !stop.load(Ordering::Relaxed) {
        round += 1;
        if round.is_multiple_of(4) {
            let begun = Instant::now();
            if client.call("GET", &path, "").await.is_ok() {
                done.reads.push(begun.elapsed());
            }
            continue;
        }
        let id = format!("bench-{}-{round:08}", filler.name);
        let mut values = filler.values.clone();
        values.common.insert("F5".to_owned(), format!("1380000{:04}", round % 10_000));
        let body = json!({ "id": id, "base": base, "values": values }).to_string();
        let begun = Instant::now();
        loop {
            match client.call("POST", &path, &body).await {
                Ok(answer) => {
                    let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
                    if answer["revision"]["id"] != id.as_str() {
                        done.wrong.push(answer.to_string());
                    }
                    done.saves.push(begun.elapsed());
                    done.acknowledged.push(id.clone());
                    base = Some(id);
                    break;
                }
                Err(Error::Lost) => {
                    done.repeated += 1;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(Error::Refused(status, body)) => {
                    done.wrong.push(format!("{status} {body}"));
                    break;
                }
            }
        }
    }
    done
}

fn report(database: &str, done: &[Done], elapsed: Duration, down: Duration) {
    let mut store = Store::open(database).unwrap_or_else(|error| panic!("{error}"));
    let census = store.read().census().expect("a census");
    let (mut lost, mut double, mut unknown) = (0, 0, 0);
    for one in done {
        let key = SheetKey { unit: one.unit.clone(), form: one.form.clone(), period: census.period };
        let stored: Vec<String> = store
            .read()
            .revisions(&key)
            .expect("revisions")
            .into_iter()
            .map(|r| r.id)
            .filter(|id| id.starts_with("bench-"))
            .collect();
        lost += one.acknowledged.iter().filter(|id| !stored.contains(id)).count();
        let mut once = stored.clone();
        once.sort();
        once.dedup();
        double += stored.len() - once.len();
        unknown += stored.iter().filter(|id| !one.acknowledged.contains(id)).count();
    }
    let verified = store.verify().expect("verified");
    let saves = sorted(done.iter().flat_map(|d| &d.saves));
    let reads = sorted(done.iter().flat_map(|d| &d.reads));
    let wrong: Vec<&String> = done.iter().flat_map(|d| &d.wrong).collect();
    println!(
        "{}",
        json!({
            "clients": done.len(), "seconds": elapsed.as_secs_f64(), "down": down.as_secs_f64(),
            "saves": saves.len(), "saves_per_second": saves.len() as f64 / elapsed.as_secs_f64(),
            "save_ms": [at(&saves, 50), at(&saves, 95), at(&saves, 99)],
            "reads": reads.len(), "reads_per_second": reads.len() as f64 / elapsed.as_secs_f64(),
            "read_ms": [at(&reads, 50), at(&reads, 95), at(&reads, 99)],
            "sent_again": done.iter().map(|d| d.repeated).sum::<usize>(),
            "lost": lost, "double": double, "stored_without_acknowledgement": unknown,
            "refused": wrong.len(), "first_refused": wrong.first(),
            "problems": verified.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    );
    assert!(lost == 0 && double == 0 && verified.problems.is_empty(), "the census is not what was acknowledged");
}

fn sorted<'d>(times: impl Iterator<Item = &'d Duration>) -> Vec<Duration> {
    let mut times: Vec<Duration> = times.copied().collect();
    times.sort();
    times
}

/// Milliseconds below which so many of a hundred lie.
fn at(times: &[Duration], percent: usize) -> f64 {
    let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(place).map_or(0.0, |t| (t.as_secs_f64() * 10_000.0).round() / 10.0)
}
