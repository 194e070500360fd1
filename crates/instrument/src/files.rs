//! Where a package lies: a folder, or a bundle of bytes (in the program, in a browser).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The files of a package, by path with forward slashes: `forms/G102.csv`.
pub trait Files {
    /// The bytes of a file; `None` when there is no such file.
    fn read(&self, path: &str) -> Option<Vec<u8>>;

    /// All paths, ascending.
    fn list(&self) -> Vec<String>;

    /// Paths directly under a folder with an ending: `under("rules/", ".md")`.
    fn under(&self, folder: &str, ending: &str) -> Vec<String> {
        let mut found = self.list();
        found.retain(|p| p.starts_with(folder) && p.ends_with(ending));
        found
    }
}

/// A package in a folder.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(path: &Path) -> Folder {
        Folder(path.to_path_buf())
    }
}

impl Files for Folder {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(self.0.join(path)).ok()
    }

    fn list(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(&self.0, "", &mut found);
        found.sort();
        found
    }
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
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

/// A package in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bundle(BTreeMap<String, Vec<u8>>);

/// First line of a bundle's bytes.
const HEAD: &[u8] = b"wupu-bundle 1\n";

impl Bundle {
    /// Everything of another place.
    pub fn of(files: &dyn Files) -> Bundle {
        Bundle(files.list().into_iter().filter_map(|p| files.read(&p).map(|b| (p, b))).collect())
    }

    pub fn insert(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.0.insert(path.to_owned(), bytes.into());
    }

    pub fn remove(&mut self, path: &str) {
        self.0.remove(path);
    }

    /// One byte string: a head line, then for each file a line `length path` and its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = HEAD.to_vec();
        for (path, bytes) in &self.0 {
            out.extend(format!("{} {path}\n", bytes.len()).into_bytes());
            out.extend(bytes);
        }
        out
    }

    /// Reads what [`Bundle::to_bytes`] wrote; the error says what is broken.
    pub fn from_bytes(bytes: &[u8]) -> Result<Bundle, String> {
        let mut rest = bytes.strip_prefix(HEAD).ok_or("not a bundled instrument (wrong first line)")?;
        let mut found = BTreeMap::new();
        while !rest.is_empty() {
            let end = rest.iter().position(|b| *b == b'\n').ok_or("the bundle is cut off in a heading")?;
            let heading = std::str::from_utf8(&rest[..end]).map_err(|_| "a heading of the bundle is not text")?;
            let (length, path) = heading.split_once(' ').ok_or("a heading of the bundle has no path")?;
            let length: usize = length.parse().map_err(|_| format!("{path}: the length is not a number"))?;
            rest = &rest[end + 1..];
            if rest.len() < length {
                return Err(format!("the bundle is cut off in {path}"));
            }
            found.insert(path.to_owned(), rest[..length].to_vec());
            rest = &rest[length..];
        }
        Ok(Bundle(found))
    }
}

impl Files for Bundle {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.0.get(path).cloned()
    }

    fn list(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_comes_back_as_it_was() {
        let mut bundle = Bundle::default();
        bundle.insert("a.csv", "1\n2\n");
        bundle.insert("rules/B.md", "水");
        let bytes = bundle.to_bytes();
        assert_eq!(Bundle::from_bytes(&bytes), Ok(bundle));
        assert_eq!(
            Bundle::from_bytes(&bytes[..bytes.len() - 1]),
            Err("the bundle is cut off in rules/B.md".to_owned())
        );
        assert!(Bundle::from_bytes(b"PK").is_err());
    }
}
