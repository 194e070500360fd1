//! The server as its clients see it, without a network: a small census, people of every role, calls.

mod grid;
mod security;
mod world;

/// The description in the repository is that of the routes. `WUPU_WRITE_PAGES=1` writes it anew.
#[test]
fn the_description_of_the_api_is_fresh() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let now = crate::openapi();
    if std::env::var_os("WUPU_WRITE_PAGES").is_some() {
        std::fs::write(&path, &now).expect("the folder can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == now, "crates/server/openapi.json is old: WUPU_WRITE_PAGES=1 cargo test -p server description");
}
