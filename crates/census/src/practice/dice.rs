//! Deterministic chance: every draw is a pure function of the seed and of what is drawn for,
//! so that no result depends on the order of drawing.

/// A source of draws for one purpose.
#[derive(Debug, Clone, Copy)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(mix(seed ^ 0x77_75_70_75))
    }

    /// Draws for a part of the purpose: a unit, a form, an item.
    pub fn of(self, part: &str) -> Dice {
        // FNV-1a over the name, mixed with the state.
        let name =
            part.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
        Dice(mix(self.0 ^ name))
    }

    /// Draws for the `n`th of something.
    pub fn nth(self, n: u64) -> Dice {
        Dice(mix(self.0 ^ n.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1)))
    }

    /// A number below `n` (0 when `n` is 0).
    pub fn below(self, n: u64) -> u64 {
        // The high half of a 128-bit product: even for every n, no rejection.
        ((u128::from(self.0) * u128::from(n)) >> 64) as u64
    }

    /// A whole number from `low` to `high`, both included.
    pub fn between(self, low: i64, high: i64) -> i64 {
        low + self.below((high - low).unsigned_abs() + 1) as i64
    }

    /// Whether an event of so many per cent happens.
    pub fn percent(self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub fn pick<T>(self, of: &[T]) -> &T {
        &of[self.below(of.len() as u64) as usize]
    }

    /// One of several, by weight; `None` when all weights are zero.
    pub fn weighted<T>(self, of: &[(T, u64)]) -> Option<&T> {
        let total = of.iter().map(|(_, w)| w).sum();
        let mut left = self.below(total);
        of.iter()
            .find(|(_, weight)| {
                let hit = left < *weight;
                left = left.saturating_sub(*weight);
                hit
            })
            .map(|(value, _)| value)
    }

    /// A whole number from `low` to `high`, small ones likelier: sizes of enterprises.
    pub fn skewed(self, low: i64, high: i64) -> i64 {
        let span = (high - low).unsigned_abs() + 1;
        let (a, b, c) = (self.nth(1).below(span), self.nth(2).below(span), self.nth(3).below(span));
        low + a.min(b).min(c) as i64
    }
}

/// SplitMix64's finaliser.
fn mix(z: u64) -> u64 {
    let z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_depend_on_seed_and_purpose_only() {
        let dice = Dice::new(1).of("G102").nth(3);
        assert_eq!(dice.below(1000), Dice::new(1).of("G102").nth(3).below(1000));
        assert_ne!(Dice::new(1).of("a").below(1 << 40), Dice::new(2).of("a").below(1 << 40));
        assert!((0..1000).all(|n| (5..=9).contains(&dice.nth(n).between(5, 9))));
        assert!((0..1000).all(|n| (5..=90).contains(&dice.nth(n).skewed(5, 90))));
        let weights = [("a", 1), ("b", 0), ("c", 3)];
        let drawn: Vec<_> = (0..400).filter_map(|n| dice.nth(n).weighted(&weights)).collect();
        assert!(!drawn.contains(&&"b") && drawn.iter().filter(|d| **d == &"c").count() > 200);
    }
}
