//! Packs the built pages (`web/office/dist`) into one file that the program includes; none: an empty one.

use std::io::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the folder"));
    let dist = root.join("../../web/office/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    if dist.is_dir() {
        walk(&dist, &dist, &mut files);
    }
    files.sort();
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    for (name, body) in files {
        for part in [name.as_bytes(), &body] {
            packed.write_all(&(part.len() as u32).to_le_bytes()).expect("memory");
            packed.write_all(part).expect("memory");
        }
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo names the folder"));
    std::fs::write(out.join("pages.bin"), packed.finish().expect("memory")).expect("the folder can be written");
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            walk(root, &path, files);
        } else if let Ok(name) = path.strip_prefix(root) {
            let name = name.to_string_lossy().replace('\\', "/");
            files.push((name, std::fs::read(&path).expect("a readable file")));
        }
    }
}
