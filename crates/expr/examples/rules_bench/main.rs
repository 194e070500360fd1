//! 100 rules over many units: the language's own time, and the files for its rivals.
//!
//! usage: rules_bench FOLDER ENGINE [UNITS]   (ENGINE: write, wupu-1, wupu-2, wupu-2-places, compiled-loop)
//! Writes the workload to FOLDER when it is not there, runs one engine, and prints one JSON object.
//! `wupu-1` and `wupu-2` count, on one and two threads, as the rivals do; `wupu-2-places` also lists each failed row
//! and each row that cannot be computed with the reason. `cargo xtask bench rules` calls this and the rivals in turn.

#![allow(clippy::float_arithmetic, reason = "seconds of a clock, no value of the census")]

mod compiled;
mod workload;

use std::path::PathBuf;
use std::time::Instant;

use expr::compile::{Context, Parameters, RuleText, compile};
use expr::outcome::Keep;
use expr::schema::TableId;

fn main() {
    let mut words = std::env::args().skip(1);
    let folder = PathBuf::from(words.next().expect("usage: rules_bench FOLDER [UNITS]"));
    let engine = words.next().expect("an engine");
    let units = words.next().map_or(2_000_000, |u| u.parse().expect("a number of units"));
    let mut dice = workload::Dice(20_171_231);
    let batch = workload::batch(units, &mut dice);
    let rules = workload::rules();
    if !folder.join("workload.json").exists() {
        workload::write(&folder, &batch, &rules).expect("the folder can be written");
    }
    if engine == "write" {
        return;
    }
    let (threads, keep) = match engine.as_str() {
        "wupu-1" => (1, Keep::Counts),
        "wupu-2" => (2, Keep::Counts),
        "wupu-2-places" => (2, Keep::All),
        "compiled-loop" => return timed(&engine, || compiled::violations(&batch, &rules)),
        other => panic!("no such engine: {other}"),
    };
    let schema = workload::schema();
    let texts: Vec<RuleText> =
        rules.iter().map(|r| RuleText { code: &r.text, home: TableId(0), text: &r.text }).collect();
    let (program, problems) = compile(&schema, &Parameters::default(), &texts);
    assert!(problems.is_empty(), "{problems:?}");
    let cut = |n: usize| units * n / threads / 1024 * 1024;
    timed(&engine, || {
        let results = std::thread::scope(|scope| {
            let parts: Vec<_> = (0..threads)
                .map(|n| {
                    let range = cut(n)..if n + 1 == threads { units } else { cut(n + 1) };
                    let (program, batch) = (&program, &batch);
                    scope.spawn(move || program.run_range(batch, &Context::default(), range, keep))
                })
                .collect();
            parts.into_iter().map(|p| p.join().expect("a run does not panic")).collect::<Vec<_>>()
        });
        (0..rules.len()).map(|r| results.iter().map(|p| p[r].counts.fail).sum()).collect()
    });
}

/// Runs once and prints the figures; what the run leaves in memory is given back within the time.
fn timed(engine: &str, run: impl FnOnce() -> Vec<u64>) {
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    let violations = run();
    let (cpu, wall) = (cpu_seconds() - cpu, wall.elapsed().as_secs_f64());
    let counted = violations.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    println!("{{\"engine\": \"{engine}\", \"cpu\": {cpu:.3}, \"wall\": {wall:.3}, \"violations\": [{counted}]}}");
}

/// CPU time of this process so far; 0 where /proc does not say.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(") ").next().unwrap_or_default();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / 100.0
}
