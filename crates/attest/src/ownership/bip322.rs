//! BIP-322: a signature of a transaction that spends nothing, for every kind of script address.
//!
//! `to_spend` commits to the message and the address's script, `to_sign` spends it. Judged are the
//! scripts that wallets make: P2PKH, P2WPKH, P2TR by its key, and multisig in P2SH and P2WSH, each
//! segwit form also nested. Other scripts would need an interpreter and are refused by name. Lock times that a
//! full signature carries bind no such script and are not looked at.

use bitcoin::absolute::LockTime;
use bitcoin::consensus::deserialize;
use bitcoin::hashes::Hash;
use bitcoin::key::XOnlyPublicKey;
use bitcoin::opcodes::all::{OP_CHECKSIG, OP_RETURN};
use bitcoin::script::Instruction;
use bitcoin::secp256k1::{Message, PublicKey};
use bitcoin::sighash::{EcdsaSighashType, Prevouts, SighashCache, TapSighashType};
use bitcoin::transaction::Version;
use bitcoin::{
    Amount, OutPoint, PubkeyHash, Script, ScriptBuf, ScriptHash, Sequence, Transaction, TxIn,
    TxOut, WPubkeyHash, WScriptHash, Witness, WitnessProgram, WitnessVersion, script,
};
use sha2::{Digest, Sha256};

use super::coins::{decode_base64, nested_program};
use super::scripts::Multisig;
use super::secp::{CONTEXT, hash160};
use super::{Control, Found, MessageForm, OwnershipError};
use crate::evidence::Level;
use crate::key::{AddressKey, AddressType};

/// Tag of the message hash.
const TAG: &str = "BIP0322-signed-message";

/// SHA-256 tagged as BIP-340 does.
fn message_hash(message: &str) -> [u8; 32] {
    let tag = Sha256::digest(TAG);
    Sha256::new().chain_update(tag).chain_update(tag).chain_update(message).finalize().into()
}

/// The script that an output to the address has.
pub(super) fn output_script(key: &AddressKey) -> Option<ScriptBuf> {
    let hash20 = || -> Option<[u8; 20]> { key.bytes().try_into().ok() };
    Some(match key.address_type() {
        AddressType::PubkeyHash => ScriptBuf::new_p2pkh(&PubkeyHash::from_byte_array(hash20()?)),
        AddressType::ScriptHash => ScriptBuf::new_p2sh(&ScriptHash::from_byte_array(hash20()?)),
        AddressType::WitnessKeyHash => {
            ScriptBuf::new_p2wpkh(&WPubkeyHash::from_byte_array(hash20()?))
        }
        AddressType::WitnessScriptHash => {
            ScriptBuf::new_p2wsh(&WScriptHash::from_byte_array(key.bytes().try_into().ok()?))
        }
        AddressType::Taproot => ScriptBuf::new_witness_program(
            &WitnessProgram::new(WitnessVersion::V1, key.bytes()).ok()?,
        ),
        _ => return None,
    })
}

/// The virtual transaction that pays nothing to the address.
fn to_spend(script_pubkey: ScriptBuf, message: &str) -> Transaction {
    let script_sig = script::Builder::new().push_int(0).push_slice(message_hash(message));
    Transaction {
        version: Version(0),
        lock_time: LockTime::ZERO,
        input: vec![TxIn {
            previous_output: OutPoint::null(),
            script_sig: script_sig.into_script(),
            sequence: Sequence::ZERO,
            witness: Witness::new(),
        }],
        output: vec![TxOut { value: Amount::ZERO, script_pubkey }],
    }
}

/// The virtual transaction that spends it, for a signature of a witness only.
fn to_sign(to_spend: &Transaction, witness: Witness) -> Transaction {
    Transaction {
        version: Version(0),
        lock_time: LockTime::ZERO,
        input: vec![TxIn {
            previous_output: OutPoint::new(to_spend.compute_txid(), 0),
            script_sig: ScriptBuf::new(),
            sequence: Sequence::ZERO,
            witness,
        }],
        output: vec![TxOut {
            value: Amount::ZERO,
            script_pubkey: script::Builder::new().push_opcode(OP_RETURN).into_script(),
        }],
    }
}

pub(super) fn verify(
    key: &AddressKey,
    message: &str,
    signature: &str,
) -> Result<Found, OwnershipError> {
    let script = output_script(key)
        .ok_or(OwnershipError::ScriptUnsupported("the address is of no type with a rule"))?;
    let to_spend = to_spend(script, message);
    let (form, to_sign) = decode(&to_spend, signature)?;
    Spend { key, form, to_spend: &to_spend.output[0], to_sign: &to_sign }.check()
}

/// The signature as a transaction. Prefixes `smp` and `ful` name the variant; without one a
/// witness is tried before a transaction.
fn decode(
    to_spend: &Transaction,
    signature: &str,
) -> Result<(MessageForm, Transaction), OwnershipError> {
    let simple = |bytes: &[u8]| deserialize::<Witness>(bytes).ok();
    let full = |bytes: &[u8]| deserialize::<Transaction>(bytes).ok();
    let (witness, transaction) = if let Some(rest) = signature.strip_prefix("smp") {
        (simple(&decode_base64(rest)?), None)
    } else if let Some(rest) = signature.strip_prefix("ful") {
        (None, full(&decode_base64(rest)?))
    } else if signature.starts_with("pof") {
        return Err(OwnershipError::malformed("a proof of funds is not judged; sign without it"));
    } else {
        let bytes = decode_base64(signature)?;
        let witness = simple(&bytes);
        let transaction = if witness.is_none() { full(&bytes) } else { None };
        (witness, transaction)
    };
    if let Some(witness) = witness {
        return Ok((MessageForm::Bip322Simple, to_sign(to_spend, witness)));
    }
    let transaction = transaction
        .ok_or_else(|| OwnershipError::malformed("it is neither a witness nor a transaction"))?;
    let is_to_sign = matches!(transaction.version, Version(0) | Version(2))
        && transaction.input.len() == 1
        && transaction.input[0].previous_output == OutPoint::new(to_spend.compute_txid(), 0)
        && transaction.output.len() == 1
        && transaction.output[0].value == Amount::ZERO
        && transaction.output[0].script_pubkey.as_bytes() == [OP_RETURN.to_u8()];
    if !is_to_sign {
        return Err(OwnershipError::SignatureInvalid);
    }
    Ok((MessageForm::Bip322Full, transaction))
}

/// One virtual spend, to be judged by the type of the address.
struct Spend<'a> {
    key: &'a AddressKey,
    form: MessageForm,
    to_spend: &'a TxOut,
    to_sign: &'a Transaction,
}

impl Spend<'_> {
    fn check(&self) -> Result<Found, OwnershipError> {
        let input = &self.to_sign.input[0];
        let witness: Vec<&[u8]> = input.witness.iter().collect();
        match self.key.address_type() {
            AddressType::PubkeyHash => self.pubkey_hash(&input.script_sig, &witness),
            AddressType::ScriptHash if witness.is_empty() => self.script_hash(&input.script_sig),
            AddressType::ScriptHash => self.nested(&input.script_sig, &witness),
            AddressType::WitnessKeyHash if input.script_sig.is_empty() => {
                self.witness_key(&witness, self.key.bytes())
            }
            AddressType::WitnessScriptHash if input.script_sig.is_empty() => {
                self.witness_script(&witness, self.key.bytes())
            }
            AddressType::Taproot if input.script_sig.is_empty() => self.taproot(&witness),
            _ => Err(OwnershipError::SignatureInvalid),
        }
    }

    /// A signature in DER with the mark that it covers everything.
    fn ecdsa(
        &self,
        signature: &[u8],
        signer: &PublicKey,
        digest: [u8; 32],
    ) -> Result<(), OwnershipError> {
        let signature = bitcoin::ecdsa::Signature::from_slice(signature)
            .map_err(|_| OwnershipError::SignatureInvalid)?;
        if signature.sighash_type != EcdsaSighashType::All {
            return Err(OwnershipError::SignatureInvalid);
        }
        CONTEXT
            .verify_ecdsa(&Message::from_digest(digest), &signature.signature, signer)
            .map_err(|_| OwnershipError::SignatureInvalid)
    }

    fn pubkey_hash(&self, script_sig: &Script, witness: &[&[u8]]) -> Result<Found, OwnershipError> {
        let pushes = pushes(script_sig);
        let (Some([signature, signer]), []) = (pushes.as_deref(), witness) else {
            return Err(OwnershipError::SignatureInvalid);
        };
        let key = public_key(signer)?;
        if hash160(signer) != self.key.bytes() {
            return Err(OwnershipError::OtherKey { found: key.to_string() });
        }
        let digest = SighashCache::new(self.to_sign)
            .legacy_signature_hash(0, &self.to_spend.script_pubkey, EcdsaSighashType::All.to_u32())
            .map_err(|_| OwnershipError::SignatureInvalid)?;
        self.ecdsa(signature, &key, digest.to_byte_array())?;
        Ok(Found::by_key(self.form, &key.serialize()))
    }

    /// P2SH whose script is a witness program. A simple signature leaves that script out, because
    /// the witness tells it.
    fn nested(&self, script_sig: &Script, witness: &[&[u8]]) -> Result<Found, OwnershipError> {
        let last = witness.last().ok_or(OwnershipError::SignatureInvalid)?;
        let key_program = hash160(last);
        let script_program: [u8; 32] = Sha256::digest(last).into();
        let (length, program): (u8, &[u8]) =
            if nested_program(0x14, &key_program) == self.key.bytes() {
                (0x14, &key_program)
            } else if nested_program(0x20, &script_program) == self.key.bytes() {
                (0x20, &script_program)
            } else {
                return Err(OwnershipError::ScriptOther);
            };
        let expected = [&[length + 2, 0, length], program].concat();
        if self.form == MessageForm::Bip322Full && script_sig.as_bytes() != expected {
            return Err(OwnershipError::SignatureInvalid);
        }
        match length {
            0x14 => self.witness_key(witness, program),
            _ => self.witness_script(witness, program),
        }
    }

    fn witness_key(&self, witness: &[&[u8]], program: &[u8]) -> Result<Found, OwnershipError> {
        let [signature, signer] = witness else {
            return Err(OwnershipError::SignatureInvalid);
        };
        let key = public_key(signer)?;
        if signer.len() != 33 || hash160(signer) != program {
            return Err(OwnershipError::OtherKey { found: key.to_string() });
        }
        let script = ScriptBuf::new_p2wpkh(&WPubkeyHash::from_slice(program).expect("20 bytes"));
        let digest = SighashCache::new(self.to_sign)
            .p2wpkh_signature_hash(0, &script, self.to_spend.value, EcdsaSighashType::All)
            .map_err(|_| OwnershipError::SignatureInvalid)?;
        self.ecdsa(signature, &key, digest.to_byte_array())?;
        Ok(Found::by_key(self.form, &key.serialize()))
    }

    fn witness_script(&self, witness: &[&[u8]], program: &[u8]) -> Result<Found, OwnershipError> {
        let [stack @ .., script] = witness else {
            return Err(OwnershipError::SignatureInvalid);
        };
        if Sha256::digest(script)[..] != *program {
            return Err(OwnershipError::ScriptOther);
        }
        let script = Script::from_bytes(script);
        let digest = SighashCache::new(self.to_sign)
            .p2wsh_signature_hash(0, script, self.to_spend.value, EcdsaSighashType::All)
            .map_err(|_| OwnershipError::SignatureInvalid)?
            .to_byte_array();
        if let (Some(key), [signature]) = (single_key(script), stack) {
            self.ecdsa(signature, &key, digest)?;
            return Ok(Found::by_key(self.form, &key.serialize()));
        }
        self.multisig(script, stack, digest)
    }

    /// A legacy script hash: the signatures and the script are pushes of the input's script.
    fn script_hash(&self, script_sig: &Script) -> Result<Found, OwnershipError> {
        let pushes = pushes(script_sig).ok_or(OwnershipError::SignatureInvalid)?;
        let [stack @ .., script] = pushes.as_slice() else {
            return Err(OwnershipError::SignatureInvalid);
        };
        if hash160(script) != self.key.bytes() {
            return Err(OwnershipError::ScriptOther);
        }
        let script = Script::from_bytes(script);
        let digest = SighashCache::new(self.to_sign)
            .legacy_signature_hash(0, script, EcdsaSighashType::All.to_u32())
            .map_err(|_| OwnershipError::SignatureInvalid)?;
        self.multisig(script, stack, digest.to_byte_array())
    }

    fn multisig(
        &self,
        script: &Script,
        stack: &[&[u8]],
        digest: [u8; 32],
    ) -> Result<Found, OwnershipError> {
        let multisig = Multisig::parse(script)?;
        // OP_CHECKMULTISIG takes one element more than it needs, which must be empty (BIP-147).
        let [[], signatures @ ..] = stack else {
            return Err(OwnershipError::SignatureInvalid);
        };
        if signatures.len() != multisig.threshold {
            let got = signatures.len();
            return Err(OwnershipError::Threshold { needed: multisig.threshold, got });
        }
        // Signatures come in the order of the keys.
        let mut keys = multisig.keys.iter();
        let mut signed = Vec::with_capacity(signatures.len());
        for signature in signatures {
            let signer = keys.find(|key| self.ecdsa(signature, key, digest).is_ok());
            signed.push(*signer.ok_or(OwnershipError::SignatureInvalid)?);
        }
        let control = Control::Script { threshold: multisig.threshold, keys: multisig.keys.len() };
        let signers = multisig.accept(&signed)?;
        Ok(Found { form: self.form, signers, control, level: Level::Proof })
    }

    fn taproot(&self, witness: &[&[u8]]) -> Result<Found, OwnershipError> {
        let [signature] = witness else {
            return Err(OwnershipError::ScriptUnsupported("it is a taproot script path"));
        };
        // BIP-341: the mark of the default is left out, and never written.
        let is_default_written = signature.len() == 65 && signature[64] == 0;
        let signature = bitcoin::taproot::Signature::from_slice(signature)
            .map_err(|_| OwnershipError::SignatureInvalid)?;
        if is_default_written {
            return Err(OwnershipError::SignatureInvalid);
        }
        if !matches!(signature.sighash_type, TapSighashType::Default | TapSighashType::All) {
            return Err(OwnershipError::SignatureInvalid);
        }
        let signer = XOnlyPublicKey::from_slice(self.key.bytes())
            .map_err(|_| OwnershipError::KeyMalformed("the address is no point of the curve"))?;
        let digest = SighashCache::new(self.to_sign)
            .taproot_key_spend_signature_hash(
                0,
                &Prevouts::All(&[self.to_spend]),
                signature.sighash_type,
            )
            .map_err(|_| OwnershipError::SignatureInvalid)?;
        CONTEXT
            .verify_schnorr(
                &signature.signature,
                &Message::from_digest(digest.to_byte_array()),
                &signer,
            )
            .map_err(|_| OwnershipError::SignatureInvalid)?;
        Ok(Found::by_key(self.form, self.key.bytes()))
    }
}

/// What a script pushes, if it does nothing else. `OP_0` is a push of nothing.
fn pushes(script: &Script) -> Option<Vec<&[u8]>> {
    let push = |instruction| match instruction {
        Ok(Instruction::PushBytes(bytes)) => Some(bytes.as_bytes()),
        _ => None,
    };
    script.instructions_minimal().map(push).collect()
}

fn public_key(bytes: &[u8]) -> Result<PublicKey, OwnershipError> {
    PublicKey::from_slice(bytes)
        .map_err(|_| OwnershipError::KeyMalformed("the signature's key is no public key"))
}

/// The key of a script `key OP_CHECKSIG`.
fn single_key(script: &Script) -> Option<PublicKey> {
    let bytes = script.as_bytes();
    let is_single = bytes.len() == 35 && bytes[0] == 33 && bytes[34] == OP_CHECKSIG.to_u8();
    is_single.then(|| PublicKey::from_slice(&bytes[1..34]).ok())?
}

#[cfg(test)]
mod tests;
