//! Names of people: the census keeps ids of accounts, pages show who that is.

use std::collections::BTreeMap;

use store::Read;

use crate::fault::Fault;

/// Id → name of the person. An id that is no account (a program, a person of an older system) is left out.
pub fn people<'a>(
    read: &mut Read<'_>,
    ids: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeMap<String, String>, Fault> {
    let mut found = BTreeMap::new();
    let mut ids: Vec<&str> = ids.into_iter().filter(|id| !id.is_empty()).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        if let Some((login, _)) = read.login_by_id(id)? {
            let name = if login.person.is_empty() { login.name } else { login.person };
            found.insert(id.to_owned(), name);
        }
    }
    Ok(found)
}
