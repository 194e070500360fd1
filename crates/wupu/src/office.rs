//! What a command works with: the instrument, the census, the clock, ids.

use std::io::Read as _;

use anyhow::{Context as _, Result};
use census::area::{AreaCode, AreaTree};
use instrument::files::{Bundle, Files, Folder};
use instrument::model::Instrument;
use instrument::problem::PackageError;
use store::{Event, Ids, Store, What};
use work::Desk;

use crate::arguments::Arguments;
use crate::ending::BadInput;
use crate::said;
use crate::{say, told};

static BUILT_IN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/cn-2017.bundle.gz"));

/// The package in use: the folder named, else the one built in.
pub fn package(arguments: &Arguments) -> Result<Box<dyn Files>> {
    match &arguments.instrument {
        Some(folder) if !folder.is_dir() => {
            Err(BadInput(told!("没有这个普查制度文件夹：{}", "no such folder of an instrument: {}", folder.display()))
                .into())
        }
        Some(folder) => Ok(Box::new(Folder::new(folder))),
        None => Ok(Box::new(built_in()?)),
    }
}

/// The instrument built into the program.
pub fn built_in() -> Result<Bundle> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(BUILT_IN).read_to_end(&mut bytes).context("the built-in instrument is damaged")?;
    Bundle::from_bytes(&bytes).map_err(anyhow::Error::msg).context("the built-in instrument is damaged")
}

/// The package as the browser's engine takes it, compressed with gzip.
pub fn browser_bundle(arguments: &Arguments) -> Result<Vec<u8>> {
    if arguments.instrument.is_none() {
        return Ok(BUILT_IN.to_vec());
    }
    let bundle = Bundle::of(package(arguments)?.as_ref()).to_bytes();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, &bundle)?;
    Ok(packed.finish()?)
}

/// The instrument in use. One from a folder must pass its own cases; the built-in one passed them when it was tested.
pub fn instrument(arguments: &Arguments) -> Result<Instrument> {
    let files = package(arguments)?;
    let read = if arguments.instrument.is_some() {
        Instrument::read(files.as_ref())
    } else {
        Instrument::read_trusted(files.as_ref())
    };
    read.map_err(|problems| BadInput(package_problems(&problems)).into())
}

/// The problems of a package as lines, errors first.
pub fn package_problems(problems: &[PackageError]) -> String {
    const SHOWN: usize = 30;
    let errors: Vec<String> =
        problems.iter().filter(|p| p.severity == expr::Severity::Error).map(ToString::to_string).collect();
    let more = errors.len().saturating_sub(SHOWN);
    let mut text =
        told!("普查制度有 {} 处错误，不能装入：\n", "the instrument has {} errors and does not load:\n", errors.len());
    text += &errors[..errors.len().min(SHOWN)].join("\n");
    if more > 0 {
        text += &told!("\n……另有 {} 处", "\n… and {} more", more);
    }
    text
}

/// An open census with its instrument.
pub struct Office {
    pub instrument: Instrument,
    pub store: Store,
    pub areas: AreaTree,
    pub census: store::Census,
    pub ids: Ids,
    pub now: String,
    actor: String,
}

impl Office {
    /// Opens the census named on the command line.
    pub fn open(arguments: &Arguments) -> Result<Office> {
        let mut store = Store::open(&arguments.db)?;
        let instrument = instrument(arguments)?;
        let census = store.read().census()?;
        if census.fingerprint != instrument.fingerprint {
            return Err(BadInput(told!(
                "普查库建于制度 {} {}（{}…），现在的制度是 {} {}（{}…）；用 --instrument 指定原来的制度",
                "the census was made under {} {} ({}…), the instrument in use is {} {} ({}…); name the old one with --instrument",
                census.instrument,
                census.version,
                &census.fingerprint[..census.fingerprint.len().min(12)],
                instrument.id,
                instrument.version,
                &instrument.fingerprint[..12]
            ))
            .into());
        }
        let (areas, _) = AreaTree::of(&instrument);
        let now = now(arguments);
        let ids = ids(arguments, &now, store.read().newest_event()?);
        Ok(Office { instrument, store, areas, census, ids, now, actor: arguments.actor.clone() })
    }

    /// The event of a change made now.
    pub fn event(&mut self, what: What) -> Event {
        Event::new(self.ids.make(), self.actor.clone(), self.now.clone(), what)
    }

    /// The desk a piece of work is done at, and the census beside it.
    pub fn desk(&mut self) -> Result<(Desk<'_>, &mut Store)> {
        let Office { instrument, store, areas, census, ids, now, actor } = self;
        let language = if say::chinese() { work::Language::Zh } else { work::Language::En };
        Ok((Desk::of_office(instrument, areas, census, ids, now, actor)?.speaking(language), store))
    }

    /// The office's own area.
    pub fn area(&self) -> Result<AreaCode> {
        self.census.area.parse().map_err(|_| anyhow::anyhow!("the census has no area: {}", self.census.area))
    }

    /// The area a text names, or the words for why not.
    pub fn resolve(&self, text: &str) -> Result<AreaCode> {
        let found = self.areas.resolve(text);
        found.map_err(|e| BadInput(said!(e)).into())
    }

    /// The lines of a funnel with the kinds of respondent in words.
    pub fn funnel_lines(&self, funnel: &census::frame::Funnel) -> Vec<String> {
        let titled = |line: String| {
            let kind = self.instrument.respondents.iter().find(|r| line.starts_with(&format!("{}:", r.code)));
            match kind {
                Some(kind) => format!("{}{}", kind.title, &line[kind.code.len()..]),
                None => line,
            }
        };
        funnel.proof().into_iter().map(titled).collect()
    }
}

/// The time given, else the clock.
pub fn now(arguments: &Arguments) -> String {
    arguments.now.clone().unwrap_or_else(|| jiff::Timestamp::now().to_string())
}

/// Ids for this run: time-ordered and fresh; with `--ids SEED` the same for the same seed, command, time and number of
/// events the census has already, so that a command given twice makes new ones.
pub fn ids(arguments: &Arguments, now: &str, events: i64) -> Ids {
    match &arguments.ids {
        None => Ids::fresh(),
        Some(seed) => {
            let millis = now.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_millisecond);
            let words: Vec<String> =
                std::env::args().skip(1).filter(|w| !w.contains("://") && !w.contains(".db")).collect();
            Ids::seeded(&format!("{seed}/{events}/{}", words.join(" ")), millis.unsigned_abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_instrument_is_the_shipped_one() {
        let folder = Folder::new(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017"));
        assert_eq!(built_in().expect("reads"), Bundle::of(&folder));
    }
}
