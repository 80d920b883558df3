//! How a hash is written: the PHC string format, Argon2id, version 19.
//!
//! `$argon2id$v=19$m=65536,t=2,p=1$<salt>$<tag>`, salt and tag in base64 without padding.

use argon2::{Algorithm, Argon2, Block, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::secret::Secret;

/// Most memory that a stored hash may ask for: 256 MiB. What is stored comes from imports too, and one
/// line must not take the machine's memory.
pub const MEMORY_KIB_MAX: u32 = 256 * 1_024;
/// Most passes, for the same reason.
pub const PASSES_MAX: u32 = 16;
/// Most lanes; they are computed one after the other.
pub const LANES_MAX: u32 = 16;
/// Longest line that is read.
const LINE_BYTES_MAX: usize = 256;
/// Bytes of a tag that is made here.
pub(crate) const TAG_BYTES: usize = 32;
/// Bytes of a salt that is made here.
pub const SALT_BYTES: usize = 16;

/// What a hash costs (RFC 9106, section 3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Params {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Params {
    /// 64 MiB, two passes, one lane: three times the memory of OWASP's least (19 MiB, two passes), for
    /// about 0.1 s of one core.
    fn default() -> Self {
        Self { memory_kib: 65_536, passes: 2, lanes: 1 }
    }
}

/// Why a hash cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PhcError {
    /// It is not written as this page says.
    #[error("it is not an Argon2id hash of version 19 in the PHC format")]
    Malformed,
    /// It asks for more than is allowed, or for less than Argon2 can do.
    #[error(
        "m={memory_kib},t={passes},p={lanes}: memory has 8 KiB a lane and {MEMORY_KIB_MAX} KiB at most, \
         passes are 1 to {PASSES_MAX}, lanes 1 to {LANES_MAX}"
    )]
    OutOfBounds {
        /// Memory that was asked for, in KiB.
        memory_kib: u32,
        /// Passes that were asked for.
        passes: u32,
        /// Lanes that were asked for.
        lanes: u32,
    },
}

impl PhcError {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        match self {
            PhcError::Malformed => "password.hash_malformed",
            PhcError::OutOfBounds { .. } => "password.hash_out_of_bounds",
        }
    }
}

impl Params {
    /// Whether they are within bounds.
    pub fn check(&self) -> Result<(), PhcError> {
        let &Params { memory_kib, passes, lanes } = self;
        let is_good = (1..=LANES_MAX).contains(&lanes)
            && (1..=PASSES_MAX).contains(&passes)
            && (8 * lanes..=MEMORY_KIB_MAX).contains(&memory_kib);
        is_good.then_some(()).ok_or(PhcError::OutOfBounds { memory_kib, passes, lanes })
    }

    /// Hashes one password in memory that is allocated for it, for tools. A server has a
    /// [`Hasher`](super::Hasher).
    pub fn hash_once(&self, secret: &Secret, salt: [u8; SALT_BYTES]) -> Result<String, PhcError> {
        self.check()?;
        let mut memory = vec![Block::new(); self.blocks()];
        self.hash_in(secret, salt, &mut memory)
    }

    pub(crate) fn hash_in(
        &self,
        secret: &Secret,
        salt: [u8; SALT_BYTES],
        memory: &mut [Block],
    ) -> Result<String, PhcError> {
        let mut phc = Phc { params: *self, salt: salt.to_vec(), tag: vec![0; TAG_BYTES] };
        self.tag(secret.expose().as_bytes(), &salt, &mut phc.tag, memory)?;
        Ok(phc.write())
    }

    /// Blocks of 1 KiB that a hash needs.
    pub(crate) fn blocks(&self) -> usize {
        // As RFC 9106, section 3.2, step 2: a multiple of four for each lane.
        (self.memory_kib / (4 * self.lanes) * 4 * self.lanes) as usize
    }

    /// The tag of a password, computed in `memory`, which has [`Params::blocks`] at least.
    pub(crate) fn tag(
        &self,
        password: &[u8],
        salt: &[u8],
        tag: &mut [u8],
        memory: &mut [Block],
    ) -> Result<(), PhcError> {
        self.check()?;
        let length = Some(tag.len());
        let params = argon2::Params::new(self.memory_kib, self.passes, self.lanes, length);
        let params = params.map_err(|_| PhcError::Malformed)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2
            .hash_password_into_with_memory(password, salt, tag, memory)
            .map_err(|_| PhcError::Malformed)
    }
}

/// A hash that was read.
pub(crate) struct Phc {
    pub(crate) params: Params,
    pub(crate) salt: Vec<u8>,
    pub(crate) tag: Vec<u8>,
}

impl Phc {
    pub(crate) fn parse(line: &str) -> Result<Self, PhcError> {
        if line.len() > LINE_BYTES_MAX {
            return Err(PhcError::Malformed);
        }
        let mut parts = line.split('$');
        let start = [parts.next(), parts.next(), parts.next()];
        if start != [Some(""), Some("argon2id"), Some("v=19")] {
            return Err(PhcError::Malformed);
        }
        let mut numbers = parts.next().unwrap_or("").split(',');
        let mut number = |name: &str| {
            let digits = numbers.next()?.strip_prefix(name)?;
            let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            let is_short = digits == "0" || !digits.starts_with('0');
            if is_plain && is_short { digits.parse::<u32>().ok() } else { None }
        };
        let (memory_kib, passes, lanes) = (number("m="), number("t="), number("p="));
        let (Some(memory_kib), Some(passes), Some(lanes), None) =
            (memory_kib, passes, lanes, numbers.next())
        else {
            return Err(PhcError::Malformed);
        };
        let params = Params { memory_kib, passes, lanes };
        params.check()?;
        let mut bytes = |least: usize| {
            let bytes = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
            (least..=64).contains(&bytes.len()).then_some(bytes)
        };
        let (salt, tag) = (bytes(8), bytes(16));
        let (Some(salt), Some(tag), None) = (salt, tag, parts.next()) else {
            return Err(PhcError::Malformed);
        };
        Ok(Self { params, salt, tag })
    }

    pub(crate) fn write(&self) -> String {
        let Params { memory_kib, passes, lanes } = self.params;
        let (salt, tag) = (STANDARD_NO_PAD.encode(&self.salt), STANDARD_NO_PAD.encode(&self.tag));
        format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${tag}")
    }
}

impl Drop for Phc {
    fn drop(&mut self) {
        self.tag.zeroize();
    }
}

#[cfg(test)]
mod tests;
