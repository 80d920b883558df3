//! Starknet: typed data signed by a key of the Stark curve. An account is a contract whose address
//! commits to its class and the key it was made with.

use chain::ethereum::keccak256;
use starknet_crypto::{Felt, get_public_key, pedersen_hash};

use super::{Claim, Found, MessageForm, OwnershipError, accounts, control};
use crate::encoding::unhex_number;
use crate::key::AddressKey;

/// Order of the Stark curve.
const CURVE_ORDER: &str = "0x800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2f";
/// Longest text that is one field element.
const SHORT_STRING_MAX: usize = 31;

/// Classes of accounts whose first key can be told from their address.
enum Class {
    /// Made with the key and a zero: OKX and Argent accounts of Cairo 1.
    Direct(&'static str),
    /// A proxy that is told its class and how to start it: accounts of Cairo 0.
    Proxy { proxy: &'static str, account: &'static str },
}

/// Proxy of Argent's first accounts.
const ARGENT_PROXY: &str = "0x25ec026985a3bf9d0cc1fe17326b245dfdc3ff89b8fde106542a3ea56c5a918";

/// Class hashes: okx/go-wallet-sdk (MIT) and argentlabs/argent-contracts-starknet.
const CLASSES: &[Class] = &[
    Class::Direct("0x1c0bb51e2ce73dc007601a1e7725453627254016c28f118251a71bbb0507fcb"),
    Class::Direct("0x1a736d6ed154502257f02b1ccdf4d9d1089f80811cd6acad48e6b6a9d1f2003"),
    Class::Direct("0x29927c8af6bccf3f6fda035981e765a7bdbf18a2dc0d630494f8758aa908e2b"),
    Class::Proxy {
        proxy: "0x3530cc4759d78042f1b543bf797f5f3d647cde0388c33734cf91b7f7b9314a9",
        account: "0x309c042d3729173c7f2f91a34f04d8c509c1b292d334679ef1aabf8da0899cc",
    },
    Class::Proxy {
        proxy: ARGENT_PROXY,
        account: "0x33434ad846cdd5f23eb73ff09fe6fddd568284a0fb7d1be20ee482f044dabe2",
    },
    Class::Proxy {
        proxy: ARGENT_PROXY,
        account: "0x1a7820094feaf82d53f53f214b81292d717e7bb9a92bb2488092cd306f3993f",
    },
    Class::Proxy {
        proxy: ARGENT_PROXY,
        account: "0x3e327de1c40540b98d05cbcb13552008e36f0ec8d61d46956d2f9752c294328",
    },
    Class::Proxy {
        proxy: ARGENT_PROXY,
        account: "0x7e28fb0161d10d1cf7fe1f13e7ca57bce062731a3bd04494dfd2d0412699727",
    },
];

fn felt(text: &'static str) -> Felt {
    Felt::from_hex(text).expect("the table is hexadecimal")
}

/// A short string as a field element.
fn short_string(text: &str) -> Felt {
    Felt::from_bytes_be_slice(text.as_bytes())
}

/// Keccak cut to 250 bits, as Starknet names functions and types.
fn starknet_keccak(text: &str) -> Felt {
    let mut hash = keccak256(text.as_bytes());
    hash[0] &= 0x03;
    Felt::from_bytes_be(&hash)
}

/// Pedersen over a list and its length.
fn hash_list(elements: &[Felt]) -> Felt {
    let chained = elements.iter().fold(Felt::ZERO, |hash, element| pedersen_hash(&hash, element));
    pedersen_hash(&chained, &Felt::from(elements.len()))
}

/// The hash that is signed (SNIP-12, revision 0), under the anchor's domain. A text that is longer
/// than a field element stands there as its Starknet Keccak.
fn message_hash(account: Felt, message: &str) -> Felt {
    let domain = hash_list(&[
        starknet_keccak("StarkNetDomain(name:felt,version:felt,chainId:felt)"),
        short_string("OKX POR MESSAGE"),
        Felt::ONE,
        short_string("SN_MAIN"),
    ]);
    let contents = match message.len() {
        0..=SHORT_STRING_MAX => short_string(message),
        _ => starknet_keccak(message),
    };
    let message = hash_list(&[starknet_keccak("Message(contents:felt)"), contents]);
    hash_list(&[short_string("StarkNet Message"), domain, account, message])
}

pub(super) fn verify(key: &AddressKey, claim: &Claim) -> Result<Found, OwnershipError> {
    let account = number(key.bytes().try_into().expect("an address has 32 bytes"))
        .expect("the address is below the prime");
    let [signature] = claim.signatures.as_slice() else {
        return Err(OwnershipError::malformed("an account of one key has one signature"));
    };
    let [public_text] = claim.script_or_keys.as_slice() else {
        return Err(OwnershipError::KeyMissing);
    };
    let public_key = unhex_number(public_text)
        .and_then(number)
        .ok_or(OwnershipError::KeyMalformed("it is no field element"))?;
    let (r, s) = numbers(signature)
        .ok_or_else(|| OwnershipError::malformed("it needs r and s with 64 digits each"))?;
    check(public_key, message_hash(account, &claim.message), r, s)?;
    let signer = public_key.to_bytes_be();
    if CLASSES.iter().any(|class| address(class, public_key) == account) {
        return Ok(Found::by_key(MessageForm::StarknetTyped, &signer));
    }
    let (height, level) = control::keys_of(key, &[signer.to_vec()], claim)?;
    Ok(accounts::state(MessageForm::StarknetTyped, &signer, height, level))
}

/// A field element, if the bytes are below the prime.
fn number(bytes: [u8; 32]) -> Option<Felt> {
    let felt = Felt::from_bytes_be(&bytes);
    (felt.to_bytes_be() == bytes).then_some(felt)
}

/// `r ‖ s` in hexadecimal.
fn numbers(text: &str) -> Option<(Felt, Felt)> {
    let bytes: [u8; 64] = crate::encoding::unhex_array(text)?;
    let half = |half: &[u8]| number(half.try_into().expect("half of 64"));
    Some((half(&bytes[..32])?, half(&bytes[32..])?))
}

/// ECDSA on the Stark curve. `starknet_crypto::verify` adds and subtracts two points and takes the
/// result to affine coordinates without looking whether it is the point at infinity, so the one
/// key for which that happens (z / r times the generator) is refused before.
fn check(public_key: Felt, hash: Felt, r: Felt, s: Felt) -> Result<(), OwnershipError> {
    let order = felt(CURVE_ORDER).try_into().expect("the order is not zero");
    let inverse = r.mod_inverse(&order).ok_or(OwnershipError::SignatureInvalid)?;
    let colliding = hash.mul_mod(&inverse, &order);
    if colliding != Felt::ZERO && get_public_key(&colliding) == public_key {
        return Err(OwnershipError::SignatureInvalid);
    }
    match starknet_crypto::verify(&public_key, &hash, &r, &s) {
        Ok(true) => Ok(()),
        _ => Err(OwnershipError::SignatureInvalid),
    }
}

/// The address of a class that was made with the key, without a deployer, the key as salt.
fn address(class: &Class, public_key: Felt) -> Felt {
    let (class_hash, arguments) = match class {
        Class::Direct(class) => (felt(class), vec![public_key, Felt::ZERO]),
        Class::Proxy { proxy, account } => {
            let start = starknet_keccak("initialize");
            (felt(proxy), vec![felt(account), start, Felt::TWO, public_key, Felt::ZERO])
        }
    };
    hash_list(&[
        short_string("STARKNET_CONTRACT_ADDRESS"),
        Felt::ZERO,
        public_key,
        class_hash,
        hash_list(&arguments),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_made_to_reach_the_point_at_infinity_is_refused_without_a_panic() {
        let hash = message_hash(Felt::ONE, "hello world");
        let order = felt(CURVE_ORDER).try_into().unwrap();
        let r = Felt::from(7);
        let colliding = get_public_key(&hash.mul_mod(&r.mod_inverse(&order).unwrap(), &order));
        for s in [Felt::ONE, Felt::from(12_345)] {
            assert_eq!(check(colliding, hash, r, s), Err(OwnershipError::SignatureInvalid));
        }
    }

    #[test]
    fn a_signature_of_a_key_verifies_and_a_changed_one_does_not() {
        let secret = Felt::from(1234);
        let hash = message_hash(Felt::TWO, "hello world");
        let made = starknet_crypto::sign(&secret, &hash, &Felt::from(99)).unwrap();
        let public_key = get_public_key(&secret);
        assert_eq!(check(public_key, hash, made.r, made.s), Ok(()));
        assert!(check(public_key, hash, made.r, made.s + Felt::ONE).is_err());
        assert!(check(public_key, hash, Felt::ZERO, made.s).is_err());
        assert!(check(public_key, hash + Felt::ONE, made.r, made.s).is_err());
    }
}
