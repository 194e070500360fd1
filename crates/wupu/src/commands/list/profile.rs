//! Profiles (导入方案) as files: beside the census, or where a path says.

use std::path::{Path, PathBuf};

use anyhow::Result;
use census::frame::{Column, Profile};
use instrument::model::Instrument;

use crate::arguments::Arguments;
use crate::ending::BadInput;
use crate::{output, told};

/// `名称` lies in the folder `profiles` beside the census; a path is a path.
fn place_of(arguments: &Arguments, name: &str) -> PathBuf {
    if name.ends_with(".toml") || name.contains(['/', '\\']) {
        return PathBuf::from(name);
    }
    let census = Path::new(&arguments.db).parent().filter(|_| !arguments.db.contains("://"));
    census.unwrap_or(Path::new("")).join("profiles").join(format!("{name}.toml"))
}

/// Reads a profile by its name or path.
pub fn read(arguments: &Arguments, name: &str, instrument: &Instrument) -> Result<Profile> {
    let path = place_of(arguments, name);
    let text = std::fs::read_to_string(&path).map_err(|e| {
        BadInput(told!("{}：导入方案打不开（{}）", "{}: the profile cannot be opened: {}", path.display(), e))
    })?;
    Ok(work::import_list::profile(instrument, &path.display().to_string(), &text)?)
}

/// Saves a profile under a name; one that a person may have changed is never written over.
pub fn save(arguments: &Arguments, name: &str, columns: &[Column]) -> Result<PathBuf> {
    let path = place_of(arguments, name);
    let text = Profile::write(columns, "industrial", "");
    match std::fs::read_to_string(&path) {
        Ok(there) if there == text => {}
        Ok(_) => {
            return Err(BadInput(told!(
                "{}：已有这个导入方案，内容不同；请换一个名称，或先删去它",
                "{}: there is a profile of this name with other content; take another name, or delete it first",
                path.display()
            ))
            .into());
        }
        Err(_) => {
            if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
                output::folder(folder)?;
            }
            output::write(&path, text)?;
        }
    }
    Ok(path)
}
