//! Text files: encoding and delimiter are found out, memory stays constant, line numbers are the editor's.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};

use super::{Meter, ReadError};

/// The records of a text file with the line each begins on.
pub(crate) struct Records {
    reader: csv::Reader<UnixLines<DecodeReaderBytes<Measured, Vec<u8>>>>,
    record: csv::StringRecord,
    /// One record is read ahead, so that the last one is known to be the last.
    ahead: csv::StringRecord,
    /// Its line; `None` at the end.
    next: Option<Result<u64, ReadError>>,
    /// No line break ends the file.
    open_ended: bool,
    meter: Meter,
    path: PathBuf,
}

/// A file of which is known how much was read.
struct Measured {
    from: File,
    meter: Meter,
}

impl Read for Measured {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        self.meter.add(read as u64);
        Ok(read)
    }
}

impl Records {
    pub fn open(path: &Path) -> Result<Records, ReadError> {
        let open = |e: io::Error| ReadError::Open { file: path.to_owned(), why: e.to_string() };
        let head = head(path).map_err(open)?;
        if head.is_empty() {
            return Err(ReadError::Empty { file: path.to_owned() });
        }
        for (mark, ending) in [(&b"PK\x03\x04"[..], "xlsx"), (&b"\xd0\xcf\x11\xe0"[..], "xls")] {
            if head.starts_with(mark) {
                return Err(ReadError::Disguised { file: path.to_owned(), ending });
            }
        }
        let encoding = encoding(&head).ok_or_else(|| ReadError::Encoding { file: path.to_owned(), line: None })?;
        let (decoded, _, _) = encoding.decode(&head);
        let mut file = File::open(path).map_err(open)?;
        // The last byte of UTF-16 tells nothing.
        let open_ended = encoding != UTF_16LE && encoding != UTF_16BE && !ends_a_line(&mut file).map_err(open)?;
        let meter = Meter { of: file.metadata().map_or(0, |m| m.len()), ..Meter::default() };
        let measured = Measured { from: file, meter: meter.clone() };
        let decoder = DecodeReaderBytesBuilder::new().encoding(Some(encoding)).bom_override(true).build(measured);
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter(&decoded))
            .from_reader(UnixLines { from: decoder, last: b'\n', held: false });
        let [record, ahead] = [csv::StringRecord::new(), csv::StringRecord::new()];
        let mut records = Records { reader, record, ahead, next: None, open_ended, meter, path: path.to_owned() };
        records.next = records.read_ahead().transpose();
        Ok(records)
    }

    /// The next record that is not an empty line: its line and cells. Decoding errors name the line.
    pub fn next(&mut self) -> Result<Option<(u64, &csv::StringRecord)>, ReadError> {
        let Some(line) = self.next.take().transpose()? else { return Ok(None) };
        std::mem::swap(&mut self.record, &mut self.ahead);
        self.next = self.read_ahead().transpose();
        Ok(Some((line, &self.record)))
    }

    /// Whether the file ends in the middle of the record given last, as far as can be seen: nothing follows it, no
    /// line break either, and it has fewer cells than there are headings.
    pub fn cut_off(&self, headings: usize) -> bool {
        self.ends_open() && self.record.len() < headings
    }

    /// Whether nothing follows the record given last, no line break either.
    pub fn ends_open(&self) -> bool {
        self.open_ended && self.next.is_none()
    }

    /// Bytes read of the file.
    pub fn meter(&self) -> Meter {
        self.meter.clone()
    }

    fn read_ahead(&mut self) -> Result<Option<u64>, ReadError> {
        let more = self.reader.read_record(&mut self.ahead).map_err(|e| ReadError::Line {
            file: self.path.clone(),
            line: e.position().map_or(0, csv::Position::line),
            why: e.to_string(),
        })?;
        if !more {
            return Ok(None);
        }
        // The reader stands behind the record; the breaks inside quoted cells lie in between.
        let breaks = self.ahead.as_slice().matches('\n').count() as u64;
        let line = self.reader.position().line().saturating_sub(1 + breaks);
        if self.ahead.as_slice().contains('\u{fffd}') {
            return Err(ReadError::Encoding { file: self.path.clone(), line: Some(line) });
        }
        // Never so long in a list that somebody filled in: the rest of the file ran into one cell.
        if let Some(cell) = self.ahead.iter().find(|cell| cell.len() > LONGEST) {
            return Err(ReadError::LongCell { file: self.path.clone(), line, length: cell.chars().count() });
        }
        Ok(Some(line))
    }
}

/// Bytes of a cell: twice what a spreadsheet's 32 767 characters take in UTF-8.
const LONGEST: usize = 200_000;

/// Whether the last byte of a file ends a line; the file is at its beginning again.
fn ends_a_line(file: &mut File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    file.rewind()?;
    Ok(matches!(last[0], b'\n' | b'\r'))
}

/// Takes the `\r` of `\r\n` away and ends the last line, so that lines are counted alike everywhere.
struct UnixLines<R> {
    from: R,
    last: u8,
    /// A `\r` that came at the end of a piece.
    held: bool,
}

impl<R: Read> Read for UnixLines<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.len() < 2 {
            return Err(io::Error::other("a buffer of one byte"));
        }
        loop {
            let got = self.from.read(&mut into[1..])?;
            if got == 0 {
                let end = if self.held { b'\r' } else { b'\n' };
                if !self.held && self.last == b'\n' {
                    return Ok(0);
                }
                self.held = false;
                self.last = end;
                into[0] = end;
                return Ok(1);
            }
            let mut out = 0;
            for at in 1..=got {
                let byte = into[at];
                if self.held && byte != b'\n' {
                    into[out] = b'\r';
                    out += 1;
                }
                self.held = byte == b'\r';
                if !self.held {
                    into[out] = byte;
                    out += 1;
                }
            }
            if out > 0 {
                self.last = into[out - 1];
                return Ok(out);
            }
        }
    }
}

/// The first 64 KiB; while they are plain ASCII, the piece that holds the first other byte instead.
fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?);
    let mut head = Vec::new();
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            return Ok(head);
        }
        let telling = !piece.is_ascii() || piece.contains(&0);
        if head.is_empty() || telling {
            // Delimiters are counted on the first line, so the beginning stays.
            head.extend_from_slice(piece);
        }
        if telling {
            let read = piece.len();
            reader.consume(read);
            // A character may be cut between two pieces.
            head.extend_from_slice(reader.fill_buf()?);
            return Ok(head);
        }
        let read = piece.len();
        reader.consume(read);
    }
}

/// UTF-8 when the beginning is UTF-8 (a character cut off at the end of it apart), else GB18030 when it is that.
fn encoding(head: &[u8]) -> Option<&'static Encoding> {
    // What a spreadsheet saves as "Unicode text" begins with a mark.
    for (mark, encoding) in [(b"\xff\xfe", UTF_16LE), (b"\xfe\xff", UTF_16BE)] {
        if head.starts_with(mark) && head.contains(&0) {
            return Some(encoding);
        }
    }
    if head.contains(&0) {
        return None;
    }
    match std::str::from_utf8(head) {
        Ok(_) => return Some(UTF_8),
        Err(error) if error.error_len().is_none() => return Some(UTF_8),
        Err(_) => {}
    }
    // A double-byte character may be cut off at the end.
    (0..4).any(|cut| !GB18030.decode(&head[..head.len().saturating_sub(cut)]).2).then_some(GB18030)
}

/// The mark that stands most often on the fullest of the first lines: a title above the headings has none.
fn delimiter(head: &str) -> u8 {
    let most = |mark: char| head.lines().take(super::LOOKED).map(|l| l.matches(mark).count()).max().unwrap_or(0);
    [(b';', most(';')), (b'\t', most('\t')), (b',', most(','))]
        .into_iter()
        .max_by_key(|(_, n)| *n)
        .map_or(b',', |(mark, _)| mark)
}
