//! Lines of bounded length, and the fields of one (RFC 4180, without line feeds in quotes).

use std::io::{BufRead, Read};

use super::{LINE_BYTES_MAX, ReservesError};

/// Most fields of a line: the widest layout has 12.
const FIELDS_MAX: usize = 16;

pub(super) struct Lines<R> {
    reader: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, number: 0 }
    }

    /// The number of the line that was read last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line that is not blank, without its line feed and byte-order mark.
    pub(super) fn next_line(&mut self) -> Result<Option<String>, ReservesError> {
        loop {
            self.number += 1;
            let line = self.number;
            let mut bytes = Vec::new();
            let limit = LINE_BYTES_MAX as u64 + 2;
            let count = Read::take(&mut self.reader, limit)
                .read_until(b'\n', &mut bytes)
                .map_err(|source| ReservesError::Read { line, source })?;
            if count == 0 {
                return Ok(None);
            }
            while matches!(bytes.last(), Some(b'\n' | b'\r')) {
                bytes.pop();
            }
            if bytes.len() > LINE_BYTES_MAX {
                return Err(ReservesError::LineTooLong { line });
            }
            let text = String::from_utf8(bytes).map_err(|_| ReservesError::Columns {
                line,
                problem: "it is not UTF-8".to_owned(),
            })?;
            let text = text.strip_prefix('\u{feff}').filter(|_| line == 1).unwrap_or(&text);
            if !text.trim().is_empty() {
                return Ok(Some(text.to_owned()));
            }
        }
    }
}

/// The fields of a line, without blanks around them.
pub(super) fn fields(text: &str, line: u64) -> Result<Vec<String>, ReservesError> {
    let refused = |problem: &str| ReservesError::Columns { line, problem: problem.to_owned() };
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        if fields.len() == FIELDS_MAX {
            return Err(refused("it has more fields than any layout"));
        }
        let (field, after) = match rest.trim_start().strip_prefix('"') {
            Some(quoted) => quoted_field(quoted).ok_or_else(|| refused("a quote is not closed"))?,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (field, after) = rest.split_at(end);
                if field.contains('"') {
                    return Err(refused("a quote stands within a field"));
                }
                (field.trim().to_owned(), after)
            }
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(fields),
            None => return Err(refused("text follows a quoted field")),
        }
    }
}

/// A field after its opening quote, and what follows its closing one.
fn quoted_field(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"')?;
        field.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None => return Some((field, rest.trim_start())),
        }
    }
}
