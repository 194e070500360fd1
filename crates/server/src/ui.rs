//! The pages, built into the program: nothing is loaded from elsewhere.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::OnceLock;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

static BUNDLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/pages.bin"));

const MISSING: &str = "<!doctype html><html lang=\"zh\"><meta charset=\"utf-8\"><title>wupu</title>\
<p>此程序没有编入页面：先运行 cargo xtask web，再编译。<p>This program was built without its pages: run cargo xtask web, then build.";

/// Path → bytes. Made once: length-prefixed names and contents, deflated as a whole.
fn pages() -> &'static BTreeMap<String, Vec<u8>> {
    static PAGES: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
    PAGES.get_or_init(|| {
        let mut bytes = Vec::new();
        let mut found = BTreeMap::new();
        if flate2::read::DeflateDecoder::new(BUNDLE).read_to_end(&mut bytes).is_err() {
            return found;
        }
        let mut rest = bytes.as_slice();
        let mut take = |len: usize| -> Option<Vec<u8>> {
            let (part, after) = rest.split_at_checked(len)?;
            rest = after;
            Some(part.to_vec())
        };
        while let Some(len) = take(4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes) {
            let name = take(len as usize).and_then(|b| String::from_utf8(b).ok());
            let len = take(4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
            let Some((name, body)) = name.zip(len.and_then(|len| take(len as usize))) else { break };
            found.insert(name, body);
        }
        found
    })
}

/// A file of the pages; any other path is a place inside the one page.
pub fn page(request: &Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let pages = pages();
    if let Some(body) = pages.get(path) {
        // Names of assets hold a hash of their content.
        let keep = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        return ([(header::CONTENT_TYPE, media(path)), (header::CACHE_CONTROL, keep)], body.as_slice()).into_response();
    }
    if path.starts_with("assets/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let body = pages.get("index.html").map_or(MISSING.as_bytes(), Vec::as_slice);
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], body).into_response()
}

fn media(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" | "webmanifest" => "application/json",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
