//! Packs the built-in instrument into the program: one file to start, nothing beside it.
//! The format is that of `instrument::files::Bundle`, compressed; a test reads it back.

use std::io::Write as _;
use std::path::Path;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut paths = Vec::new();
    walk(&root, "", &mut paths);
    paths.sort();
    let mut bundle = b"wupu-bundle 1\n".to_vec();
    for path in paths {
        let bytes = std::fs::read(root.join(&path)).expect("a file of the instrument is readable");
        bundle.extend(format!("{} {path}\n", bytes.len()).into_bytes());
        bundle.extend(bytes);
    }
    let out = Path::new(&std::env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("cn-2017.bundle.gz");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&bundle).expect("memory can be written");
    std::fs::write(out, packed.finish().expect("memory can be written")).expect("OUT_DIR can be written");
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{path}/"), found);
        } else {
            found.push(path);
        }
    }
}
