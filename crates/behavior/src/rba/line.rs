//! One line of comma-separated values (RFC 4180), without line ends inside of quotes: the format has
//! none, and a file without line ends must not fill the memory.

use std::io::{self, BufRead, Read};

/// Longest line that is read: user agents have at most some hundred bytes.
pub const LINE_LEN_MAX: usize = 16 << 10;

/// What reading a line came to.
pub(super) enum Line {
    /// A line, without its end.
    Text(String),
    /// One that is too long or no text; it is passed over.
    Bad(&'static str),
    /// There is none.
    End,
}

/// Reads a line.
pub(super) fn read(reader: &mut impl BufRead) -> io::Result<Line> {
    let mut bytes = Vec::new();
    let limit = LINE_LEN_MAX as u64 + 2;
    reader.by_ref().take(limit).read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        return Ok(Line::End);
    }
    if bytes.last() != Some(&b'\n') && bytes.len() as u64 == limit {
        skip(reader)?;
        return Ok(Line::Bad("the line is too long"));
    }
    while matches!(bytes.last(), Some(b'\n' | b'\r')) {
        bytes.pop();
    }
    Ok(String::from_utf8(bytes).map_or(Line::Bad("the line is not text"), Line::Text))
}

/// Passes over the rest of a line.
fn skip(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let (used, is_end) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(place) => (place + 1, true),
            None => (buffer.len(), false),
        };
        reader.consume(used);
        if is_end {
            return Ok(());
        }
    }
}

/// The fields of a line; `None` when a quote is not closed or text follows one.
pub(super) fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut letters = line.chars().peekable();
    let mut is_quoted = false;
    let mut was_quoted = false;
    while let Some(letter) = letters.next() {
        let field = fields.last_mut()?;
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if field.is_empty() && !was_quoted => (is_quoted, was_quoted) = (true, true),
            ',' if !is_quoted => {
                was_quoted = false;
                fields.push(String::new());
            }
            _ if was_quoted && !is_quoted => return None,
            _ => field.push(letter),
        }
    }
    (!is_quoted).then_some(fields)
}
