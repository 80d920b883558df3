//! Keys of an exchange, the addresses that they make, and their signatures.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bitcoin::bech32::{self, Hrp, segwit};
use bitcoin::hashes::{Hash, hash160, sha256, sha256d};
use bitcoin::key::Keypair;
use bitcoin::opcodes::all::OP_RETURN;
use bitcoin::secp256k1::{Message, PublicKey, Secp256k1, SecretKey};
use bitcoin::sighash::{Prevouts, SighashCache, TapSighashType};
use bitcoin::{
    Amount, EcdsaSighashType, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, WPubkeyHash,
    Witness, absolute, consensus, script, transaction,
};
use chain::ethereum::keccak256;
use ed25519_dalek::Signer as _;
use starknet_crypto::{Felt, pedersen_hash};

pub(crate) const BITCOIN: &str = "bip122:000000000019d6689c085ae165831e93";
const COIN_HEADER: &str = "Bitcoin Signed Message:\n";
const ANCHOR_HEADER: &str = "OKX Signed Message:\n";

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn var_strs(header: &str, message: &str) -> Vec<u8> {
    let text = |text: &str| consensus::serialize(&text.to_owned());
    [text(header), text(message)].concat()
}

/// A key of secp256k1.
pub(crate) struct Key(SecretKey);

impl Key {
    pub(crate) fn new(number: u8) -> Key {
        let mut secret = [0x42; 32];
        secret[31] = number;
        Key(SecretKey::from_slice(&secret).unwrap())
    }

    pub(crate) fn public(&self) -> PublicKey {
        self.0.public_key(&Secp256k1::new())
    }

    pub(crate) fn account(&self) -> [u8; 20] {
        keccak256(&self.public().serialize_uncompressed()[1..])[12..].try_into().unwrap()
    }

    pub(crate) fn evm(&self) -> String {
        format!("0x{}", hex(&self.account()))
    }

    pub(crate) fn tron(&self) -> String {
        base58(&[0x41], &self.account())
    }

    pub(crate) fn hash160(&self) -> [u8; 20] {
        hash160::Hash::hash(&self.public().serialize()).to_byte_array()
    }

    pub(crate) fn p2wpkh(&self) -> String {
        segwit_address("bc", 0, &self.hash160())
    }

    pub(crate) fn p2tr(&self) -> String {
        segwit_address("bc", 1, &self.public().x_only_public_key().0.serialize())
    }

    pub(crate) fn bech32(&self, hrp: &str) -> String {
        bech32::encode::<bech32::Bech32>(Hrp::parse(hrp).unwrap(), &self.hash160()).unwrap()
    }

    fn recoverable(&self, digest: [u8; 32]) -> (u8, [u8; 64]) {
        let signature = Secp256k1::new()
            .sign_ecdsa_recoverable(&Message::from_digest(digest), &self.0)
            .serialize_compact();
        (signature.0.to_i32() as u8, signature.1)
    }

    /// A coin's signed message.
    pub(crate) fn coin(&self, message: &str) -> String {
        let digest = sha256d::Hash::hash(&var_strs(COIN_HEADER, message)).to_byte_array();
        let (id, signature) = self.recoverable(digest);
        STANDARD.encode([&[31 + id], &signature[..]].concat())
    }

    fn with_id_last(&self, digest: [u8; 32]) -> String {
        let (id, signature) = self.recoverable(digest);
        format!("0x{}{:02x}", hex(&signature), 27 + id)
    }

    /// EIP-191, or Tron's form of it.
    pub(crate) fn personal(&self, network: &str, message: &str) -> String {
        let text = format!("\x19{network} Signed Message:\n{}{message}", message.len());
        self.with_id_last(keccak256(text.as_bytes()))
    }

    pub(crate) fn eip191(&self, message: &str) -> String {
        self.personal("Ethereum", message)
    }

    /// The anchor's form under Keccak.
    pub(crate) fn anchor(&self, message: &str) -> String {
        self.with_id_last(keccak256(&var_strs(ANCHOR_HEADER, message)))
    }

    /// The anchor's form as EOS writes it.
    pub(crate) fn eos(&self, message: &str) -> String {
        let digest = sha256::Hash::hash(&var_strs(ANCHOR_HEADER, message)).to_byte_array();
        let (id, signature) = self.recoverable(digest);
        let bytes = [&[31 + id], &signature[..]].concat();
        let sum = bitcoin::hashes::ripemd160::Hash::hash(&[&bytes[..], b"K1"].concat());
        let whole = [&bytes[..], &sum.to_byte_array()[..4]].concat();
        format!("SIG_K1_{}", bs58::encode(whole).into_string())
    }

    /// BIP-322 of a taproot address, by its key as it stands in it; more bytes follow the signature.
    pub(crate) fn bip322_taproot(&self, message: &str, more: &[u8]) -> String {
        let key = self.public().x_only_public_key().0;
        let program = [&[0x51, 32], &key.serialize()[..]].concat();
        let (spent, mut sign) = bip322(ScriptBuf::from(program), message);
        let digest = SighashCache::new(&sign)
            .taproot_key_spend_signature_hash(0, &Prevouts::All(&[spent]), TapSighashType::Default)
            .unwrap();
        let secp = Secp256k1::new();
        let pair = Keypair::from_secret_key(&secp, &self.0);
        let message = Message::from_digest(digest.to_byte_array());
        let signature = secp.sign_schnorr_no_aux_rand(&message, &pair);
        sign.input[0].witness.push([&signature.serialize()[..], more].concat());
        format!("smp{}", STANDARD.encode(consensus::serialize(&sign.input[0].witness)))
    }

    /// BIP-322 of the key's hash; with the other one of the two numbers that are one signature.
    pub(crate) fn bip322_p2wpkh(&self, message: &str, is_high: bool) -> String {
        let program = ScriptBuf::new_p2wpkh(&WPubkeyHash::from_byte_array(self.hash160()));
        let (spent, mut sign) = bip322(program, message);
        let digest = SighashCache::new(&sign)
            .p2wpkh_signature_hash(0, &spent.script_pubkey, spent.value, EcdsaSighashType::All)
            .unwrap();
        let message = Message::from_digest(digest.to_byte_array());
        let mut signature = Secp256k1::new().sign_ecdsa(&message, &self.0);
        if is_high {
            let compact = signature.serialize_compact();
            let s = SecretKey::from_slice(&compact[32..]).unwrap().negate();
            let high = [&compact[..32], &s.secret_bytes()[..]].concat();
            signature = bitcoin::secp256k1::ecdsa::Signature::from_compact(&high).unwrap();
        }
        sign.input[0].witness.push([&signature.serialize_der()[..], &[1]].concat());
        sign.input[0].witness.push(self.public().serialize());
        format!("smp{}", STANDARD.encode(consensus::serialize(&sign.input[0].witness)))
    }
}

/// The output that BIP-322 spends, and the transaction that does it without its witness.
fn bip322(script_pubkey: ScriptBuf, message: &str) -> (TxOut, Transaction) {
    let tag = sha256::Hash::hash(b"BIP0322-signed-message").to_byte_array();
    let hash = sha256::Hash::hash(&[&tag[..], &tag, message.as_bytes()].concat()).to_byte_array();
    let transaction = |input: TxIn, output: TxOut| Transaction {
        version: transaction::Version(0),
        lock_time: absolute::LockTime::ZERO,
        input: vec![input],
        output: vec![output],
    };
    let input = |previous_output: OutPoint, script_sig: ScriptBuf| TxIn {
        previous_output,
        script_sig,
        sequence: Sequence::ZERO,
        witness: Witness::new(),
    };
    let spent = TxOut { value: Amount::ZERO, script_pubkey };
    let script_sig = script::Builder::new().push_int(0).push_slice(hash).into_script();
    let to_spend = transaction(input(OutPoint::null(), script_sig), spent.clone());
    let previous = OutPoint::new(to_spend.compute_txid(), 0);
    let nothing = script::Builder::new().push_opcode(OP_RETURN).into_script();
    let output = TxOut { value: Amount::ZERO, script_pubkey: nothing };
    (spent, transaction(input(previous, ScriptBuf::new()), output))
}

pub(crate) fn base58(version: &[u8], hash: &[u8]) -> String {
    bs58::encode([version, hash].concat()).with_check().into_string()
}

pub(crate) fn segwit_address(hrp: &str, version: u8, program: &[u8]) -> String {
    let version = bech32::Fe32::try_from(version).unwrap();
    segwit::encode(Hrp::parse(hrp).unwrap(), version, program).unwrap()
}

/// Five-bit letters of bytes and CashAddr's checksum.
pub(crate) fn cashaddr(prefix: &str, version: u8, hash: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const GENERATORS: [u64; 5] =
        [0x98_f2bc_8e61, 0x79_b76d_99e2, 0xf3_3e5f_b3c4, 0xae_2eab_e2a8, 0x1e_4f43_e470];
    let mut values = five_bits(&[&[version], hash].concat());
    let prefixed = prefix.bytes().map(|byte| byte & 31).chain([0]).chain(values.iter().copied());
    let sum = prefixed.chain([0; 8]).fold(1u64, |c, value| {
        let top = c >> 35;
        let next = (c & 0x07_ffff_ffff) << 5 ^ u64::from(value);
        let picked = GENERATORS.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1);
        picked.fold(next, |next, (_, generator)| next ^ generator)
    }) ^ 1;
    values.extend((0..8).map(|place| (sum >> (5 * (7 - place)) & 31) as u8));
    values.iter().map(|value| char::from(LETTERS[usize::from(*value)])).collect()
}

fn five_bits(bytes: &[u8]) -> Vec<u8> {
    let bits: Vec<u8> =
        bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte >> (7 - bit) & 1)).collect();
    bits.chunks(5)
        .map(|chunk| (0..5).fold(0, |v, place| v << 1 | chunk.get(place).copied().unwrap_or(0)))
        .collect()
}

/// `f410f…` of an account of Filecoin's EVM.
pub(crate) fn f410(account: &[u8; 20]) -> String {
    use blake2::{Blake2b, Digest, digest::consts::U4};
    let checksum = Blake2b::<U4>::new().chain_update([4, 10]).chain_update(account).finalize();
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let values = five_bits(&[&account[..], &checksum[..]].concat());
    let body: String =
        values.iter().map(|value| char::from(LETTERS[usize::from(*value)])).collect();
    format!("f410f{body}")
}

/// The script of m of these keys.
pub(crate) fn multisig(threshold: u8, keys: &[&Key]) -> Vec<u8> {
    let pushes = keys.iter().flat_map(|key| [&[33], &key.public().serialize()[..]].concat());
    let mut script = vec![0x50 + threshold];
    script.extend(pushes);
    script.extend([0x50 + keys.len() as u8, 0xae]);
    script
}

pub(crate) fn p2wsh(script: &[u8]) -> String {
    segwit_address("bc", 0, &sha256::Hash::hash(script).to_byte_array())
}

pub(crate) fn p2sh(script: &[u8]) -> String {
    base58(&[5], &hash160::Hash::hash(script).to_byte_array())
}

/// A key of Ed25519.
pub(crate) struct Ed25519(ed25519_dalek::SigningKey);

impl Ed25519 {
    pub(crate) fn new(number: u8) -> Ed25519 {
        Ed25519(ed25519_dalek::SigningKey::from_bytes(&[number; 32]))
    }

    pub(crate) fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    pub(crate) fn sign(&self, message: &str) -> String {
        hex(&self.0.sign(message.as_bytes()).to_bytes())
    }
}

/// A key of BLS12-381, in the anchor's hash form.
pub(crate) struct Bls(blst::min_pk::SecretKey);

impl Bls {
    pub(crate) fn new(number: u8) -> Bls {
        Bls(blst::min_pk::SecretKey::key_gen(&[number; 32], &[]).unwrap())
    }

    pub(crate) fn public(&self) -> [u8; 48] {
        self.0.sk_to_pk().to_bytes()
    }

    pub(crate) fn sign(&self, message: &str) -> String {
        let inner = keccak256(message.as_bytes());
        let text = [b"\x19Ethereum Signed Message:\n32", &inner[..]].concat();
        let domain = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
        hex(&self.0.sign(&keccak256(&text), domain, &[]).to_bytes())
    }
}

/// A key of the Stark curve, and an account of Argent's class that was made with it.
pub(crate) struct Stark(Felt);

const ARGENT: &str = "0x1a736d6ed154502257f02b1ccdf4d9d1089f80811cd6acad48e6b6a9d1f2003";

fn list_hash(elements: &[Felt]) -> Felt {
    let chained = elements.iter().fold(Felt::ZERO, |hash, one| pedersen_hash(&hash, one));
    pedersen_hash(&chained, &Felt::from(elements.len()))
}

fn felt_keccak(text: &str) -> Felt {
    let mut hash = keccak256(text.as_bytes());
    hash[0] &= 3;
    Felt::from_bytes_be(&hash)
}

fn short(text: &str) -> Felt {
    Felt::from_bytes_be_slice(text.as_bytes())
}

impl Stark {
    pub(crate) fn new(number: u64) -> Stark {
        Stark(Felt::from(number))
    }

    pub(crate) fn public(&self) -> String {
        format!("{:#x}", starknet_crypto::get_public_key(&self.0))
    }

    fn account(&self) -> Felt {
        let public = starknet_crypto::get_public_key(&self.0);
        let data = list_hash(&[public, Felt::ZERO]);
        let class = Felt::from_hex(ARGENT).unwrap();
        list_hash(&[short("STARKNET_CONTRACT_ADDRESS"), Felt::ZERO, public, class, data])
    }

    pub(crate) fn address(&self) -> String {
        format!("{:#x}", self.account())
    }

    pub(crate) fn sign(&self, message: &str) -> String {
        let domain = list_hash(&[
            felt_keccak("StarkNetDomain(name:felt,version:felt,chainId:felt)"),
            short("OKX POR MESSAGE"),
            Felt::ONE,
            short("SN_MAIN"),
        ]);
        let contents = list_hash(&[felt_keccak("Message(contents:felt)"), felt_keccak(message)]);
        let whole = [short("StarkNet Message"), domain, self.account(), contents];
        let hash = list_hash(&whole);
        let made = starknet_crypto::sign(&self.0, &hash, &Felt::from(77)).unwrap();
        format!("{}{}", hex(&made.r.to_bytes_be()), hex(&made.s.to_bytes_be()))
    }
}
