//! An authenticator and a browser in software: attestation `none`, ES256, CBOR by hand.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(super) const ORIGIN: &str = "https://www.moon.example";
pub(super) const RP_ID: &str = "moon.example";

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const HAS_CREDENTIAL: u8 = 0x40;

/// What a browser and its authenticator do. Tests change what they want to go wrong.
#[derive(Clone)]
pub(super) struct Authenticator {
    key: SigningKey,
    pub(super) id: Vec<u8>,
    pub(super) user: Vec<u8>,
    /// Signatures made. `None` for one that does not count.
    pub(super) counter: Option<u32>,
    pub(super) origin: String,
    pub(super) rp_id: String,
    pub(super) is_verifying: bool,
    pub(super) is_present: bool,
    pub(super) is_synced: bool,
    pub(super) is_embedded: bool,
    pub(super) names_user: bool,
}

impl Authenticator {
    pub(super) fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[seed; 32]).unwrap(),
            id: vec![seed; 32],
            user: Vec::new(),
            counter: Some(1),
            origin: ORIGIN.to_owned(),
            rp_id: RP_ID.to_owned(),
            is_verifying: true,
            is_present: true,
            is_synced: false,
            is_embedded: false,
            names_user: true,
        }
    }

    /// `navigator.credentials.create`.
    pub(super) fn create(&mut self, options: &Value) -> Value {
        let options = &options["publicKey"];
        self.user = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let data = self.client_data("webauthn.create", options);
        let mut authenticator = self.authenticator_data(HAS_CREDENTIAL);
        authenticator.extend_from_slice(&[0; 16]);
        authenticator.extend_from_slice(&(self.id.len() as u16).to_be_bytes());
        authenticator.extend_from_slice(&self.id);
        // COSE_Key: kty EC2, alg ES256, crv P-256, x, y.
        let point = self.key.verifying_key().to_sec1_point(false);
        authenticator.extend_from_slice(&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]);
        authenticator.extend_from_slice(&point.as_bytes()[1..33]);
        authenticator.extend_from_slice(&[0x22, 0x58, 32]);
        authenticator.extend_from_slice(&point.as_bytes()[33..]);
        let mut object = vec![0xa3, 0x63];
        object.extend_from_slice(b"fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(authenticator.len()).unwrap());
        object.extend_from_slice(&authenticator);
        let id = URL_SAFE_NO_PAD.encode(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "response": {
                "attestationObject": URL_SAFE_NO_PAD.encode(object),
                "clientDataJSON": URL_SAFE_NO_PAD.encode(data),
                "transports": ["internal", "hybrid", "telepathy"],
            },
            "clientExtensionResults": { "credProps": { "rk": true } },
        })
    }

    /// `navigator.credentials.get`.
    pub(super) fn get(&mut self, options: &Value) -> Value {
        self.counter = self.counter.map(|counter| counter + 1);
        let data = self.client_data("webauthn.get", &options["publicKey"]);
        self.sign(&data)
    }

    /// An answer over client data that a test has made.
    pub(super) fn sign(&self, data: &str) -> Value {
        let authenticator = self.authenticator_data(0);
        let mut signed = authenticator.clone();
        signed.extend_from_slice(&Sha256::digest(data.as_bytes()));
        let signature: Signature = self.key.sign(&signed);
        let id = URL_SAFE_NO_PAD.encode(&self.id);
        let user = self.names_user.then(|| URL_SAFE_NO_PAD.encode(&self.user));
        json!({
            "id": id, "rawId": id, "type": "public-key",
            "response": {
                "authenticatorData": URL_SAFE_NO_PAD.encode(authenticator),
                "clientDataJSON": URL_SAFE_NO_PAD.encode(data),
                "signature": URL_SAFE_NO_PAD.encode(signature.to_der().as_bytes()),
                "userHandle": user,
            },
            "clientExtensionResults": {},
        })
    }

    pub(super) fn client_data(&self, kind: &str, options: &Value) -> String {
        json!({
            "type": kind, "challenge": options["challenge"], "origin": self.origin,
            "crossOrigin": self.is_embedded,
        })
        .to_string()
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let set = |is_set: bool, bits: u8| if is_set { bits } else { 0 };
        let flags = flags
            | set(self.is_present, USER_PRESENT)
            | set(self.is_verifying, USER_VERIFIED)
            | set(self.is_synced, BACKUP_ELIGIBLE | BACKED_UP);
        let mut data = Sha256::digest(self.rp_id.as_bytes()).to_vec();
        data.push(flags);
        data.extend_from_slice(&self.counter.unwrap_or(0).to_be_bytes());
        data
    }
}
