//! Lines of bounded length from a stream.

use std::io::BufRead;

use crate::ChainError;

/// Reads lines up to a limit; a longer one is an error, not a growing buffer.
pub(crate) struct Lines<R> {
    reader: R,
    number: u64,
    limit: usize,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R, limit: usize) -> Self {
        Self { reader, number: 0, limit }
    }

    /// The number of the line that was read last, from 1.
    pub(crate) fn place(&self) -> String {
        format!("line {}", self.number)
    }

    /// The next line that is not blank, without its line feed; `None` at the end.
    pub(crate) fn next_line(&mut self, line: &mut String) -> Result<Option<()>, ChainError> {
        loop {
            line.clear();
            self.number += 1;
            let mut bytes = std::mem::take(line).into_bytes();
            let limit = self.limit as u64 + 1;
            let count = std::io::Read::take(&mut self.reader, limit)
                .read_until(b'\n', &mut bytes)
                .map_err(|source| ChainError::Read { place: self.place(), source })?;
            if count == 0 {
                return Ok(None);
            }
            if count > self.limit {
                let place = self.place();
                return Err(ChainError::TooLarge { place, what: "the line", limit: self.limit });
            }
            *line = String::from_utf8(bytes)
                .map_err(|e| ChainError::malformed(self.place(), "line", e))?;
            line.truncate(line.trim_end().len());
            if !line.is_empty() {
                return Ok(Some(()));
            }
        }
    }
}
