//! Multisig scripts: how many of which keys.

use std::collections::BTreeSet;

use bitcoin::opcodes::all::{OP_CHECKMULTISIG, OP_PUSHNUM_1, OP_PUSHNUM_16};
use bitcoin::script::Instruction;
use bitcoin::secp256k1::PublicKey;
use bitcoin::{Opcode, Script};

use super::OwnershipError;

/// A script `m key… n OP_CHECKMULTISIG`.
#[derive(Debug)]
pub(super) struct Multisig {
    pub(super) threshold: usize,
    pub(super) keys: Vec<PublicKey>,
}

impl Multisig {
    /// Reads a script that is nothing but a multisig.
    pub(super) fn parse(script: &Script) -> Result<Multisig, OwnershipError> {
        let unsupported = || OwnershipError::ScriptUnsupported("it is not a bare multisig");
        let instructions: Vec<Instruction<'_>> = script
            .instructions_minimal()
            .collect::<Result<_, _>>()
            .map_err(|_| OwnershipError::ScriptMalformed("it ends within a push"))?;
        let [first, keys @ .., count, last] = instructions.as_slice() else {
            return Err(unsupported());
        };
        let number = |instruction: &Instruction<'_>| instruction.opcode().and_then(small_number);
        let (threshold, count) = number(first).zip(number(count)).ok_or_else(unsupported)?;
        if last.opcode() != Some(OP_CHECKMULTISIG) || count != keys.len() {
            return Err(unsupported());
        }
        if threshold > count {
            return Err(OwnershipError::ScriptMalformed("it demands more keys than it has"));
        }
        let keys = keys
            .iter()
            .map(|key| {
                key.push_bytes().and_then(|bytes| PublicKey::from_slice(bytes.as_bytes()).ok())
            })
            .collect::<Option<Vec<_>>>()
            .ok_or(OwnershipError::ScriptMalformed("one of its keys is not a public key"))?;
        Ok(Multisig { threshold, keys })
    }

    /// Accepts the keys that signed: each is in the script, and `threshold` of them are distinct.
    pub(super) fn accept(&self, signed: &[PublicKey]) -> Result<Vec<Vec<u8>>, OwnershipError> {
        if let Some(stranger) = signed.iter().find(|key| !self.keys.contains(key)) {
            return Err(OwnershipError::OtherKey { found: stranger.to_string() });
        }
        let distinct: BTreeSet<[u8; 33]> = signed.iter().map(PublicKey::serialize).collect();
        if distinct.len() < self.threshold {
            return Err(OwnershipError::Threshold { needed: self.threshold, got: distinct.len() });
        }
        Ok(distinct.into_iter().map(Vec::from).collect())
    }
}

fn small_number(opcode: Opcode) -> Option<usize> {
    let code = opcode.to_u8();
    (OP_PUSHNUM_1.to_u8()..=OP_PUSHNUM_16.to_u8())
        .contains(&code)
        .then(|| usize::from(code - OP_PUSHNUM_1.to_u8()) + 1)
}
