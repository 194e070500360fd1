//! From pairs to units: clusters that respect what can never be one.

use std::collections::BTreeMap;

use super::Match;

/// Rows that are one unit, ascending.
pub type Cluster = Vec<u32>;

/// Joins matched pairs, strongest first. `list` is each row's list; a list of `own_single` has no
/// duplicates of its own, so that a cluster takes at most one row of it. `apart` are pairs that a person
/// or a rule keeps apart: no cluster holds both. `together` are pairs a person joined: they come first.
pub fn clusters(
    rows: usize,
    matches: &[Match],
    threshold: i32,
    list: impl Fn(u32) -> u16,
    own_single: &[u16],
    together: &[(u32, u32)],
    apart: &[(u32, u32)],
) -> Vec<Cluster> {
    let mut joined = Joined {
        leader: (0..rows as u32).collect(),
        members: (0..rows as u32).map(|row| vec![row]).collect(),
        apart: BTreeMap::new(),
    };
    for (a, b) in apart {
        joined.apart.entry(*a).or_default().push(*b);
        joined.apart.entry(*b).or_default().push(*a);
    }
    for (a, b) in together {
        joined.join(*a, *b, |_, _| true);
    }
    let mut strong: Vec<&Match> = matches.iter().filter(|m| m.certain(threshold)).collect();
    strong.sort_unstable_by_key(|m| (-m.weight, m.a, m.b));
    for m in strong {
        joined.join(m.a, m.b, |a, b| list(a) != list(b) || !own_single.contains(&list(a)));
    }
    joined.members.into_iter().filter(|members| members.len() > 1).collect()
}

struct Joined {
    leader: Vec<u32>,
    /// Of leaders; empty for rows that follow another.
    members: Vec<Cluster>,
    apart: BTreeMap<u32, Vec<u32>>,
}

impl Joined {
    fn leader(&mut self, mut row: u32) -> u32 {
        while self.leader[row as usize] != row {
            let up = self.leader[self.leader[row as usize] as usize];
            self.leader[row as usize] = up;
            row = up;
        }
        row
    }

    /// Joins two clusters unless a pair across them may not be one unit.
    fn join(&mut self, a: u32, b: u32, may: impl Fn(u32, u32) -> bool) {
        let (a, b) = (self.leader(a), self.leader(b));
        if a == b {
            return;
        }
        // The lower row leads, so that the result does not depend on the order of equals.
        let (lead, follow) = (a.min(b), a.max(b));
        let (ours, theirs) = (&self.members[lead as usize], &self.members[follow as usize]);
        let kept_apart = |x: u32, y: u32| self.apart.get(&x).is_some_and(|others| others.contains(&y));
        if ours.iter().any(|x| theirs.iter().any(|y| !may(*x, *y) || kept_apart(*x, *y))) {
            return;
        }
        self.leader[follow as usize] = lead;
        let theirs = std::mem::take(&mut self.members[follow as usize]);
        let ours = &mut self.members[lead as usize];
        ours.extend(theirs);
        ours.sort_unstable();
    }
}
