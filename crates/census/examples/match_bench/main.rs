//! Matching on sets with known truth.
//!
//! usage: match_bench write FILE ROWS SEED      generated enterprise lists (chinese.csv)
//!        match_bench weights FILE MODEL           prints the weights learned (weights.csv)
//!        match_bench run FILE MODEL [show]     prints one JSON object; with `show`, wrong pairs and weights
//! A FILE is a CSV with the columns of the model, `list` and `truth`; MODEL is a model.toml. FILE may be
//! several files joined with `+`. `cargo xtask bench match` runs this and the rivals in turn.
#![allow(clippy::float_arithmetic, reason = "ratios of a bench, no value of the census")]

mod enterprises;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Instant;

use census::matching::{Match, Matched, Model, Rows, Vocabulary, clusters, explain, matched};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["write", file, rows, seed] => {
            let mut text = String::new();
            let (rows, seed) = (rows.parse().expect("rows"), seed.parse().expect("a seed"));
            enterprises::write(&mut text, rows, seed, &villages(), &trades());
            std::fs::write(file, text).expect("the file can be written");
        }
        ["run", file, model] => run(file, Path::new(model), false),
        ["weights", file, model] => weights(file, Path::new(model)),
        ["run", file, model, "show"] => run(file, Path::new(model), true),
        _ => eprintln!("usage: match_bench write FILE ROWS SEED | run FILE MODEL [show]"),
    }
}

fn shipped() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|l| !l.starts_with('#')).skip(1).map(|l| l.split(',').collect())
}

/// Codes and names of provinces, cities and counties.
fn places() -> Vec<(String, String)> {
    lines(&read(shipped().join("areas/divisions.csv"))).map(|c| (c[0].to_owned(), c[1].to_owned())).collect()
}

fn trades() -> enterprises::Trades {
    let words = read(shipped().join("matching/words.csv"));
    let mut classes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let trades = words.lines().filter_map(|l| l.strip_prefix("trade,")?.split_once(','));
    trades.for_each(|(word, class)| classes.entry(class).or_default().push(word.to_owned()));
    classes.into_values().collect()
}

fn villages() -> Vec<enterprises::Village> {
    let table = |file: &str| read(shipped().join("areas").join(file));
    let (divisions, towns, extent) = (table("divisions.csv"), table("towns.csv"), table("extent.csv"));
    let named: HashMap<&str, &str> = lines(&divisions).chain(lines(&towns)).map(|c| (c[0], c[1])).collect();
    let millionths = |text: &str| {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let part: String = part.chars().chain("000000".chars()).take(6).collect();
        format!("{whole}{part}").parse::<i64>().unwrap_or(0)
    };
    let centres: HashMap<&str, [i64; 2]> =
        lines(&extent).map(|c| (c[0], [millionths(c[2]), millionths(c[3])])).collect();
    let mut villages = Vec::new();
    for (n, cells) in lines(&table("villages.csv")).enumerate() {
        let code = cells[0];
        let up = |digits: usize| format!("{:0<12}", &code[..digits]);
        let (Some(town), Some(county), Some(city)) =
            (named.get(up(9).as_str()), named.get(up(6).as_str()), named.get(up(4).as_str()))
        else {
            continue;
        };
        // Villages lie on a grid of 2 km around the county's centre.
        let centre = centres.get(up(6).as_str()).copied().unwrap_or([113_600_000, 34_700_000]);
        let (x, y) = (n as i64 % 21 - 10, n as i64 / 21 % 21 - 10);
        villages.push(enterprises::Village {
            code: code.to_owned(),
            name: cells[1].replace("村委会", "村").replace("居委会", ""),
            town: (*town).replace("街道办事处", "街道"),
            county: (*county).to_owned(),
            city: (*city).to_owned(),
            position: [centre[0] + x * 22_000, centre[1] + y * 18_000],
        });
    }
    villages
}

fn run(files: &str, model: &Path, show: bool) {
    let model_text = read(model);
    let places = places();
    let words = read(shipped().join("matching/words.csv"));
    let texts: Vec<String> = files.split('+').map(read).collect();
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    let model: Model = Model::read(&model_text).expect("a sound model");
    let vocabulary = Vocabulary::read(&words, places.iter().map(|(code, name)| (code.as_str(), name.as_str())))
        .expect("the shipped words");
    let (rows, truth) = load(&model, &texts);
    let reading = wall.elapsed().as_secs_f64();
    let across = (0..rows.len()).any(|r| rows.list(r) != 0);
    let found = matched(&model, &vocabulary, &rows, across, -10_000, None).expect("a run");
    let joined = clusters(
        rows.len(),
        &found.matches,
        0,
        |r| rows.list(r as usize),
        if across { &[0, 1] } else { &[] },
        &[],
        &[],
    );
    let (cpu, wall) = (cpu_seconds() - cpu, wall.elapsed().as_secs_f64());
    // Pairs that are one unit, of those that may be compared at all.
    let mut of_unit: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    truth.iter().enumerate().for_each(|(row, t)| of_unit.entry(*t).or_default().push(row));
    let may = |a: usize, b: usize| !across || rows.list(a) != rows.list(b);
    let pairs_in = |members: &[usize]| {
        let pairs = members.iter().enumerate().flat_map(|(at, a)| members[at + 1..].iter().map(move |b| (*a, *b)));
        pairs.filter(|(a, b)| may(*a, *b)).count() as u64
    };
    let true_pairs: u64 = of_unit.values().map(|members| pairs_in(members)).sum();
    let right = |m: &&Match| truth[m.a as usize] == truth[m.b as usize];
    let kept = found.matches.iter().filter(right).count() as u64;
    let score = |threshold: i32| {
        let said: Vec<&Match> = found.matches.iter().filter(|m| m.certain(threshold)).collect();
        let good = said.iter().filter(|m| right(m)).count() as u64;
        f1(good, said.len() as u64, true_pairs)
    };
    let mut best = (0, [0.0; 3]);
    for threshold in (-8000..20_000).step_by(500) {
        let scored = score(threshold);
        if scored[2] > best.1[2] {
            best = (threshold, scored);
        }
    }
    let mut clustered = (0, 0);
    for cluster in &joined {
        let members: Vec<usize> = cluster.iter().map(|r| *r as usize).collect();
        clustered.1 += pairs_in(&members);
        let mut by_truth: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for r in &members {
            by_truth.entry(truth[*r]).or_default().push(*r);
        }
        clustered.0 += by_truth.values().map(|m| pairs_in(m)).sum::<u64>();
    }
    let at_half = score(0);
    let in_clusters = f1(clustered.0, clustered.1, true_pairs);
    println!(
        "{{\"engine\": \"wupu\", \"rows\": {}, \"true_pairs\": {true_pairs}, \"compared\": {}, \"cpu\": {cpu:.3}, \"wall\": {wall:.3}, \"reading\": {reading:.3}, \"memory_mb\": {}, \
         \"blocking_recall\": {:.4}, \"precision\": {:.4}, \"recall\": {:.4}, \"f1\": {:.4}, \"best_threshold\": {}, \"best_f1\": {:.4}, \
         \"cluster_precision\": {:.4}, \"cluster_recall\": {:.4}, \"cluster_f1\": {:.4}}}",
        rows.len(),
        found.compared,
        peak_memory(),
        kept as f64 / true_pairs as f64,
        at_half[0],
        at_half[1],
        at_half[2],
        best.0,
        best.1[2],
        in_clusters[0],
        in_clusters[1],
        in_clusters[2],
    );
    if show {
        let width = model.comparisons.iter().map(|c| c.columns.len()).sum();
        self::show(&model, &found, &rows, &truth, &of_unit, width);
    }
}

/// Prints the weights learned on a list: `matching/weights.csv`.
fn weights(file: &str, model: &Path) {
    let model = Model::read(&read(model)).expect("a sound model");
    let places = places();
    let words = read(shipped().join("matching/words.csv"));
    let places = places.iter().map(|(code, name)| (code.as_str(), name.as_str()));
    let vocabulary = Vocabulary::read(&words, places).expect("the shipped words");
    let (rows, _) = load(&model, &[read(file)]);
    let found = matched(&model, &vocabulary, &rows, false, 0, None).expect("a run");
    print!("{}", found.learned.to_csv(&model));
}

/// Rows with the model's columns, and the truth of each.
fn load(model: &Model, texts: &[String]) -> (Rows, Vec<u32>) {
    let columns: Vec<&str> = model.comparisons.iter().flat_map(|c| &c.columns).map(String::as_str).collect();
    let mut rows = Rows::new(&columns);
    let mut truth: Vec<u32> = Vec::new();
    for text in texts {
        let mut file = csv::Reader::from_reader(text.as_bytes());
        let heading = file.headers().expect("headings").clone();
        let named = |name: &str| heading.iter().position(|h| h == name).unwrap_or_else(|| panic!("no column {name}"));
        let wanted: Vec<usize> = columns.iter().map(|c| named(c)).collect();
        let (list, truth_at) = (named("list"), named("truth"));
        for record in file.records() {
            let record = record.expect("a row");
            rows.push(u16::from(&record[list] != "a"), wanted.iter().map(|c| &record[*c]));
            truth.push(record[truth_at].parse().expect("a truth"));
        }
    }
    (rows, truth)
}

fn f1(good: u64, said: u64, wanted: u64) -> [f64; 3] {
    let precision = good as f64 / (said.max(1)) as f64;
    let recall = good as f64 / (wanted.max(1)) as f64;
    [precision, recall, 2.0 * precision * recall / (precision + recall).max(1e-12)]
}

fn show(model: &Model, found: &Matched, rows: &Rows, truth: &[u32], of_unit: &BTreeMap<u32, Vec<usize>>, width: usize) {
    println!("prior {} bits/1000, {} rounds", found.learned.prior, found.learned.rounds);
    for (c, comparison) in model.comparisons.iter().enumerate() {
        for (l, level) in comparison.kind.levels().iter().enumerate() {
            let w = found.learned.levels[c][l + 1];
            println!("{:<8} {:<14} {:>8}  m {:>7}  u {:>10}", comparison.name, level.name, w.weight, w.m, w.u);
        }
    }
    println!("{:?}", found.left_out);
    let line = |row: u32| (0..width).map(|c| rows.cell(row as usize, c)).collect::<Vec<_>>().join(" | ");
    let say = |m: &Match| {
        let levels: Vec<String> =
            explain(model, &found.learned, m.pattern).iter().map(|(t, l, w)| format!("{t}:{l}{w:+}")).collect();
        println!("  {:?} {} {}\n    {}\n    {}", m.ruling, m.weight, levels.join(" "), line(m.a), line(m.b));
    };
    let wrong = |m: &&Match| m.certain(0) && truth[m.a as usize] != truth[m.b as usize];
    let count = found.matches.iter().filter(wrong).count();
    println!("false pairs: {count}");
    found.matches.iter().filter(wrong).step_by(count / 25 + 1).for_each(say);
    let missed = |m: &&Match| !m.certain(0) && truth[m.a as usize] == truth[m.b as usize];
    let count = found.matches.iter().filter(missed).count();
    println!("true pairs refused or too light: {count}");
    found.matches.iter().filter(missed).step_by(count / 25 + 1).for_each(say);
    let known: std::collections::HashSet<(u32, u32)> = found.matches.iter().map(|m| (m.a, m.b)).collect();
    let unseen: Vec<(u32, u32)> = of_unit
        .values()
        .flat_map(|m| m.iter().enumerate().flat_map(|(at, a)| m[at + 1..].iter().map(|b| (*a as u32, *b as u32))))
        .filter(|pair| !known.contains(pair))
        .collect();
    println!("true pairs in no block (or far too light): {}", unseen.len());
    for (a, b) in unseen.iter().step_by(unseen.len() / 15 + 1) {
        println!("    {}\n    {}\n", line(*a), line(*b));
    }
}

/// CPU time of this process so far; 0 where /proc does not say.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(") ").next().unwrap_or_default();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// Megabytes at most; 0 where /proc does not say.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).map_or(0, |kb| kb / 1024)
}
