//! The store's promises, on whichever database the environment names.

use std::time::Duration;

use census::finding::{Finding, FindingGrade, FindingKind};
use census::frame::{OutOfScope, Screened, Verdict};
use census::line::{Figure, Line, LineResult, Method};
use census::sheet::SheetKey;
use store::{
    Accounted, CheckedUnit, DecidedBy, Error, ImportFile, ImportKind, Imported, Job, Options, RunSummary, Saved, Scope,
    Store, What,
};
use stories::{Database, census, create, event, ids, listing, revision, unit};

fn file(ids: &mut store::Ids, hash: &str) -> ImportFile {
    ImportFile { id: ids.make(), kind: ImportKind::List, name: "底册.csv".into(), hash: hash.into(), size: 12 }
}

fn ok<T>(value: T) -> Result<T, Error> {
    Ok(value)
}

#[track_caller]
fn whole(store: &mut Store) {
    let problems = store.verify().expect("verify runs").problems;
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn a_new_census_says_what_it_is_and_a_second_is_refused() {
    let database = Database::new("create");
    let mut ids = ids();
    assert!(matches!(Store::open(&database.url), Err(Error::Missing { .. })));
    let mut store = create(&database, &mut ids);
    assert_eq!(store.read().census().unwrap(), census());
    whole(&mut store);
    let again = Store::create(&database.url, &census(), &event(&mut ids, What::Create));
    assert!(matches!(again, Err(Error::AlreadyThere { .. })), "{again:?}");
    let mut opened = Store::open(&database.url).unwrap();
    assert_eq!(opened.read().census().unwrap(), census());
    let audit = opened.read().audit(0, 10).unwrap();
    let what: Vec<&str> = audit.iter().map(|row| row.what.as_str()).collect();
    assert_eq!(what, ["migrate", "create"]);
}

#[test]
fn every_row_of_a_list_is_kept_and_the_same_file_changes_nothing() {
    let database = Database::new("list");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let rows: Vec<_> =
        (0..4321).map(|n| listing(&ids.make(), n + 2, if n % 1000 == 7 { "" } else { "荥阳市水泥厂" })).collect();
    let file = file(&mut ids, "abc");
    let import = event(&mut ids, What::ImportList).about("底册.csv");
    let done = store.write(&import, |w| w.import_list(&file, rows.iter().cloned().map(ok))).unwrap();
    assert_eq!(done, Imported::New { rows: 4321, rejected: 5 });
    assert_eq!(store.read().all_listings().unwrap(), rows);
    let head = store.read().newest_event().unwrap();

    let other_name = ImportFile { id: ids.make(), name: "again.csv".into(), ..file };
    let again = event(&mut ids, What::ImportList);
    let done = store.write(&again, |w| w.import_list(&other_name, rows.iter().cloned().map(ok))).unwrap();
    assert_eq!(done, Imported::Known { name: "底册.csv".into(), rows: 4321, rejected: 5 });
    assert_eq!(store.read().newest_event().unwrap(), head, "no audit row for what changed nothing");
    assert_eq!(store.read().all_listings().unwrap().len(), 4321);
    whole(&mut store);
}

#[test]
fn a_list_that_breaks_off_leaves_nothing() {
    let database = Database::new("broken");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let before = store.verify().unwrap();
    let file = file(&mut ids, "abc");
    let rows = (0..5000).map(|n| {
        if n < 4500 {
            Ok(listing(&format!("l{n:05}"), n, "x"))
        } else {
            Err(Error::Unfit { what: format!("row {n}"), why: "the file is cut off".into() })
        }
    });
    let import = event(&mut ids, What::ImportList);
    let failed = store.write(&import, |w| w.import_list(&file, rows));
    assert_eq!(failed.unwrap_err().to_string(), "row 4500: cannot be stored: the file is cut off");
    assert_eq!(store.verify().unwrap(), before);
}

#[test]
fn the_latest_verdict_wins_and_none_is_lost() {
    let database = Database::new("verdict");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let rows = [listing("l1", 2, "甲"), listing("l2", 3, "乙")];
    let file = file(&mut ids, "abc");
    let import = event(&mut ids, What::ImportList);
    store.write(&import, |w| w.import_list(&file, rows.iter().cloned().map(ok))).unwrap();
    let in_scope = Verdict::InScope { unit: "u1".into() };
    let out = Verdict::OutOfScope { reason: OutOfScope::NoActivity };
    let mut decide = |store: &mut Store, listing: &str, verdict: &Verdict, by| {
        let screened = Screened { listing: listing.into(), verdict: verdict.clone(), why: "看过".into() };
        let screen = event(&mut ids, What::Screen);
        store
            .write(&screen, |w| {
                w.directory(&[unit("u1", "410182001")])?;
                w.decide(&[screened], by)
            })
            .unwrap()
    };
    assert_eq!(decide(&mut store, "l1", &in_scope, DecidedBy::Rule), 1);
    assert_eq!(decide(&mut store, "l2", &out, DecidedBy::Rule), 1);
    assert_eq!(decide(&mut store, "l1", &in_scope, DecidedBy::Rule), 0, "nothing new");
    assert_eq!(decide(&mut store, "l1", &out, DecidedBy::Person), 1);
    assert_eq!(decide(&mut store, "l1", &out, DecidedBy::Rule), 0, "a rule that agrees takes nothing from a person");
    let decisions = store.read().decisions().unwrap();
    assert_eq!((&decisions["l1"].verdict, decisions["l1"].by), (&out, DecidedBy::Person));
    assert_eq!((&decisions["l2"].verdict, decisions["l2"].by), (&out, DecidedBy::Rule));
    assert_eq!(store.verify().unwrap().rows["verdict"], 3);
    whole(&mut store);
}

#[test]
fn a_withdrawn_unit_is_passed_over_and_comes_back() {
    let database = Database::new("withdraw");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let units = [unit("u1", "410182001"), unit("u2", "410182001")];
    let mut act = |store: &mut Store, what: &str| {
        let directory = event(&mut ids, What::Directory);
        let changed = store.write(&directory, |w| match what {
            "put" => w.directory(&units),
            _ => w.withdraw(&["u1".to_owned(), "u9".to_owned()], "规模以下"),
        });
        let listed: Vec<String> = store.read().units(&Scope::All).unwrap().into_iter().map(|u| u.id).collect();
        format!("{} {}", changed.unwrap(), listed.join(" "))
    };
    for (what, expect) in [
        ("put", "2 u1 u2"),
        ("withdraw", "1 u2"),
        ("withdraw", "0 u2"),
        ("put", "1 u1 u2"),
        ("put", "0 u1 u2"),
        ("withdraw", "1 u2"),
    ] {
        assert_eq!(act(&mut store, what), expect, "{what}");
    }
    assert_eq!(store.read().units(&Scope::unit("u1")).unwrap(), [unit("u1", "410182001")]);
    assert_eq!(store.verify().unwrap().rows["unit_history"], 5);
    whole(&mut store);
}

#[test]
fn the_same_revision_twice_changes_nothing_and_a_moved_base_is_refused() {
    let database = Database::new("revise");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let add = event(&mut ids, What::Directory);
    store.write(&add, |w| w.directory(&[unit("u1", "410182001")])).unwrap();
    let mut revise = |store: &mut Store, revisions: &[census::sheet::Revision]| {
        let fill = event(&mut ids, What::Fill);
        store.write(&fill, |w| w.revise(revisions))
    };
    let first = revision("r1", "u1", "G102", None, "5");
    let second = revision("r2", "u1", "G102", Some("r1"), "6");
    assert_eq!(revise(&mut store, std::slice::from_ref(&first)), Ok(vec![Saved::New]));
    assert_eq!(revise(&mut store, &[first.clone(), second.clone()]), Ok(vec![Saved::Known, Saved::New]));
    let head = store.read().newest_event().unwrap();
    assert_eq!(revise(&mut store, &[first.clone(), second.clone()]), Ok(vec![Saved::Known, Saved::Known]));
    assert_eq!(store.read().newest_event(), Ok(head));

    let late = revision("r3", "u1", "G102", Some("r1"), "7");
    let saved = revise(&mut store, &[late]).unwrap();
    let [Saved::Refused(conflict)] = saved.as_slice() else { panic!("{saved:?}") };
    assert_eq!(
        conflict.to_string(),
        "the sheet moved on: made from r1, newest is r2 by p-zhang at 2018-08-01T08:00:00Z; differing items: [01]"
    );
    let lost = revise(&mut store, &[revision("r4", "u9", "G102", None, "1")]);
    assert_eq!(lost.unwrap_err().to_string(), "there is no unit u9 in this census");
    assert_eq!(store.read().revised_since(head - 1).unwrap(), ["u1"]);
    assert_eq!(store.read().revised_since(head).unwrap(), [""; 0]);
    let key = SheetKey { unit: "u1".into(), form: "G102".into(), period: 2017 };
    assert_eq!(store.read().revisions(&key).unwrap(), [first, second.clone()]);
    let collected = store.read().collected(&Scope::All, 2017, None, 10).unwrap();
    assert_eq!(collected[0].sheets.sheets["G102"], second.values);
    assert_eq!(collected[0].version, census::sheet::Version::of([&second]));
    whole(&mut store);
}

#[test]
fn a_scope_reads_its_units_page_by_page_with_the_earlier_periods() {
    let database = Database::new("scope");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let areas = ["410182001", "410182002", "410183001"];
    let units: Vec<_> = (0..30).map(|n| unit(&format!("u{n:02}"), areas[n % 3])).collect();
    let mut revisions = Vec::new();
    for (n, unit) in units.iter().enumerate() {
        for form in ["G101-1", "G102"] {
            for period in [2017, 2016, 2007, 2012] {
                let mut revision = revision(&ids.make(), &unit.id, form, None, &format!("{n}/{period}"));
                revision.sheet.period = period;
                revisions.push(revision);
            }
        }
    }
    let add = event(&mut ids, What::ImportSheets);
    store
        .write(&add, |w| {
            w.directory(&units)?;
            w.revise(&revisions)
        })
        .unwrap();
    let mut check = |scope: Scope, chunk: usize, expect: &str| {
        let mut seen = Vec::new();
        store
            .read()
            .each_chunk(&scope, 2017, chunk, |page| {
                assert!(page.len() <= chunk);
                seen.extend(page);
                ok(())
            })
            .unwrap();
        let names: Vec<&str> = seen.iter().map(|c| c.unit.id.as_str()).collect();
        assert_eq!(names.join(" "), expect);
        for collected in &seen {
            let n: usize = collected.unit.id[1..].parse().unwrap();
            let value = |sheets: &std::collections::BTreeMap<String, census::sheet::Values>| {
                assert_eq!(sheets.len(), 2);
                sheets["G102"].flat["01"].clone()
            };
            assert_eq!(value(&collected.sheets.sheets), format!("{n}/2017"));
            assert_eq!(value(&collected.sheets.last_year), format!("{n}/2016"));
            assert_eq!(value(&collected.sheets.last_census), format!("{n}/2007"));
            assert_eq!(collected.version.revisions.len(), 2);
        }
    };
    let county = "u00 u01 u03 u04 u06 u07 u09 u10 u12 u13 u15 u16 u18 u19 u21 u22 u24 u25 u27 u28";
    for chunk in [1, 7, 100] {
        check(Scope::area("410182".parse().unwrap()), chunk, county);
    }
    check(Scope::area("410183001".parse().unwrap()), 4, "u02 u05 u08 u11 u14 u17 u20 u23 u26 u29");
    let both = ["410182002", "410183"].map(|code| code.parse().unwrap()).to_vec();
    check(Scope::Areas(both), 50, "u01 u02 u04 u05 u07 u08 u10 u11 u13 u14 u16 u17 u19 u20 u22 u23 u25 u26 u28 u29");
    check(Scope::Units(vec!["u03".into(), "u01".into(), "u77".into()]), 1, "u01 u03");
    check(Scope::area("42".parse().unwrap()), 9, "");
}

fn finding(unit: &str, rule: &str, row: u32) -> Finding {
    Finding {
        unit: unit.into(),
        rule: rule.into(),
        grade: FindingGrade::Error,
        table: "G102".into(),
        row,
        kind: FindingKind::Failed,
        values: vec![("[01]".into(), "5".into())],
    }
}

#[test]
fn findings_are_replaced_and_what_stood_is_kept() {
    let database = Database::new("findings");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let add = event(&mut ids, What::Directory);
    store.write(&add, |w| w.directory(&[unit("u1", "410182001"), unit("u2", "410182001")])).unwrap();
    let mut check = |store: &mut Store, version: &str, found: &[Finding]| {
        let run = event(&mut ids, What::Check);
        store
            .write(&run, |w| {
                let of = |id| found.iter().filter(|f| f.unit == id).cloned().collect::<Vec<_>>();
                let (one, two) = (of("u1"), of("u2"));
                w.findings(&[
                    CheckedUnit { unit: "u1", version, findings: &one },
                    CheckedUnit { unit: "u2", version: "v", findings: &two },
                ])?;
                w.check_run(&RunSummary { units: 2, findings: found.len() as u64, counts: "{}" })
            })
            .unwrap();
        let standing: Vec<Finding> = store.read().findings(&Scope::All).unwrap().into_values().flatten().collect();
        assert_eq!(standing, found);
        store.read().finding_history("u1").unwrap().len()
    };
    let (a, b, c) = (finding("u1", "C005", 0), finding("u1", "C006", 1), finding("u2", "C005", 0));
    assert_eq!(check(&mut store, "v1", &[a.clone(), b.clone(), c.clone()]), 1);
    assert_eq!(check(&mut store, "v1", &[a.clone(), b.clone(), c.clone()]), 1, "the same set again");
    assert_eq!(check(&mut store, "v2", &[b.clone(), c.clone()]), 2);
    assert_eq!(check(&mut store, "v2", &[c]), 3);
    let history = store.read().finding_history("u1").unwrap();
    assert_eq!((history[0].1.as_str(), history[0].2.as_slice()), ("v1", &[a, b.clone()][..]));
    assert_eq!((history[1].1.as_str(), history[1].2.as_slice()), ("v2", &[b][..]));
    assert_eq!(store.read().checked(&Scope::unit("u1")).unwrap()["u1"], "v2");
    assert_eq!(store.read().finding_counts().unwrap(), [("C005".to_owned(), 1)].into());
    whole(&mut store);
}

#[test]
fn lines_and_figures_of_a_unit_are_replaced_together() {
    let database = Database::new("lines");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let add = event(&mut ids, What::Directory);
    store.write(&add, |w| w.directory(&[unit("u1", "410182001")])).unwrap();
    let line = |row, result| Line {
        unit: "u1".into(),
        form: "G102".into(),
        outlet: "DW001".into(),
        row,
        segment: "s".into(),
        pollutant: "化学需氧量".into(),
        method: Method::Coefficient,
        result,
        trace: Vec::new(),
    };
    let computed = LineResult::Computed {
        generated: "10.500".parse().unwrap(),
        removed: "6".parse().unwrap(),
        emitted: "4.5".parse().unwrap(),
        measure: "t".into(),
    };
    let lines = [line(0, computed), line(1, LineResult::Incomplete { reason: "k".into() })];
    let figures = [Figure {
        unit: "u1".into(),
        pollutant: "化学需氧量".into(),
        measure: "t".into(),
        generated: "10.500".parse().unwrap(),
        emitted: "4.5".parse().unwrap(),
        lines: 2,
        incomplete: 1,
    }];
    for lines in [&lines[..], &lines[..1]] {
        let account = event(&mut ids, What::Account);
        let accounted = Accounted { unit: "u1", version: "v", lines, figures: &figures };
        store.write(&account, |w| w.account(&[accounted])).unwrap();
        assert_eq!(store.read().lines(&Scope::All).unwrap()["u1"], lines);
        assert_eq!(store.read().figures(&Scope::All).unwrap()["u1"], figures);
    }
    assert_eq!(store.read().accounted(&Scope::All).unwrap(), [("u1".to_owned(), "v".to_owned())].into());
    whole(&mut store);
}

#[test]
fn a_job_is_taken_once_and_comes_back_when_it_failed() {
    let database = Database::new("jobs");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let mut act = |store: &mut Store, what: &str| {
        let job = event(&mut ids, What::Job);
        let words: Vec<&str> = what.split(' ').collect();
        store.write(&job, |w| match words.as_slice() {
            ["add", id, due] => {
                let (id, due) = (String::from(*id), String::from(*due));
                let job = Job {
                    id,
                    kind: "account".into(),
                    about: "u1".into(),
                    due,
                    document: "{}".into(),
                    asked_by: String::new(),
                };
                w.enqueue(&job).map(|()| "added".to_owned())
            }
            ["claim", now] => {
                let claimed = w.claim("w1", now)?;
                ok(claimed.map_or("nothing".to_owned(), |c| format!("{} {}", c.job.id, c.attempts)))
            }
            ["finish", id] => w.finish(id).map(|()| "finished".to_owned()),
            ["fail", id, again] => w.fail(id, "why", Some(again)).map(|()| "failed".to_owned()),
            ["release"] => w.release("w1").map(|n| n.to_string()),
            other => panic!("{other:?}"),
        })
    };
    for (what, expect) in [
        ("add j2 2018-02", "added"),
        ("add j1 2018-03", "added"),
        ("add j1 2018-03", "added"),
        ("claim 2018-01", "nothing"),
        ("claim 2018-05", "j2 1"),
        ("claim 2018-05", "j1 1"),
        ("claim 2018-05", "nothing"),
        ("finish j2", "finished"),
        ("finish j2", "there is no running job j2 in this census"),
        ("fail j1 2018-06", "failed"),
        ("claim 2018-05", "nothing"),
        ("claim 2018-06", "j1 2"),
        ("release", "1"),
        ("claim 2018-06", "j1 3"),
    ] {
        let got = act(&mut store, what).unwrap_or_else(|error| error.to_string());
        assert_eq!(got, expect, "{what}");
    }
    whole(&mut store);
}

#[test]
fn an_error_inside_a_change_undoes_all_of_it() {
    let database = Database::new("undo");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let before = store.verify().unwrap();
    let add = event(&mut ids, What::Directory);
    let failed: Result<(), Error> = store.write(&add, |w| {
        w.directory(&[unit("u1", "410182001")])?;
        assert_eq!(w.read().units(&Scope::All)?.len(), 1, "a change sees what it wrote");
        Err(Error::Unknown { what: store::Thing::Unit, id: "x".into() })
    });
    assert!(failed.is_err());
    assert_eq!(store.verify().unwrap(), before);
    store.write(&add, |w| w.directory(&[unit("u1", "410182001")])).unwrap();
    let twice = store.write(&add, |w| w.directory(&[unit("u2", "410182001")]));
    assert_eq!(twice, Err(Error::EventTwice { id: add.id.clone() }));
    whole(&mut store);
}

#[test]
fn append_only_tables_refuse_changes_and_tampering_shows() {
    let database = Database::new("tamper");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let add = event(&mut ids, What::Fill);
    store
        .write(&add, |w| {
            w.directory(&[unit("u1", "410182001")])?;
            w.revise(&[revision("r1", "u1", "G102", None, "5")])
        })
        .unwrap();
    for (sql, table) in [
        ("UPDATE revision SET author = 'x'", "revision"),
        ("DELETE FROM revision", "revision"),
        ("UPDATE audit SET who = 'x'", "audit"),
        ("DELETE FROM audit WHERE seq = 3", "audit"),
        ("UPDATE migration SET at = 'x'", "migration"),
    ] {
        let refused = database.tamper(sql, sql).expect_err(sql);
        assert!(refused.ends_with(&format!("{table} is append-only")), "{refused}");
    }
    whole(&mut store);
    // Whoever owns the database can drop the triggers; then the chain shows it.
    let mut tampered = |table: &str, sql: &str, expect: &str| {
        let sqlite =
            format!("DROP TRIGGER IF EXISTS {table}_no_update; DROP TRIGGER IF EXISTS {table}_no_delete; {sql}");
        let postgres = format!("ALTER TABLE {table} DISABLE TRIGGER USER; {sql}");
        database.tamper(&sqlite, &postgres).unwrap();
        let problems = store.verify().unwrap().problems;
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown.join("\n"), expect, "{sql}");
    };
    tampered(
        "revision",
        "UPDATE revision SET author = 'x'",
        "rows of event 3: their content was changed\nsheet: G102 of unit u1, 2017: revision r1 does not hash to its hash",
    );
    tampered("revision", "UPDATE revision SET author = 'p-zhang'", "");
    tampered("audit", "UPDATE audit SET who = 'x' WHERE seq = 2", "audit row 2: its hash is not that of its content");
    tampered("audit", "UPDATE audit SET who = 'u-office' WHERE seq = 2", "");
    tampered("audit", "DELETE FROM audit WHERE seq = 3", "rows of event 3: the chain has no such event");
}

#[test]
fn two_writers_take_turns_and_a_stale_counter_is_named() {
    let database = Database::new("turns");
    let mut ids = ids();
    drop(create(&database, &mut ids));
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let url = database.url.clone();
            std::thread::spawn(move || {
                let mut ids = store::Ids::seeded(&format!("thread {thread}"), 1_533_110_400_000);
                let mut store = Store::open(&url).unwrap();
                for n in 0..25 {
                    let add = event(&mut ids, What::Directory);
                    store.write(&add, |w| w.directory(&[unit(&format!("u{thread}-{n}"), "410182001")])).unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let mut store = Store::open(&database.url).unwrap();
    assert_eq!(store.read().units(&Scope::All).unwrap().len(), 100);
    assert_eq!(store.read().newest_event(), Ok(102));
    whole(&mut store);
}

#[test]
fn a_writer_that_waits_too_long_is_told_and_can_try_again() {
    let database = Database::new("wait");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let options = Options { wait: Duration::from_millis(20) };
    let mut other = Store::open_with(&database.url, &options).unwrap();
    let (first, second) = (event(&mut ids, What::Directory), event(&mut ids, What::Directory));
    store
        .write(&first, |w| {
            w.directory(&[unit("u1", "410182001")])?;
            let kept_out = other.write(&second, |w| w.directory(&[unit("u2", "410182001")]));
            assert!(matches!(kept_out, Err(Error::Locked { .. })), "{kept_out:?}");
            ok(())
        })
        .unwrap();
    assert_eq!(other.write(&second, |w| w.directory(&[unit("u2", "410182001")])), Ok(1));
    assert_eq!(store.read().units(&Scope::All).unwrap().len(), 2);
    whole(&mut store);
}

#[test]
fn a_view_sees_one_moment_while_others_write() {
    let database = Database::new("view");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let mut other = Store::open(&database.url).unwrap();
    store
        .view(|r| {
            assert_eq!(r.units(&Scope::All)?.len(), 0);
            let add = event(&mut ids, What::Directory);
            other.write(&add, |w| w.directory(&[unit("u1", "410182001")]))?;
            assert_eq!(r.units(&Scope::All)?.len(), 0, "still the same moment");
            ok(())
        })
        .unwrap();
    assert_eq!(store.read().units(&Scope::All).unwrap().len(), 1);
}

#[test]
fn a_backup_is_a_census_that_opens_and_verifies() {
    let database = Database::new("backup");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let file = file(&mut ids, "abc");
    let rows: Vec<_> = (0..3000).map(|n| listing(&ids.make(), n, "甲")).collect();
    let import = event(&mut ids, What::ImportList);
    store.write(&import, |w| w.import_list(&file, rows.iter().cloned().map(ok))).unwrap();
    let to = database.folder.join("copy.db");
    let mut seen = 0;
    store.backup(&to, &mut |_, _| seen += 1).unwrap();
    assert!(matches!(store.backup(&to, &mut |_, _| {}), Err(Error::AlreadyThere { .. })));
    let mut copy = Store::open(to.to_str().unwrap()).unwrap();
    assert_eq!(copy.read().all_listings().unwrap(), rows);
    assert_eq!(copy.verify().unwrap(), store.verify().unwrap());
    let left: Vec<_> = std::fs::read_dir(&database.folder).unwrap().flatten().map(|e| e.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains(".part")), "{left:?}");
}

#[test]
fn a_rehearsal_leaves_the_census_as_it_is() {
    let database = Database::new("rehearse");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let before = store.verify().unwrap();
    let rehearsal = Store::rehearse(&database.url).unwrap();
    assert_eq!((rehearsal.would_run.len(), rehearsal.problems.len()), (0, 0));
    assert_eq!(store.verify().unwrap(), before);
}
