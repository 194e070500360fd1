//! Writes sheets until it is killed, and says which are safely stored: the kill test's victim.

use std::io::Write;

use store::{Error, Ids, Store, What};
use stories::{event, revision, unit};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let url = args.next().ok_or("usage: writer URL ROUND")?;
    let round = args.next().ok_or("usage: writer URL ROUND")?;
    let mut ids = Ids::seeded(&round, 1_533_110_400_000);
    let mut store = Store::open(&url)?;
    let mut out = std::io::stdout();
    for n in 0.. {
        let id = format!("u-{round}-{n:06}");
        let (first, second) = (ids.make(), ids.make());
        let fill = event(&mut ids, What::Fill);
        store.write(&fill, |w| {
            w.directory(&[unit(&id, "410182001")])?;
            w.revise(&[revision(&first, &id, "G102", None, "5"), revision(&second, &id, "G102", Some(&first), "6")])?;
            Ok::<(), Error>(())
        })?;
        // Said only now that it is committed; flushed, so that the other side has it whatever happens next.
        writeln!(out, "{second}")?;
        out.flush()?;
    }
    Ok(())
}
