//! Photos and papers of a unit: checked by what they are, not by what they are called.

use std::sync::Arc;

use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use census::access::Verb;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{Attachment, What};

use crate::api::Page;
use crate::call::Call;
use crate::dispatch::download;
use crate::fault::Fault;
use crate::route::{Asked, Routes};

/// Largest photo or paper.
const MOST: u64 = 20 << 20;

pub fn add(routes: &mut Routes) {
    routes
        .read("/api/units/{id}/files", Verb::ReadUnits, "photos and papers of a unit", |call, read, at: UnitPath| {
            call.unit(read, &at.id)?;
            Ok(Page { rows: read.attachments(&at.id)?.into_iter().map(shown).collect(), next: None })
        })
        .raw::<NewFile, String, FileShown, _>(
            (Method::POST, "/api/units/{id}/files"),
            Verb::FillSheets,
            "attach a photo or a paper: JPEG, PNG, WebP, PDF, xlsx, docx",
            attach,
        )
        .upload()
        .raw::<UnitPath, String, String, _>((Method::GET, "/api/files/{id}"), Verb::ReadUnits, "its bytes", bytes)
        .media("application/octet-stream");
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct UnitPath {
    id: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct NewFile {
    id: String,
    /// As people call it; never a path.
    name: String,
    form: Option<String>,
    note: Option<String>,
    /// Where a photo was taken, in degrees as text, with the datum: `CGCS2000`, `WGS84`, `GCJ-02`, `BD-09`.
    longitude: Option<String>,
    latitude: Option<String>,
    datum: Option<String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct FileShown {
    id: String,
    form: String,
    name: String,
    kind: String,
    size: u64,
    hash: String,
    says: Value,
}

fn shown(a: Attachment) -> FileShown {
    FileShown {
        says: serde_json::from_str(&a.document).unwrap_or_default(),
        id: a.id,
        form: a.form,
        name: a.name,
        kind: a.kind,
        size: a.size,
        hash: a.hash,
    }
}

/// What the bytes are; `None`: nothing that is kept here.
fn kind_of(bytes: &[u8]) -> Option<&'static str> {
    let begins = |magic: &[u8]| bytes.starts_with(magic);
    if begins(&[0xff, 0xd8, 0xff]) {
        Some("image/jpeg")
    } else if begins(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if begins(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some("image/webp")
    } else if begins(b"%PDF-") {
        Some("application/pdf")
    } else if begins(b"PK\x03\x04") {
        let holds = |part: &[u8]| bytes.windows(part.len()).take(1 << 16).any(|w| w == part);
        if holds(b"xl/") {
            Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        } else if holds(b"word/") {
            Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document")
        } else {
            None
        }
    } else {
        None
    }
}

/// A name for people: no path, no control characters.
pub fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(120).collect();
    let clean = clean.trim().trim_start_matches('.').to_owned();
    if clean.is_empty() { "file".to_owned() } else { clean }
}

async fn attach(call: Arc<Call>, new: NewFile, asked: Asked) -> Result<Response, Fault> {
    if asked.body.len() as u64 > MOST {
        return Err(Fault::TooLarge { most: MOST });
    }
    let kind = kind_of(&asked.body).ok_or_else(|| Fault::refused("kind-of-file", json!({})))?;
    if new.longitude.is_some() != new.latitude.is_some() || new.longitude.is_some() != new.datum.is_some() {
        return Err(Fault::invalid("datum", "a position has longitude, latitude and datum"));
    }
    let attachment = Attachment {
        id: call.app.id(),
        unit: new.id.clone(),
        form: new.form.unwrap_or_default(),
        name: clean_name(&new.name),
        kind: kind.to_owned(),
        size: asked.body.len() as u64,
        hash: census::text::hex(&Sha256::digest(&asked.body)),
        document: json!({
            "note": new.note, "longitude": new.longitude, "latitude": new.latitude, "datum": new.datum,
            "by": call.person(), "at": call.now,
        })
        .to_string(),
    };
    let event = call.app.event(call.person(), What::Attach).about(new.id.clone());
    let inner = Arc::clone(&call);
    let answer = call.app.writer.write(event, move |writing| {
        inner.unit(&mut writing.read(), &attachment.unit)?;
        // The same bytes again are the same file.
        if let Some(known) =
            writing.read().attachments(&attachment.unit)?.into_iter().find(|a| a.hash == attachment.hash)
        {
            return Ok(shown(known));
        }
        writing.attach(&attachment, &STANDARD.encode(&asked.body))?;
        Ok(shown(attachment))
    });
    Ok(axum::Json(answer.await?).into_response())
}

async fn bytes(call: Arc<Call>, at: UnitPath, _: Asked) -> Result<Response, Fault> {
    let inner = Arc::clone(&call);
    let found = call.app.readers.read(move |read| {
        let file = read.attachment(&at.id)?.ok_or(Fault::NotFound)?;
        inner.unit(read, &file.unit)?;
        let content = read.attachment_content(&at.id)?;
        Ok((file, content))
    });
    let (file, content) = found.await?;
    let bytes = STANDARD.decode(content).map_err(|error| Fault::Internal { why: error.to_string() })?;
    if file.kind.starts_with("image/") {
        return Ok((StatusCode::OK, [(header::CONTENT_TYPE, file.kind)], bytes).into_response());
    }
    Ok(download(bytes, "application/octet-stream", &file.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_path() {
        for (given, expect) in [
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("照片 1.jpg", "照片 1.jpg"),
            ("..", "file"),
            ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
            ("", "file"),
        ] {
            assert_eq!(clean_name(given), expect);
        }
    }

    #[test]
    fn a_file_is_what_its_bytes_are() {
        assert_eq!(kind_of(b"%PDF-1.7"), Some("application/pdf"));
        assert_eq!(kind_of(b"<script>alert(1)</script>"), None);
        assert_eq!(kind_of(b"MZ\x90"), None);
        assert_eq!(kind_of(b"PK\x03\x04 nothing of an office file"), None);
    }
}
