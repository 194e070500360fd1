//! The office's work on a few units, through the same functions the program and the server call, on whichever
//! database the environment names.

use census::area::{AreaCode, AreaTree};
use census::check::Checker;
use census::review::{Actor, Event as Step, Refusal, StateKind};
use census::sheet::{Conflict, Values};
use instrument::model::Instrument;
use store::{Census, Ids, Scope, Store, What};
use stories::{Database, NOW, create, event, ids};
use work::fill::{self, Filled, Outcome};
use work::{Desk, Error, Watch, review};

struct Room<'i> {
    store: Store,
    ids: Ids,
    census: Census,
    instrument: &'i Instrument,
    checker: &'i Checker<'i>,
    areas: &'i AreaTree,
}

impl Room<'_> {
    fn work<T>(
        &mut self,
        what: What,
        act: impl FnOnce(&mut store::Writing<'_>, &mut Desk<'_>, &Checker<'_>) -> work::Result<T>,
    ) -> work::Result<T> {
        let mut desk =
            Desk::of_office(self.instrument, self.areas, &self.census, &mut self.ids, NOW, "p-1").expect("a desk");
        let event = desk.event(what);
        let checker = self.checker;
        self.store.write(&event, |w| act(w, &mut desk, checker))
    }

    fn save(&mut self, actor: &Actor, sheets: &[Filled]) -> work::Result<Outcome> {
        self.work(What::Fill, |w, desk, checker| fill::save(w, desk, checker, actor, "u1", sheets))
    }

    fn happen(&mut self, actor: &Actor, seen: Option<i64>, step: &Step) -> work::Result<review::Reviewed> {
        self.work(What::Review, |w, desk, _| review::event(w, desk, "u1", seen, step, actor))
    }
}

fn actor(role: &str) -> Actor {
    let own = matches!(role, "respondent" | "manager");
    let area: AreaCode = if own { "410182001000" } else { "410182000000" }.parse().expect("a code");
    Actor { person: format!("{role}-1"), role: role.into(), area, unit: own.then(|| "u1".into()) }
}

fn sheet(id: &str, form: &str, base: Option<&str>, items: &[(&str, &str)]) -> Filled {
    let flat = items.iter().map(|(item, text)| ((*item).to_owned(), (*text).to_owned())).collect();
    let values = Values { flat, ..Values::default() };
    Filled { id: id.into(), form: form.into(), base: base.map(Into::into), values, at: None }
}

#[test]
fn a_sheet_is_saved_checked_moved_on_and_left_to_account_in_one_change() {
    let instrument = stories::instrument::instrument();
    let (areas, _) = AreaTree::of(&instrument);
    let checker = Checker::new(&instrument);
    let database = Database::new("desk");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let begun = event(&mut ids, What::Directory);
    store.write::<_, store::Error>(&begun, |w| w.directory(&[stories::unit("u1", "410182001")])).expect("stored");
    let census = stories::census();
    let mut room = Room { store, ids, census, instrument: &instrument, checker: &checker, areas: &areas };
    let unit = actor("respondent");

    let first = [
        sheet("r1", "G101-1", None, &[("01", "甲厂"), ("16", "1")]),
        sheet("r2", "G102", None, &[("01", "11"), ("02", "4"), ("03", "6"), ("04", "0"), ("05", "0")]),
    ];
    let saved = room.save(&unit, &first).expect("saved");
    assert!(saved.changed);
    assert_eq!((saved.state, saved.counter), (StateKind::Draft, 1));
    let broken = |o: &Outcome| o.findings.iter().any(|f| f.rule == "S001" && f.is_failure());
    assert!(broken(&saved), "{:?}", saved.findings);
    let scope = Scope::unit("u1");
    assert_eq!(room.store.read().findings(&scope).expect("read")["u1"], saved.findings);
    assert_eq!(room.store.read().checked(&scope).expect("read")["u1"], saved.version.hash);
    assert!(room.store.read().jobs("waiting").expect("read").is_empty(), "no form that is accounted");

    // The same request again changes nothing and says the same.
    let head = room.store.read().newest_event().expect("read");
    let again = room.save(&unit, &first).expect("known");
    assert!(!again.changed);
    assert_eq!((&again.findings, &again.version, again.counter), (&saved.findings, &saved.version, 1));
    assert_eq!(room.store.read().newest_event().expect("read"), head);

    // Made from a version that is no longer the newest: both are named, nothing is written.
    let mended = [sheet("r3", "G102", Some("r2"), &[("01", "10"), ("02", "4"), ("03", "6"), ("04", "0"), ("05", "0")])];
    let saved = room.save(&unit, &mended).expect("saved");
    assert!(!broken(&saved), "{:?}", saved.findings);
    let late = [sheet("r5", "G106-1", None, &[]), sheet("r4", "G102", Some("r2"), &[("01", "12")])];
    match room.save(&unit, &late) {
        Err(Error::Conflict(conflicts)) => match conflicts.as_slice() {
            [Conflict::BaseMoved(moved)] => assert_eq!((moved.ours.as_str(), moved.theirs.as_str()), ("r4", "r3")),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
    assert_eq!(room.store.read().revision("r5").expect("read"), None, "all or none");

    // Who may not fill is refused by name, before anything is looked at.
    let refused = room.save(&actor("county"), &first);
    assert!(matches!(refused, Err(Error::Review(Refusal::ReviewerCannotEdit { .. }))), "{refused:?}");
    let unknown = room.save(&unit, &[sheet("r6", "G999", None, &[])]);
    assert!(matches!(&unknown, Err(Error::BadInput(words)) if words.code == "unknown_form"), "{unknown:?}");

    // A form that is accounted leaves a job in the same change.
    let saved = room.save(&unit, &late[..1]).expect("saved");
    let jobs = room.store.read().jobs("waiting").expect("read");
    let told: Vec<(&str, &str)> = jobs.iter().map(|(c, _)| (c.job.kind.as_str(), c.job.about.as_str())).collect();
    assert_eq!(told, [(fill::ACCOUNT, "u1")]);

    // The chain: somebody who looked at an older state is told so; a step moves the unit on.
    let stale = room.happen(&unit, Some(1), &Step::SelfCheck);
    assert!(matches!(stale, Err(Error::Store(store::Error::Moved { seen: 1, .. }))), "{stale:?}");
    let visited = Step::Pass { step: "county".into() };
    let early = room.happen(&actor("county"), Some(saved.counter), &visited);
    assert!(matches!(early, Err(Error::Review(_))), "{early:?}");
    let checked = room.happen(&unit, Some(saved.counter), &Step::SelfCheck);
    let checked = checked.expect("no open errors");
    assert_eq!((checked.state(), checked.counter), (StateKind::SelfChecked, saved.counter + 1));
    let signed = room.happen(&actor("manager"), Some(checked.counter), &Step::Sign { sole_person: false });
    assert_eq!(signed.expect("signed").state(), StateKind::Signed);
    // Handed in again after the unit moved on: known, and nothing falls back. New figures are in the wrong order.
    assert!(!room.save(&unit, &mended).expect("known").changed);
    let after = room.save(&unit, &[sheet("r7", "G102", Some("r3"), &[("01", "9")])]);
    assert!(matches!(after, Err(Error::Review(Refusal::WrongOrder { .. }))), "{after:?}");
}

#[test]
fn what_was_not_checked_as_it_stands_is_not_moved_on() {
    let instrument = stories::instrument::instrument();
    let (areas, _) = AreaTree::of(&instrument);
    let checker = Checker::new(&instrument);
    let database = Database::new("desk");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let begun = event(&mut ids, What::Directory);
    store.write::<_, store::Error>(&begun, |w| w.directory(&[stories::unit("u1", "410182001")])).expect("stored");
    let census = stories::census();
    let mut room = Room { store, ids, census, instrument: &instrument, checker: &checker, areas: &areas };
    let unit = actor("respondent");
    let refused = room.happen(&unit, None, &Step::SelfCheck);
    assert!(matches!(&refused, Err(Error::Refused(words)) if words.code == "not_checked"), "{refused:?}");
    // A unit without any sheet owes its forms: checking says so.
    let checked =
        room.work(What::Check, |w, desk, checker| work::check::unit(w, desk, checker, "u1")).expect("checked");
    assert!(!checked.findings.is_empty());
    let refused = room.happen(&unit, None, &Step::SelfCheck);
    assert!(matches!(refused, Err(Error::Review(Refusal::NothingFilled))), "{refused:?}");
    let lost = room.work(What::Check, |w, desk, checker| work::check::unit(w, desk, checker, "u2"));
    assert!(matches!(lost, Err(Error::Store(store::Error::Unknown { .. }))), "{lost:?}");
}

#[test]
fn what_changed_while_all_were_checked_or_accounted_keeps_what_is_newer() {
    let instrument = stories::instrument::instrument();
    let (areas, _) = AreaTree::of(&instrument);
    let checker = Checker::new(&instrument);
    let database = Database::new("desk");
    let mut ids = ids();
    let mut store = create(&database, &mut ids);
    let begun = event(&mut ids, What::Directory);
    let units = [stories::unit("u1", "410182001"), stories::unit("u2", "410182001")];
    store.write::<_, store::Error>(&begun, |w| w.directory(&units)).expect("stored");
    let census = stories::census();
    let mut room = Room { store, ids, census, instrument: &instrument, checker: &checker, areas: &areas };
    let mut stages = Vec::new();
    let mut told = |progress: work::Progress| stages.push((progress.stage, progress.done, progress.of));
    let mut watch = Watch::new(&mut told, &|| false);
    let mut desk = Desk::of_office(&instrument, &areas, &room.census, &mut room.ids, NOW, "p-1").expect("a desk");
    let run = work::check::area(&desk, &mut room.store, &checker, false, &mut watch).expect("checked");
    assert_eq!(run.units.len(), 2);
    assert_eq!(stages.last(), Some(&("checking", 2, 2)));
    // Somebody fills a sheet before the run is kept.
    let sheets = [sheet("r1", "G101-1", None, &[("01", "甲厂"), ("16", "2")]), sheet("r2", "G106-1", None, &[])];
    let fill = desk.event(What::Fill);
    let unit = actor("respondent");
    let saved = room.store.write(&fill, |w| fill::save(w, &mut desk, &checker, &unit, "u1", &sheets)).expect("saved");
    work::check::keep(&mut desk, &mut room.store, &run).expect("kept");
    let checked = room.store.read().checked(&Scope::All).expect("read");
    assert_eq!(checked["u1"], saved.version.hash);
    assert_eq!(checked["u2"], run.units[1].version);
    assert_eq!(room.store.read().findings(&Scope::All).expect("read").get("u1"), Some(&saved.findings));

    // Accounting one unit in a change, as the job does; nothing has passed, so tables hold nobody.
    let account = desk.event(What::Account);
    let names = ["u1".to_owned(), "u2".to_owned()];
    let done = room.store.write(&account, |w| work::account::units(w, &desk, &names)).expect("accounted");
    assert_eq!(done.units, 1);
    assert_eq!(room.store.read().accounted(&Scope::All).expect("read")["u1"], saved.version.hash);
    let all = work::account::area(&mut desk, &mut room.store, &mut Watch::new(&mut |_| {}, &|| false));
    assert_eq!(all.expect("accounted").units, 1);
    let level = work::tabulate::level("county").expect("a level");
    let mut quiet = |_| {};
    let added = work::tabulate::area(&mut desk, &mut room.store, level, &mut Watch::new(&mut quiet, &|| false));
    let added = added.expect("added up");
    assert_eq!((added.passed, added.held, added.wrong().len()), (0, 2, 0));
    // Asked to stop: nothing is written.
    let head = room.store.read().newest_event().expect("read");
    let stopped = work::account::area(&mut desk, &mut room.store, &mut Watch::new(&mut |_| {}, &|| true));
    assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
    assert_eq!(room.store.read().newest_event().expect("read"), head);
}
