//! What stands between a file and the crate that reads it: lengths and counts that a file claims are
//! checked before memory is taken for them.

use ::parquet::basic::Encoding;
use ::parquet::column::page::{Page, PageMetadata, PageReader};
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::reader::{ChunkReader, Length};
use bytes::Bytes;
use std::cell::Cell;
use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

/// Largest page, also decompressed: those of common writers have a megabyte.
const PAGE_LEN_MAX: u64 = 64 << 20;
/// Largest description of the whole file: a thousand columns in ten thousand row groups.
const FOOTER_LEN_MAX: u64 = 1 << 30;
/// What stands at the end: the length of the description, and the magic.
const TAIL_LEN: u64 = 8;

fn refused(problem: &str) -> ParquetError {
    ParquetError::General(problem.to_owned())
}

/// Calls the crate. It asserts of a page's bytes what only an undamaged page keeps (60.1: the length of
/// a text in a dictionary), so a panic of it is an error of the file, and prints nothing.
pub(super) fn unwound<T>(work: impl FnOnce() -> Result<T>) -> std::result::Result<T, String> {
    thread_local! {
        static IS_WITHIN: Cell<bool> = const { Cell::new(false) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_WITHIN.get() {
                others(panic);
            }
        }));
    });
    IS_WITHIN.set(true);
    let worked = catch_unwind(AssertUnwindSafe(work));
    IS_WITHIN.set(false);
    match worked {
        Ok(worked) => worked.map_err(|error| error.to_string()),
        Err(_) => Err("its pages contradict themselves".to_owned()),
    }
}

/// A file, by its bytes.
pub(super) struct Guarded {
    file: File,
    len: u64,
    footer: u64,
}

impl Guarded {
    pub(super) fn new(file: File) -> Result<Self> {
        let len = file.metadata()?.len();
        let Some(tail) = len.checked_sub(TAIL_LEN) else {
            return Err(refused("it is shorter than its beginning and end"));
        };
        let tail_bytes = file.get_bytes(tail, TAIL_LEN as usize)?;
        let [a, b, c, d, ..] = tail_bytes[..] else { return Err(refused("it has no end")) };
        let footer_len = u64::from(u32::from_le_bytes([a, b, c, d]));
        if footer_len > tail || footer_len > FOOTER_LEN_MAX {
            return Err(refused("its end is not where it should be"));
        }
        Ok(Self { file, len, footer: tail - footer_len })
    }
}

impl Length for Guarded {
    fn len(&self) -> u64 {
        self.len
    }
}

impl ChunkReader for Guarded {
    type T = BufReader<File>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        if start < self.footer {
            let bytes = self.get_bytes(start, PAGE_HEADER_LEN.min(self.footer - start) as usize)?;
            if decompressed_len(&bytes).is_some_and(|len| len > PAGE_LEN_MAX) {
                return Err(refused("a page has more than 64 MiB: write smaller pages"));
            }
        }
        self.file.get_read(start)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let end = start.checked_add(length as u64).filter(|end| *end <= self.len);
        let Some(end) = end else { return Err(refused("a part of it is behind its end")) };
        if end <= self.footer && length as u64 > PAGE_LEN_MAX {
            return Err(refused("a page has more than 64 MiB: write smaller pages"));
        }
        self.file.get_bytes(start, length)
    }
}

/// Bytes in which a page's header has said how long it is.
const PAGE_HEADER_LEN: u64 = 16;

/// A number of seven bits a byte, and what follows.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (place, byte) in bytes.iter().enumerate().take(9) {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte >> 7 == 0 {
            return Some((number, &bytes[place + 1..]));
        }
    }
    None
}

/// The length of a page once it is decompressed. Its header is a Thrift struct in the compact
/// protocol, whose first two fields are 32-bit numbers: the page's type and this.
fn decompressed_len(header: &[u8]) -> Option<u64> {
    const NEXT_IS_I32: u8 = 0x15;
    let (_, rest) = varint(header.strip_prefix(&[NEXT_IS_I32])?)?;
    let (zigzag, _) = varint(rest.strip_prefix(&[NEXT_IS_I32])?)?;
    Some(zigzag >> 1)
}

/// What follows a list of numbers in the encoding DELTA_BINARY_PACKED, of which there are at most so
/// many.
fn after_deltas(bytes: &[u8], most: u64) -> Option<&[u8]> {
    let (block, rest) = varint(bytes)?;
    let (parts, rest) = varint(rest)?;
    let (count, rest) = varint(rest)?;
    let (_, mut rest) = varint(rest)?;
    if count > most || parts == 0 || block > 1 << 20 || parts > block {
        return None;
    }
    let of_part = block / parts;
    let mut left = count.saturating_sub(1);
    while left > 0 {
        (_, rest) = varint(rest)?;
        let (widths, mut packed) = rest.split_at_checked(parts as usize)?;
        for width in widths {
            if left > 0 {
                let len = of_part * u64::from(*width) / 8;
                packed = packed.get(usize::try_from(len).ok()?..)?;
                left = left.saturating_sub(of_part);
            }
        }
        rest = packed;
    }
    Some(rest)
}

/// A column's pages in a row group.
pub(super) struct Pages {
    inner: Box<dyn PageReader>,
    rows: usize,
    is_optional: bool,
}

impl Pages {
    pub(super) fn new(inner: Box<dyn PageReader>, rows: usize, is_optional: bool) -> Self {
        Self { inner, rows, is_optional }
    }

    /// Whether the numbers of values in a page can be true.
    fn is_plausible(&self, page: &Page) -> bool {
        let count = u64::from(page.num_values());
        if let Page::DictionaryPage { buf, .. } = page {
            // Each value takes a byte at least.
            return count <= buf.len() as u64;
        }
        if count > self.rows as u64 {
            return false;
        }
        // These count their values once more.
        let lists = match page.encoding() {
            Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
            Encoding::DELTA_BYTE_ARRAY => 2,
            _ => return true,
        };
        let mut rest = self.values(page);
        for _ in 0..lists {
            rest = rest.and_then(|rest| after_deltas(rest, count));
        }
        rest.is_some()
    }

    /// The values of a page, behind the levels that say which are NULL.
    fn values<'a>(&self, page: &'a Page) -> Option<&'a [u8]> {
        let levels_len = match page {
            Page::DataPage { buf, .. } if self.is_optional => {
                let len = u32::from_le_bytes(*buf.first_chunk::<4>()?);
                4 + u64::from(len)
            }
            Page::DataPageV2 { def_levels_byte_len, rep_levels_byte_len, .. } => {
                u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len)
            }
            _ => 0,
        };
        page.buffer().get(usize::try_from(levels_len).ok()?..)
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.inner.get_next_page()?;
        match &page {
            Some(page) if !self.is_plausible(page) => {
                Err(refused("a page says that it has more values than it can have"))
            }
            _ => Ok(page),
        }
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.inner.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.inner.skip_next_page()
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_tells_how_long_its_page_will_be() {
        // Type 0, 300 bytes, 200 compressed; numbers are doubled for their sign.
        let header = [0x15, 0x00, 0x15, 0xd8, 0x04, 0x15, 0x90, 0x03];
        assert_eq!(decompressed_len(&header), Some(300));
        for cut in 0..5 {
            assert_eq!(decompressed_len(&header[..cut]), None);
        }
        assert_eq!(decompressed_len(&[0x15, 0x00, 0x16, 0x04]), None);
    }

    #[test]
    fn a_list_of_deltas_has_no_more_numbers_than_there_are_values() {
        // Blocks of 128 in 4 parts, 3 numbers, the first 0; deltas of 2 bits in one part.
        let mut list = vec![0x80, 0x01, 0x04, 0x03, 0x00];
        list.extend([0x00, 2, 0, 0, 0]);
        list.extend([0; 8]);
        list.push(7);
        assert_eq!(after_deltas(&list, 3), Some(&[7][..]));
        assert_eq!(after_deltas(&list, 2), None);
        assert_eq!(after_deltas(&list[..12], 3), None);
        list[3] = 0xff;
        assert_eq!(after_deltas(&list, 3), None);
    }
}
