//! Opening and creating a census.

use std::path::Path;
use std::time::Duration;

use crate::db::{Db, Purpose, values};
use crate::migrate::{self, Migration, Rehearsal};
use crate::place::Place;
use crate::read::Read;
use crate::write::{self, Writing};
use crate::{Error, Event, Foreign, Ids, Result, What, schema, verify};

/// An open census.
#[derive(Debug)]
pub struct Store {
    pub(crate) db: Db,
}

/// What a census is: kept with it, shown in every report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Census {
    /// Made by the creator.
    pub id: String,
    /// Area of the office, 12 digits.
    pub area: String,
    /// Name of the office (普查机构).
    pub office: String,
    /// Instrument (普查制度) it is held under: id, version, fingerprint of the package.
    pub instrument: String,
    pub version: String,
    pub fingerprint: String,
    /// Reference year.
    pub period: u16,
    /// A practice census: said wherever its figures are shown.
    pub simulated: bool,
    /// RFC 3339.
    pub created: String,
}

/// How to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How long a writer waits for another to end.
    pub wait: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options { wait: Duration::from_secs(10) }
    }
}

impl Store {
    /// Makes a census where none is: `county.db`, `sqlite:county.db` or `postgres://…`.
    pub fn create(url: &str, census: &Census, event: &Event) -> Result<Store> {
        let place = Place::parse(url);
        if let Place::File { path, .. } = &place {
            let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
            if !folder.is_dir() {
                return Err(Error::MissingFolder { folder: folder.to_owned() });
            }
            before_open(&place)?;
        }
        let made_file = matches!(&place, Place::File { path, .. } if !path.exists());
        let made = Store::create_in(place.clone(), census, event);
        if let (Err(_), true, Place::File { path, .. }) = (&made, made_file, &place) {
            // Leave nothing half made behind.
            for end in ["", "-wal", "-shm"] {
                let mut name = path.as_os_str().to_owned();
                name.push(end);
                let _ = std::fs::remove_file(name);
            }
        }
        made
    }

    fn create_in(place: Place, census: &Census, event: &Event) -> Result<Store> {
        let mut db = Db::connect(place, Options::default().wait, true)?;
        if migrate::standing(&mut db, migrate::ALL)?.is_some() {
            return Err(Error::AlreadyThere { place: db.place.to_string() });
        }
        // Tables and content in one transaction: there is never half a census.
        db.begin(Purpose::Write)?;
        let made = migrate::run_inside(&mut db, migrate::ALL, event)
            .and_then(|_| write::inside(&mut db, event, |w| w.census(census)));
        if let Err(error) = made.and_then(|_| db.commit()) {
            db.rollback();
            return Err(error);
        }
        Ok(Store { db })
    }

    /// Opens a census and brings its schema up to date.
    pub fn open(url: &str) -> Result<Store> {
        Store::open_with(url, &Options::default())
    }

    pub fn open_with(url: &str, options: &Options) -> Result<Store> {
        Store::open_knowing(url, options, migrate::ALL)
    }

    pub(crate) fn open_knowing(url: &str, options: &Options, known: &[Migration]) -> Result<Store> {
        let place = Place::parse(url);
        if let Place::File { path, .. } = &place
            && !path.exists()
        {
            return Err(Error::Missing { place: place.to_string() });
        }
        before_open(&place)?;
        let mut db = Db::connect(place, options.wait, false)?;
        let newest = known.last().map_or(0, |m| m.number);
        match migrate::standing(&mut db, known)? {
            None => return Err(Error::Missing { place: db.place.to_string() }),
            Some(done) if done < newest => {
                migrate::run(&mut db, known, &migration_event())?;
            }
            Some(_) => {}
        }
        Ok(Store { db })
    }

    /// Tries the migrations that opening would run, and leaves the census as it is: on a copy beside
    /// the file, or in a transaction that is undone.
    pub fn rehearse(url: &str) -> Result<Rehearsal> {
        Store::rehearse_knowing(url, migrate::ALL)
    }

    pub(crate) fn rehearse_knowing(url: &str, known: &[Migration]) -> Result<Rehearsal> {
        let place = Place::parse(url);
        before_open(&place)?;
        let mut db = Db::connect(place.clone(), Options::default().wait, false)?;
        if migrate::standing(&mut db, known)?.is_none() {
            return Err(Error::Missing { place: place.to_string() });
        }
        let Place::File { path, .. } = &place else {
            db.begin(Purpose::Write)?;
            let tried = migrate::run_inside(&mut db, known, &migration_event());
            let tried = tried.and_then(|would_run| Ok((would_run, verify::verify(&mut db, known)?.problems)));
            db.rollback();
            return tried.map(|(would_run, problems)| Rehearsal { would_run, problems });
        };
        let mut copy = path.as_os_str().to_owned();
        copy.push(".rehearsal");
        let copy = std::path::PathBuf::from(copy);
        let tried = Store { db }.backup(&copy, &mut |_, _| {}).and_then(|()| {
            let mut db =
                Db::connect(Place::File { path: copy.clone(), read_only: false }, Options::default().wait, false)?;
            let would_run = migrate::run(&mut db, known, &migration_event())?;
            Ok(Rehearsal { would_run, problems: verify::verify(&mut db, known)?.problems })
        });
        for end in ["", "-wal", "-shm"] {
            let mut name = copy.as_os_str().to_owned();
            name.push(end);
            let _ = std::fs::remove_file(name);
        }
        tried
    }

    /// A new connection to the same census, after the old one failed.
    pub fn again(&self) -> Result<Store> {
        Ok(Store { db: Db::connect(self.db.place.clone(), self.db.wait(), false)? })
    }

    /// Where the census lies, without password.
    pub fn place(&self) -> String {
        self.db.place.to_string()
    }

    /// Asks questions of the present state.
    pub fn read(&mut self) -> Read<'_> {
        Read { db: &mut self.db }
    }

    /// Asks several questions of one and the same state, whatever others write meanwhile.
    pub fn view<T, E: From<Error>>(
        &mut self,
        ask: impl FnOnce(&mut Read<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.db.begin(Purpose::Read)?;
        let answer = ask(&mut Read { db: &mut self.db });
        self.db.rollback();
        answer
    }

    /// Changes the census: everything `work` writes and the event become true at once, or nothing does.
    /// An error of `work` undoes all of it.
    pub fn write<T, E: From<Error>>(
        &mut self,
        event: &Event,
        work: impl FnOnce(&mut Writing<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        write::write(&mut self.db, event, work)
    }
}

impl Writing<'_> {
    /// Writes what the census is; also when it moves on to another version of the instrument.
    pub fn census(&mut self, census: &Census) -> Result<()> {
        let rows = [
            ("area", census.area.clone()),
            ("created", census.created.clone()),
            ("fingerprint", census.fingerprint.clone()),
            ("id", census.id.clone()),
            ("instrument", census.instrument.clone()),
            ("office", census.office.clone()),
            ("period", census.period.to_string()),
            ("simulated", census.simulated.to_string()),
            ("version", census.version.clone()),
        ];
        if self.db.int("SELECT COUNT(*) FROM meta", &[])? > 0 && self.read().census()? == *census {
            return Ok(());
        }
        self.execute("DELETE FROM meta", &[])?;
        let rows: Vec<_> = rows.into_iter().map(|(key, value)| values![key, value]).collect();
        self.insert(&schema::META, &rows)
    }
}

impl Read<'_> {
    /// What this census is.
    pub fn census(&mut self) -> Result<Census> {
        let mut found = std::collections::BTreeMap::new();
        for row in self.db.query("SELECT key, value FROM meta", &[])? {
            found.insert(row.text(0)?, row.text(1)?);
        }
        let mut take =
            |key: &str| found.remove(key).ok_or_else(|| Error::unreadable("meta", format!("{key} is missing")));
        Ok(Census {
            id: take("id")?,
            area: take("area")?,
            office: take("office")?,
            instrument: take("instrument")?,
            version: take("version")?,
            fingerprint: take("fingerprint")?,
            period: take("period")?.parse().map_err(|e| Error::unreadable("meta: period", e))?,
            simulated: take("simulated")? == "true",
            created: take("created")?,
        })
    }
}

/// Nobody stands behind a migration at open but the program itself; it takes place now.
fn migration_event() -> Event {
    let who = concat!("wupu ", env!("CARGO_PKG_VERSION"));
    Event::new(Ids::fresh().make(), who, jiff::Timestamp::now().to_string(), What::Migrate)
}

/// Looks at a file before SQLite does, so that a foreign or a cut-off file is named as such.
fn before_open(place: &Place) -> Result<()> {
    let Place::File { path, .. } = place else { return Ok(()) };
    let told = |why: std::io::Error| Error::File { path: path.clone(), why: why.to_string() };
    if path.is_dir() {
        return Err(Error::NotWupu { place: place.to_string(), why: Foreign::Folder });
    }
    let Some((found, header)) = beginning(path).map_err(told)? else { return Ok(()) };
    if found == 0 {
        return Ok(());
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(Error::NotWupu { place: place.to_string(), why: Foreign::NotSqlite });
    }
    if header.len() < 100 {
        return Err(Error::Truncated { place: place.to_string(), found, expected: 512 });
    }
    let number =
        |at: usize| u64::from(u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]));
    let page = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
        1 => 65_536,
        size => size,
    };
    let expected = page * number(28);
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    // What a log still holds may not have reached the file; then its length says nothing.
    let log = std::fs::metadata(log).is_ok_and(|m| m.len() > 0);
    let counted = number(24) == number(92);
    if found < expected && counted && !log {
        return Err(Error::Truncated { place: place.to_string(), found, expected });
    }
    Ok(())
}

/// Length of a file and its first bytes; `None` where it cannot be opened, which SQLite tells better.
///
/// On Unix a program that closes a file gives up all locks it has on it, those of SQLite's connections too; another
/// program would then take the log away under them. So a file looked at once stays open.
#[cfg(unix)]
fn beginning(path: &Path) -> std::io::Result<Option<(u64, Vec<u8>)>> {
    use std::os::unix::fs::{FileExt, MetadataExt};
    static LOOKED_AT: std::sync::Mutex<Vec<std::fs::File>> = std::sync::Mutex::new(Vec::new());
    let Ok(wanted) = std::fs::metadata(path) else { return Ok(None) };
    let mut open = LOOKED_AT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // A file that was deleted has nobody who could open it any more.
    open.retain(|file| file.metadata().is_ok_and(|m| m.nlink() > 0));
    let same = |file: &std::fs::File| file.metadata().is_ok_and(|m| (m.dev(), m.ino()) == (wanted.dev(), wanted.ino()));
    if !open.iter().any(same) {
        let Ok(file) = std::fs::File::open(path) else { return Ok(None) };
        open.push(file);
    }
    let Some(file) = open.iter().find(|file| same(file)) else { return Ok(None) };
    let mut header = vec![0; 100];
    let mut read = 0;
    while read < header.len() {
        match file.read_at(&mut header[read..], read as u64)? {
            0 => break,
            more => read += more,
        }
    }
    header.truncate(read);
    Ok(Some((file.metadata()?.len(), header)))
}

#[cfg(not(unix))]
fn beginning(path: &Path) -> std::io::Result<Option<(u64, Vec<u8>)>> {
    let Ok(file) = std::fs::File::open(path) else { return Ok(None) };
    let mut header = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(&file, 100), &mut header)?;
    Ok(Some((file.metadata()?.len(), header)))
}
