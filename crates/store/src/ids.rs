//! Ids: time-ordered (UUID version 7), made by the writer, never inside the store.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A source of ids that grow with time. With the same seed and start it gives the same ids,
/// so a simulated census is the same bytes in every run.
#[derive(Debug, Clone)]
pub struct Ids {
    millis: u64,
    /// Low 26 bits: place within the millisecond.
    count: u32,
    seed: [u8; 32],
}

/// So many ids before the clock of the ids is moved on by one millisecond.
const PER_MILLI: u32 = 1 << 26;

impl Ids {
    /// Ids from a seed and a time in milliseconds since 1970.
    pub fn seeded(seed: &str, millis: u64) -> Ids {
        Ids { millis, count: 0, seed: Sha256::digest(seed.as_bytes()).into() }
    }

    /// Ids from the clock and the system's source of chance: for real work.
    pub fn fresh() -> Ids {
        let drawn = Uuid::now_v7();
        let millis = drawn.get_timestamp().map_or(0, |t| t.to_unix().0 * 1000 + u64::from(t.to_unix().1) / 1_000_000);
        Ids { millis, count: 0, seed: Sha256::digest(drawn.as_bytes()).into() }
    }

    /// The next id, greater than all before.
    pub fn make(&mut self) -> String {
        let (millis, place) = (self.millis, self.count);
        self.count += 1;
        if self.count == PER_MILLI {
            self.count = 0;
            self.millis += 1;
        }
        let chance = Sha256::digest([&self.seed[..], &millis.to_be_bytes(), &place.to_be_bytes()].concat());
        // Layout of version 7: 48 bits of time, then 12 and 62 bits of ours. The first 26 of those count.
        let mut rest = [0u8; 10];
        rest.copy_from_slice(&chance[..10]);
        rest[0] = (place >> 22) as u8 & 0x0f;
        rest[1] = (place >> 14) as u8;
        rest[2] = (place >> 8) as u8 & 0x3f;
        rest[3] = place as u8;
        uuid::Builder::from_unix_timestamp_millis(millis, &rest).into_uuid().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_and_the_same_seed_gives_the_same() {
        let mut ids = Ids::seeded("410182/2017", 1_533_081_600_000);
        let made: Vec<String> = (0..70_000).map(|_| ids.make()).collect();
        assert!(made.windows(2).all(|w| w[0] < w[1]));
        let mut again = Ids::seeded("410182/2017", 1_533_081_600_000);
        assert!(made.iter().all(|id| *id == again.make()));
        assert_ne!(Ids::seeded("410182/2018", 1_533_081_600_000).make(), made[0]);
        assert!(made[0].starts_with("0164f2c8-c000-7000-8000-"), "{}", made[0]);
    }

    #[test]
    fn the_clock_moves_on_when_a_millisecond_is_used_up() {
        let mut ids = Ids { count: PER_MILLI - 1, ..Ids::seeded("x", 5) };
        let (last, next) = (ids.make(), ids.make());
        assert!(last < next, "{last} {next}");
        assert!(next.starts_with("00000000-0006-7"), "{next}");
    }

    #[test]
    fn fresh_ids_differ() {
        assert_ne!(Ids::fresh().make(), Ids::fresh().make());
    }
}
