//! What stands beside the figures of a sheet: drafts, second entries, citations, photos and papers.

use census::sheet::{SheetKey, Values};

use crate::db::{Row, bind, values};
use crate::frame::text;
use crate::read::Read;
use crate::write::Writing;
use crate::{Result, schema};

/// What somebody has typed and not saved yet (暂存).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub sheet: SheetKey,
    pub login: String,
    /// The revision it began from.
    pub base: Option<String>,
    pub at: String,
    pub values: Values,
}

/// The same paper typed again (二次录入).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondEntry {
    pub sheet: SheetKey,
    /// The revision it is compared with.
    pub revision: String,
    pub author: String,
    pub at: String,
    pub values: Values,
}

/// Which paper a figure was read from (数据出处).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    pub sheet: SheetKey,
    /// `flat/05`, `facility/2/08`.
    pub spot: String,
    /// As JSON text: document, page, note.
    pub document: String,
}

/// A photo or a paper of a unit (附件).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub id: String,
    pub unit: String,
    /// The form it belongs to; may be empty.
    pub form: String,
    pub name: String,
    /// `image/jpeg` …
    pub kind: String,
    pub size: u64,
    /// SHA-256 of its bytes.
    pub hash: String,
    /// Position, note, author and time, as JSON text.
    pub document: String,
}

/// Characters of base 64 in one row.
const PART: usize = 256 * 1024;

impl Writing<'_> {
    pub fn keep_draft(&mut self, draft: &Draft) -> Result<()> {
        self.drop_draft(&draft.sheet, &draft.login)?;
        let row = values![
            &draft.sheet.unit,
            &draft.sheet.form,
            draft.sheet.period,
            &draft.login,
            self.seq,
            draft.base.as_ref(),
            &draft.at,
            text(&draft.values)?
        ];
        self.insert(&schema::DRAFT, &[row])
    }

    pub fn drop_draft(&mut self, sheet: &SheetKey, login: &str) -> Result<()> {
        self.execute(
            "DELETE FROM draft WHERE unit = $1 AND form = $2 AND period = $3 AND login = $4",
            &bind![&sheet.unit, &sheet.form, i64::from(sheet.period), login],
        )?;
        Ok(())
    }

    pub fn enter_again(&mut self, entry: &SecondEntry) -> Result<()> {
        let row = values![
            &entry.sheet.unit,
            &entry.sheet.form,
            entry.sheet.period,
            &entry.revision,
            &entry.author,
            &entry.at,
            text(&entry.values)?
        ];
        self.append(&schema::SECOND_ENTRY, vec![row])
    }

    pub fn cite(&mut self, citation: &Citation) -> Result<()> {
        let sheet = &citation.sheet;
        let row = values![&sheet.unit, &sheet.form, sheet.period, &citation.spot, &citation.document];
        self.append(&schema::CITATION, vec![row])
    }

    /// Keeps a photo or a paper; `content` is base 64.
    pub fn attach(&mut self, attachment: &Attachment, content: &str) -> Result<()> {
        let a = attachment;
        let row = values![&a.id, &a.unit, &a.form, &a.name, &a.kind, a.size, &a.hash, &a.document];
        self.append(&schema::ATTACHMENT, vec![row])?;
        let parts = content.as_bytes().chunks(PART).map(|part| String::from_utf8_lossy(part).into_owned());
        let rows = parts.enumerate().map(|(number, part)| values![&a.id, number, part]).collect();
        self.append(&schema::ATTACHMENT_PART, rows)
    }
}

impl Read<'_> {
    pub fn draft(&mut self, sheet: &SheetKey, login: &str) -> Result<Option<Draft>> {
        let sql = "SELECT base, at, document FROM draft WHERE unit = $1 AND form = $2 AND period = $3 AND login = $4";
        let row = self.db.first(sql, &bind![&sheet.unit, &sheet.form, i64::from(sheet.period), login])?;
        row.map(|row| {
            Ok(Draft {
                sheet: sheet.clone(),
                login: login.to_owned(),
                base: row.maybe(0)?,
                at: row.text(1)?,
                values: row.document(2, "draft")?,
            })
        })
        .transpose()
    }

    /// The newest second entry of a sheet.
    pub fn second_entry(&mut self, sheet: &SheetKey) -> Result<Option<SecondEntry>> {
        let sql = "SELECT revision, author, at, document FROM second_entry \
                   WHERE unit = $1 AND form = $2 AND period = $3 ORDER BY event DESC, place DESC LIMIT 1";
        let row = self.db.first(sql, &bind![&sheet.unit, &sheet.form, i64::from(sheet.period)])?;
        row.map(|row| {
            Ok(SecondEntry {
                sheet: sheet.clone(),
                revision: row.text(0)?,
                author: row.text(1)?,
                at: row.text(2)?,
                values: row.document(3, "second entry")?,
            })
        })
        .transpose()
    }

    /// The newest citation of each spot of a sheet, by spot.
    pub fn citations(&mut self, sheet: &SheetKey) -> Result<Vec<Citation>> {
        let sql =
            "SELECT spot, document FROM citation WHERE unit = $1 AND form = $2 AND period = $3 ORDER BY event, place";
        let mut newest = std::collections::BTreeMap::new();
        for row in self.db.query(sql, &bind![&sheet.unit, &sheet.form, i64::from(sheet.period)])? {
            newest.insert(row.text(0)?, row.text(1)?);
        }
        Ok(newest.into_iter().map(|(spot, document)| Citation { sheet: sheet.clone(), spot, document }).collect())
    }

    /// Photos and papers of a unit, oldest first.
    pub fn attachments(&mut self, unit: &str) -> Result<Vec<Attachment>> {
        let sql = "SELECT id, unit, form, name, kind, size, hash, document FROM attachment WHERE unit = $1 ORDER BY event, place";
        self.db.query(sql, &bind![unit])?.iter().map(attachment).collect()
    }

    pub fn attachment(&mut self, id: &str) -> Result<Option<Attachment>> {
        let sql = "SELECT id, unit, form, name, kind, size, hash, document FROM attachment WHERE id = $1";
        self.db.first(sql, &bind![id])?.as_ref().map(attachment).transpose()
    }

    /// Its bytes as base 64.
    pub fn attachment_content(&mut self, id: &str) -> Result<String> {
        let sql = "SELECT content FROM attachment_part WHERE attachment = $1 ORDER BY number";
        self.db.query(sql, &bind![id])?.iter().map(|row| row.text(0)).collect()
    }
}

fn attachment(row: &Row) -> Result<Attachment> {
    Ok(Attachment {
        id: row.text(0)?,
        unit: row.text(1)?,
        form: row.text(2)?,
        name: row.text(3)?,
        kind: row.text(4)?,
        size: row.int(5)? as u64,
        hash: row.text(6)?,
        document: row.text(7)?,
    })
}
