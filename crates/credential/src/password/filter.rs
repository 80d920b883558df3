//! A list of common passwords in little space.
//!
//! Of each password the first bytes of its SHA-1 are kept, sorted. SHA-1 because that is what lists of
//! breached passwords come in (Have I Been Pwned: `<40 hex digits>:<count>` a line), and because nothing
//! here needs it to be free of collisions: two that collide are refused both. The number of bytes follows
//! from the number of entries, so that a good password is refused by accident at most once in 16,384.

use sha1::{Digest, Sha1};
use std::borrow::Cow;

/// Most entries: 64 million in 320 MB.
pub const ENTRIES_MAX: usize = 1 << 26;
/// Longest line that is read.
const LINE_BYTES_MAX: usize = 1_024;
const MAGIC: &[u8; 8] = b"rfcommon";
/// Magic, format, width, number of entries (32 bits, big endian).
const HEADER_BYTES: usize = 8 + 1 + 1 + 4;
const FORMAT: u8 = 1;

/// A filter: it has every password of its list, and hardly any other.
pub struct Filter {
    width: usize,
    /// Sorted, `width` bytes each.
    prints: Cow<'static, [u8]>,
}

/// Why a filter was not made or read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FilterError {
    /// The list is too long.
    #[error("a list of more than {ENTRIES_MAX} passwords; take the most common ones")]
    TooMany,
    /// The bytes are not a filter.
    #[error("not a filter of common passwords, or a damaged one")]
    Malformed,
}

impl FilterError {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        match self {
            FilterError::TooMany => "password.list_too_long",
            FilterError::Malformed => "password.list_malformed",
        }
    }
}

/// The 47,023 passwords of zxcvbn; `common/README.md` says where they are from.
static COMMON: &[u8] = include_bytes!("../../common/zxcvbn.bin");

impl Filter {
    /// The list that is built in.
    pub fn common() -> Self {
        // A test reads it with all its checks.
        let (width, prints) = split(COMMON).unwrap_or((4, &[]));
        Self { width, prints: Cow::Borrowed(prints) }
    }

    /// Makes one from lines: passwords, or SHA-1 hashes with or without a count. Empty lines, and those of
    /// more than 1,024 bytes, are passed over.
    pub fn build<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self, FilterError> {
        let mut hashes: Vec<u64> = Vec::new();
        for line in lines {
            let line = line.trim_end_matches(['\r', '\n']);
            if line.is_empty() || line.len() > LINE_BYTES_MAX {
                continue;
            }
            if hashes.len() == ENTRIES_MAX {
                return Err(FilterError::TooMany);
            }
            hashes.push(written_hash(line).unwrap_or_else(|| start_of_sha1(line)));
        }
        let width = width_for(hashes.len());
        let shift = 64 - 8 * width;
        hashes.iter_mut().for_each(|hash| *hash >>= shift);
        hashes.sort_unstable();
        hashes.dedup();
        let mut prints = Vec::with_capacity(hashes.len() * width);
        for hash in &hashes {
            prints.extend_from_slice(&hash.to_be_bytes()[8 - width..]);
        }
        Ok(Self { width, prints: Cow::Owned(prints) })
    }

    /// Reads one that [`Filter::to_bytes`] wrote.
    pub fn parse(bytes: &[u8]) -> Result<Self, FilterError> {
        let (width, prints) = split(bytes).ok_or(FilterError::Malformed)?;
        let mut pairs = prints.chunks_exact(width).zip(prints.chunks_exact(width).skip(1));
        if pairs.any(|(one, next)| one >= next) {
            return Err(FilterError::Malformed);
        }
        Ok(Self { width, prints: Cow::Owned(prints.to_vec()) })
    }

    /// The bytes that are stored of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + self.prints.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[FORMAT, self.width as u8]);
        bytes.extend_from_slice(&(self.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&self.prints);
        bytes
    }

    /// Whether a password is on the list, as it is or in lower case.
    pub fn has(&self, password: &str) -> bool {
        self.has_hash(start_of_sha1(password))
            || self.has_hash(start_of_sha1(&zeroize::Zeroizing::new(password.to_lowercase())))
    }

    /// Entries.
    pub fn len(&self) -> usize {
        self.prints.len() / self.width
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.prints.is_empty()
    }

    fn has_hash(&self, hash: u64) -> bool {
        let hash = hash.to_be_bytes();
        let print = &hash[..self.width];
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.prints[middle * self.width..(middle + 1) * self.width].cmp(print) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return true,
            }
        }
        false
    }
}

fn split(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (header, prints) = bytes.split_at_checked(HEADER_BYTES)?;
    let width = usize::from(header[9]);
    let count = u32::from_be_bytes(header[10..].try_into().ok()?) as usize;
    let is_good = header[..8] == MAGIC[..]
        && header[8] == FORMAT
        && (4..=8).contains(&width)
        && count <= ENTRIES_MAX
        && prints.len() == count * width;
    is_good.then_some((width, prints))
}

/// Bytes of a fingerprint: one in 2^14 of all others is on the list by accident, at most.
fn width_for(entries: usize) -> usize {
    match entries {
        0..=0x4_0000 => 4,
        _ => 5,
    }
}

fn start_of_sha1(password: &str) -> u64 {
    let hash = Sha1::digest(password.as_bytes());
    hash[..8].iter().fold(0, |start, byte| start << 8 | u64::from(*byte))
}

/// The start of a hash that is written as 40 hexadecimal digits, with or without `:` and a count.
fn written_hash(line: &str) -> Option<u64> {
    let (hash, count) = line.split_once(':').unwrap_or((line, "0"));
    let is_hash = hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_count = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
    if !is_hash || !is_count {
        return None;
    }
    u64::from_str_radix(hash.get(..16)?, 16).ok()
}

#[cfg(test)]
mod tests;
