//! Co-signatures of witnesses (C2SP tlog-cosignature, Ed25519).
//!
//! A witness says with one: at this time, this was the largest checkpoint of this log that I have
//! seen, and every one that I have seen before is the beginning of it. Whoever asks for several of
//! independent witnesses is not shown a log of their own.

use crate::note::{Note, SignatureLine};
use crate::{Checkpoint, JournalError, WitnessKey, WitnessSigningKey};

/// Latest time that C2SP allows.
const TIME_S_MAX: u64 = i64::MAX as u64;
/// Bytes of the time.
const TIME_LEN: usize = 8;
/// Bytes of an Ed25519 signature.
const SIGNATURE_LEN: usize = 64;

/// A witness's word on a checkpoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cosignature {
    /// Name of the witness.
    pub name: String,
    /// Id of its key.
    pub id: [u8; 4],
    /// When it signed, in seconds since 1970.
    pub time_s: u64,
    /// The signature.
    pub signature: [u8; SIGNATURE_LEN],
}

/// What is signed: the time and the whole text, lines that the log added included.
fn message(body: &str, time_s: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {time_s}\n{body}").into_bytes()
}

impl Cosignature {
    /// The co-signature in a line below a note; none where the line has another length or a time
    /// past what is allowed, so that it is something else.
    pub fn read(line: &SignatureLine) -> Option<Self> {
        let (time, signature) = line.payload.split_first_chunk::<TIME_LEN>()?;
        let time_s = u64::from_be_bytes(*time);
        let signature = signature.try_into().ok().filter(|_| time_s <= TIME_S_MAX)?;
        Some(Self { name: line.name.clone(), id: line.id, time_s, signature })
    }

    /// Its line below a note.
    pub fn line(&self) -> SignatureLine {
        let payload = [self.time_s.to_be_bytes().as_slice(), &self.signature].concat();
        SignatureLine { name: self.name.clone(), id: self.id, payload }
    }
}

impl WitnessSigningKey {
    /// Co-signs a checkpoint. Whether it may be co-signed is up to the caller: see
    /// [`crate::witness`].
    ///
    /// # Errors
    /// [`JournalError::Note`] when the text is no checkpoint, [`JournalError::Range`] for a time that
    /// C2SP does not allow.
    pub fn cosign(&self, body: &str, time_s: u64) -> Result<Cosignature, JournalError> {
        Checkpoint::parse_body(body)?;
        if time_s > TIME_S_MAX {
            return Err(JournalError::range("time", format!("{time_s} is past {TIME_S_MAX}")));
        }
        let public = &self.witness_key().0;
        let signature = self.sign(&message(body, time_s));
        Ok(Cosignature { name: public.name.clone(), id: public.id, time_s, signature })
    }
}

impl WitnessKey {
    /// This witness's co-signature below a note, the latest if there are several.
    ///
    /// # Errors
    /// [`JournalError::Cosignature`] when a line in its name, with the id of its key, does not hold.
    pub fn find(&self, note: &Note) -> Result<Option<Cosignature>, JournalError> {
        let public = &self.0;
        let mut latest: Option<Cosignature> = None;
        for line in &note.signatures {
            if (&line.name, line.id) != (&public.name, public.id) {
                continue;
            }
            let held = Cosignature::read(line).filter(|cosignature| {
                let message = message(&note.body, cosignature.time_s);
                public.verifies(&message, &cosignature.signature)
            });
            let held = held.ok_or_else(|| JournalError::Cosignature(public.name.clone()))?;
            if latest.as_ref().is_none_or(|latest| latest.time_s < held.time_s) {
                latest = Some(held);
            }
        }
        Ok(latest)
    }
}

/// Witnesses that somebody knows, each with a key of its own.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Witnesses(Vec<WitnessKey>);

impl Witnesses {
    /// Witnesses by their keys.
    ///
    /// # Errors
    /// [`JournalError::Range`] when a key is there twice, under one name or two: it would count
    /// twice.
    pub fn new(keys: Vec<WitnessKey>) -> Result<Self, JournalError> {
        for (place, key) in keys.iter().enumerate() {
            if keys[..place].iter().any(|other| other.is_same_key(key)) {
                let problem = format!("the key of '{}' is there twice", key.name());
                return Err(JournalError::range("witnesses", problem));
            }
        }
        Ok(Self(keys))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that co-signed a note, in the order of the keys.
    ///
    /// # Errors
    /// [`JournalError::Cosignature`] when a line in the name of one of them does not hold.
    pub fn cosigned(&self, note: &Note) -> Result<Vec<Cosignature>, JournalError> {
        self.0.iter().filter_map(|key| key.find(note).transpose()).collect()
    }

    /// The same, when they are at least so many.
    ///
    /// # Errors
    /// As [`Witnesses::cosigned`]; [`JournalError::Witnesses`] when they are fewer.
    pub fn demand(&self, note: &Note, wanted: usize) -> Result<Vec<Cosignature>, JournalError> {
        let found = self.cosigned(note)?;
        if found.len() < wanted {
            let (found, known) = (found.len(), self.len());
            return Err(JournalError::Witnesses { found, known, wanted });
        }
        Ok(found)
    }
}

/// How many lines below a checkpoint have the form of a co-signature and are not of its log. Nothing
/// is checked of them.
pub fn claimed(note: &Note, origin: &str) -> usize {
    let lines = note.signatures.iter().filter(|line| line.name != origin);
    lines.filter(|line| Cosignature::read(line).is_some()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SigningKey;
    use proptest::prelude::*;

    const ORIGIN: &str = "example.com/log";

    fn witness(seed: u8) -> WitnessSigningKey {
        WitnessSigningKey::from_seed(&format!("witness.example/w{seed}"), &[seed; 32]).unwrap()
    }

    fn note() -> Note {
        let key = SigningKey::from_seed(ORIGIN, &[7; 32]).unwrap();
        let checkpoint = Checkpoint { origin: ORIGIN.into(), size: 5, root: [3; 32] };
        Note::parse(&checkpoint.sign(&key)).unwrap()
    }

    #[test]
    fn the_message_is_that_of_the_specification() {
        // C2SP tlog-cosignature, "Ed25519 signed message".
        let body =
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let wanted = "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        assert_eq!(message(body, 1_679_315_147), wanted.as_bytes());
    }

    #[test]
    fn each_witness_counts_once_and_strangers_do_not() {
        let mut note = note();
        for (seed, time_s) in [(1, 100), (2, 100), (1, 90), (3, 100)] {
            note.signatures.push(witness(seed).cosign(&note.body, time_s).unwrap().line());
        }
        let known = [1, 2, 4].map(|seed| witness(seed).witness_key().clone()).to_vec();
        let known = Witnesses::new(known).unwrap();
        let found = known.cosigned(&note).unwrap();
        let found: Vec<_> = found.iter().map(|found| (found.name.as_str(), found.time_s)).collect();
        assert_eq!(found, [("witness.example/w1", 100), ("witness.example/w2", 100)]);
        assert_eq!(claimed(&note, ORIGIN), 4);
        assert_eq!(known.demand(&note, 2).unwrap().len(), 2);
        let wanted = JournalError::Witnesses { found: 2, known: 3, wanted: 3 };
        assert_eq!(known.demand(&note, 3), Err(wanted));
    }

    #[test]
    fn one_key_under_two_names_is_not_two_witnesses() {
        let other = WitnessSigningKey::from_seed("witness.example/other", &[1; 32]).unwrap();
        let keys = vec![witness(1).witness_key().clone(), other.witness_key().clone()];
        let error = Witnesses::new(keys).unwrap_err().to_string();
        assert!(error.contains("witness.example/other") && error.contains("twice"), "{error}");
    }

    #[test]
    fn a_line_in_the_name_of_a_known_witness_has_to_hold() {
        let mut note = note();
        let good = witness(1).cosign(&note.body, 100).unwrap();
        let known = Witnesses::new(vec![witness(1).witness_key().clone()]).unwrap();
        for bad in [
            Cosignature { time_s: 101, ..good.clone() }.line(),
            SignatureLine { payload: good.signature.to_vec(), ..good.line() },
            SignatureLine { payload: [&good.line().payload[..], &[0]].concat(), ..good.line() },
        ] {
            note.signatures.push(bad);
            let found = known.cosigned(&note);
            assert_eq!(found, Err(JournalError::Cosignature("witness.example/w1".to_owned())));
            note.signatures.pop();
        }
        // A log's signature with a witness's key is of another type, hence of another id.
        let as_log = SigningKey::from_seed("witness.example/w1", &[1; 32]).unwrap();
        assert_ne!(as_log.verifying_key().0.id, good.id);
    }

    #[test]
    fn the_lines_that_a_log_added_are_signed_too() {
        let mut note = note();
        note.body.push_str("more\n");
        let line = witness(1).cosign(&note.body, 100).unwrap().line();
        note.signatures.push(line);
        let key = witness(1).witness_key().clone();
        assert!(key.find(&note).unwrap().is_some());
        note.body = note.body.replace("more", "less");
        assert!(key.find(&note).is_err());
    }

    #[test]
    fn only_checkpoints_and_times_that_are_allowed_are_signed() {
        let body = note().body;
        assert!(witness(1).cosign(&body, TIME_S_MAX).is_ok());
        assert!(witness(1).cosign(&body, TIME_S_MAX + 1).is_err());
        assert!(witness(1).cosign("anything\n", 1).is_err());
    }

    proptest! {
        #[test]
        fn a_co_signature_is_read_as_it_is_written(
            name in "[!-*,-~]{1,40}", id: [u8; 4], time_s in 0..=TIME_S_MAX, signature: [u8; 32],
        ) {
            let signature = [signature, signature.map(|byte| !byte)].concat().try_into().unwrap();
            let written = Cosignature { name, id, time_s, signature };
            let line = SignatureLine::parse(&written.line().to_string()).unwrap();
            prop_assert_eq!(Cosignature::read(&line), Some(written));
        }

        #[test]
        fn any_changed_bit_of_a_co_signed_checkpoint_is_noticed(
            place: prop::sample::Index, bit in 0..8u32, time_s in 0..=TIME_S_MAX,
        ) {
            let mut note = note();
            let line = witness(1).cosign(&note.body, time_s).unwrap().line();
            note.signatures = vec![line];
            let key = witness(1).witness_key().clone();
            prop_assert!(key.find(&note).unwrap().is_some());
            let mut bytes = note.encode().into_bytes();
            let place = place.index(bytes.len());
            bytes[place] ^= 1 << bit;
            let read = String::from_utf8(bytes).ok().and_then(|text| Note::parse(&text).ok());
            let found = read.map(|note| key.find(&note));
            prop_assert!(!matches!(found, Some(Ok(Some(_)))), "byte {}", place);
        }

        #[test]
        fn what_is_read_of_any_bytes_is_written_the_same(bytes in prop::collection::vec(any::<u8>(), 1..90)) {
            let line = SignatureLine { name: "w".into(), id: [0; 4], payload: bytes };
            match Cosignature::read(&line) {
                Some(read) => prop_assert_eq!(read.line(), line),
                None => prop_assert!(line.payload.len() != 72 || line.payload[0] > 0x7f),
            }
        }
    }
}
