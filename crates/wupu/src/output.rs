//! Files out: each appears under its name only when it is whole, and an error says what to do.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Error, Result};

use crate::told;

/// Writes a file whole or not at all; one that was there stays as it was until then.
pub fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    // What is no ordinary file (a pipe, /dev/stdout) is written to, not replaced.
    if path.exists() && !path.is_file() {
        return std::fs::write(path, bytes).map_err(|error| not_written(path, &error));
    }
    let part = part(path);
    let written = std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, path));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&part);
        not_written(path, &error)
    })
}

/// The same inside a change: an error undoes it.
pub fn take(path: &Path) -> impl FnMut(Vec<u8>) -> work::Result<()> + '_ {
    move |bytes| write(path, bytes).map_err(|e| failed(&e))
}

/// A file that was not written, as the office's work knows it: what was to be changed with it is undone.
pub fn failed(error: &Error) -> work::Error {
    work::Error::Fault(error.to_string())
}

/// Makes a folder and those above it.
pub fn folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|error| not_written(path, &error))
}

/// `out/公报.html` → `out/公报.html.part`
fn part(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

fn not_written(path: &Path, error: &io::Error) -> Error {
    let path = path.display();
    let text = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => told!(
            "{}：没有写成，磁盘已满；请腾出空间后再试",
            "{}: not written, the disk is full; free some space and try again",
            path
        ),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => told!(
            "{}：没有写成，不允许写入；请检查文件和文件夹的权限，或关闭打开它的程序",
            "{}: not written, writing is not allowed; check the rights of the file and its folder, or close the program that has it open",
            path
        ),
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            told!(
                "{}：没有写成，没有这个文件夹；请先建立",
                "{}: not written, there is no such folder; create it first",
                path
            )
        }
        _ => told!("{}：没有写成（{}）", "{}: not written ({})", path, error),
    };
    Error::msg(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_not_there() {
        let folder = std::env::temp_dir().join(format!("wupu-output-{}", std::process::id()));
        super::folder(&folder).expect("made");
        let path = folder.join("a.csv");
        write(&path, "one").expect("written");
        write(&path, "two").expect("written again");
        assert_eq!(std::fs::read_to_string(&path).expect("there"), "two");
        // The folder of the part is taken by another name: nothing is left, and the old file stays.
        std::fs::create_dir(part(&path)).expect("made");
        assert!(write(&path, "three").is_err());
        assert_eq!(std::fs::read_to_string(&path).expect("there"), "two");
        let lost = write(&folder.join("no/b.csv"), "x").expect_err("no folder").to_string();
        assert!(lost.contains("没有这个文件夹"), "{lost}");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
