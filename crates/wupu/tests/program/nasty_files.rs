//! Workbooks of kinds and with oddities that no library at hand writes, byte by byte and small.

/// A file whose parts lie side by side, not compressed: what xlsx and ods are.
pub fn zip(parts: &[(&str, &str)]) -> Vec<u8> {
    let (mut bytes, mut index) = (Vec::new(), Vec::new());
    for (name, text) in parts {
        let mut crc = flate2::Crc::new();
        crc.update(text.as_bytes());
        let at = bytes.len() as u32;
        // Version, flags, stored, time, day; then checksum, sizes, length of the name, of the extra field.
        let mut head: Vec<u8> = Vec::new();
        for number in [20_u16, 0x800, 0, 0, 33] {
            head.extend(number.to_le_bytes());
        }
        for number in [crc.sum(), text.len() as u32, text.len() as u32] {
            head.extend(number.to_le_bytes());
        }
        head.extend((name.len() as u16).to_le_bytes());
        head.extend([0; 2]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&head);
        bytes.extend(name.as_bytes());
        bytes.extend(text.as_bytes());
        index.extend(b"PK\x01\x02\x14\x00");
        index.extend(&head);
        index.extend([0; 10]);
        index.extend(at.to_le_bytes());
        index.extend(name.as_bytes());
    }
    let (start, size, count) = (bytes.len() as u32, index.len() as u32, parts.len() as u16);
    bytes.extend(index);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

/// An xlsx with one worksheet 名录, whose days count from 1904; `rows`: the XML of its rows. Style 1 is a day.
pub fn xlsx_1904(rows: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    zip(&[
        (
            "[Content_Types].xml",
            &format!(
                r#"<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>"#
            ),
        ),
        (
            "_rels/.rels",
            &format!(
                r#"<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            &format!(
                r#"<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{LINKS}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{LINKS}/styles" Target="styles.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/workbook.xml",
            &format!(
                r#"<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><workbookPr date1904="1"/><sheets><sheet name="名录" sheetId="1" r:id="r1"/></sheets></workbook>"#
            ),
        ),
        (
            "xl/styles.xml",
            &format!(
                r#"<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>"#
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            &format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>"#),
        ),
    ])
}

/// An ods with these tables; `rows`: the XML of the rows of each.
pub fn ods(tables: &[(&str, &str)]) -> Vec<u8> {
    let tables: String =
        tables.iter().map(|(name, rows)| format!(r#"<table:table table:name="{name}">{rows}</table:table>"#)).collect();
    let names = ["office", "table", "text"]
        .map(|n| format!(r#" xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0""#))
        .concat();
    zip(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        (
            "META-INF/manifest.xml",
            r#"<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"#,
        ),
        (
            "content.xml",
            &format!(
                "<office:document-content{names}><office:body><office:spreadsheet>{tables}\
                 </office:spreadsheet></office:body></office:document-content>"
            ),
        ),
    ])
}

/// A cell of an xls.
pub enum Cell<'c> {
    Text(&'c str),
    Number(f64),
    /// A number that is shown as a day.
    Day(f64),
}

/// An xls (BIFF8) with one worksheet 名录: cells by row and column, merged rows of columns (first row, last row, column).
pub fn xls(since_1904: bool, cells: &[(u16, u16, Cell<'_>)], merged: &[[u16; 3]]) -> Vec<u8> {
    let words = |words: &[u16]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
    let unicode = |text: &str| words(&text.encode_utf16().collect::<Vec<_>>());
    let record = |kind: u16, body: Vec<u8>| [words(&[kind, body.len() as u16]), body].concat();
    let begin = |what: u16| record(0x809, words(&[0x600, what, 0, 0, 0, 0, 0, 0]));
    let format = |number: u16| record(0xe0, [words(&[0, number]), vec![0; 16]].concat());
    let end = record(0x0a, Vec::new());
    let name = "名录";
    let globals = |at: u32| {
        let count = name.chars().count() as u8;
        let sheet = [at.to_le_bytes().to_vec(), vec![0, 0, count, 1], unicode(name)].concat();
        [
            begin(5),
            record(0x42, words(&[1200])),
            record(0x22, words(&[u16::from(since_1904)])),
            format(0),
            format(14),
            record(0x85, sheet),
            end.clone(),
        ]
        .concat()
    };
    let mut book = globals(globals(0).len() as u32);
    book.extend(begin(16));
    for (row, column, cell) in cells {
        book.extend(match cell {
            Cell::Text(text) => {
                let count = text.encode_utf16().count() as u16;
                record(0x204, [words(&[*row, *column, 0, count]), vec![1], unicode(text)].concat())
            }
            Cell::Number(number) => record(0x203, [words(&[*row, *column, 0]), number.to_le_bytes().to_vec()].concat()),
            Cell::Day(number) => record(0x203, [words(&[*row, *column, 1]), number.to_le_bytes().to_vec()].concat()),
        });
    }
    if !merged.is_empty() {
        let regions = merged.iter().flat_map(|[first, last, column]| words(&[*first, *last, *column, *column]));
        record_into(&mut book, 0xe5, [words(&[merged.len() as u16]), regions.collect()].concat());
    }
    book.extend(end);
    compound("Workbook", book)
}

fn record_into(book: &mut Vec<u8>, kind: u16, body: Vec<u8>) {
    book.extend(kind.to_le_bytes());
    book.extend((body.len() as u16).to_le_bytes());
    book.extend(body);
}

/// A compound file with one stream: what xls is, and an xlsx that is locked with a password.
pub fn compound(name: &str, mut stream: Vec<u8>) -> Vec<u8> {
    const END: u32 = 0xffff_fffe;
    let numbers = |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    // Shorter streams would lie elsewhere.
    stream.resize(stream.len().max(4096).next_multiple_of(512), 0);
    let sectors = stream.len() / 512;
    let mut head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    head.extend([0; 16]);
    for number in [0x3e_u16, 3, 0xfffe, 9, 6, 0, 0, 0] {
        head.extend(number.to_le_bytes());
    }
    head.extend(numbers(&[0, 1, 1, 0, 4096, END, 0, END, 0, 0]));
    head.resize(512, 0xff);
    // Sector 0 says which sector follows which, 1 is the index, the stream begins at 2.
    let mut next = vec![0xffff_fffd, END];
    next.extend((3..2 + sectors as u32).chain([END]));
    next.resize(128, u32::MAX);
    let entry = |name: &str, kind: u8, child: u32, start: u32, size: u32| {
        let mut bytes: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.resize(64, 0);
        bytes.extend((2 * (name.encode_utf16().count() as u16 + 1)).to_le_bytes());
        bytes.extend([kind, 1]);
        bytes.extend(numbers(&[u32::MAX, u32::MAX, child]));
        bytes.resize(116, 0);
        bytes.extend(numbers(&[start, size, 0]));
        bytes
    };
    let mut index = entry("Root Entry", 5, 1, END, 0);
    index.extend(entry(name, 2, u32::MAX, 2, stream.len() as u32));
    index.resize(512, 0);
    [head, numbers(&next), index, stream].concat()
}
