//! Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint).
//!
//! A note is a text and lines of signatures. A checkpoint's first line is of its log; more are of
//! witnesses ([`crate::cosignature`]), and a line of somebody unknown says nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::key::check_name;
use crate::{Hash, JournalError, SigningKey, VerifyingKey};

/// Longest note that is read.
const NOTE_LEN_MAX: usize = 64 << 10;
/// Most signatures of one note. C2SP wants at least 16 to be read.
const SIGNATURES_MAX: usize = 100;
/// What a line of a signature begins with: an em dash and a space.
const DASH: &str = "\u{2014} ";

fn bad(problem: impl Into<String>) -> JournalError {
    JournalError::Note(problem.into())
}

/// A line below a note: who signed, with which key, and the signature's bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignatureLine {
    /// Name of the key.
    pub name: String,
    /// Id of the key.
    pub id: [u8; 4],
    /// What the key's type says that it is.
    pub payload: Vec<u8>,
}

impl SignatureLine {
    /// Reads a line, without its line feed.
    ///
    /// # Errors
    /// [`JournalError::Note`] when it is not in its one form.
    pub fn parse(line: &str) -> Result<Self, JournalError> {
        let parts = line.strip_prefix(DASH).and_then(|line| line.split_once(' '));
        let (name, text) =
            parts.ok_or_else(|| bad("a line of a signature is not '\u{2014} name base64'"))?;
        check_name(name)?;
        let bytes = BASE64.decode(text).map_err(|_| bad("a signature is not base64"))?;
        let (id, payload) = bytes
            .split_first_chunk::<4>()
            .filter(|(_, payload)| !payload.is_empty())
            .ok_or_else(|| bad("a signature has no more than 4 bytes"))?;
        Ok(Self { name: name.to_owned(), id: *id, payload: payload.to_vec() })
    }
}

impl std::fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = [self.id.as_slice(), &self.payload].concat();
        write!(f, "{DASH}{} {}", self.name, BASE64.encode(bytes))
    }
}

/// A text and the signatures below it, none of them checked yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// The text that is signed, with its last line feed.
    pub body: String,
    /// The signatures, in the order of the note.
    pub signatures: Vec<SignatureLine>,
}

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// [`JournalError::Note`] when it is not in the form of one.
    pub fn parse(note: &str) -> Result<Self, JournalError> {
        if note.len() > NOTE_LEN_MAX {
            return Err(bad(format!("it has more than {NOTE_LEN_MAX} bytes")));
        }
        let end = note.rfind("\n\n").ok_or_else(|| bad("it has no signatures"))? + 1;
        let lines = note[end + 1..]
            .strip_suffix('\n')
            .ok_or_else(|| bad("its last signature line is cut off"))?;
        let signatures: Vec<SignatureLine> = lines
            .split('\n')
            .take(SIGNATURES_MAX + 1)
            .map(SignatureLine::parse)
            .collect::<Result<_, _>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(bad(format!("it has more than {SIGNATURES_MAX} signatures")));
        }
        Ok(Self { body: note[..end].to_owned(), signatures })
    }

    /// The text form.
    pub fn encode(&self) -> String {
        let lines: String = self.signatures.iter().map(|line| format!("{line}\n")).collect();
        format!("{}\n{lines}", self.body)
    }

    /// Adds a signature; an older one of the same key gives way.
    pub fn add(&mut self, line: SignatureLine) {
        let known = |other: &&mut SignatureLine| (&other.name, other.id) == (&line.name, line.id);
        match self.signatures.iter_mut().find(known) {
            Some(place) => *place = line,
            None => self.signatures.push(line),
        }
    }
}

/// What a log says of itself: its name, how many entries it has, and their root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// Name of the log, a URL without scheme.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root hash.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root))
    }

    /// Reads the text of a checkpoint; extension lines are allowed and ignored.
    ///
    /// # Errors
    /// [`JournalError::Note`] naming the line that is wrong.
    pub fn parse_body(body: &str) -> Result<Self, JournalError> {
        let mut lines = body.split('\n');
        let origin =
            lines.next().filter(|line| !line.is_empty()).ok_or_else(|| bad("no origin"))?;
        let size = lines.next().ok_or_else(|| bad("no size"))?;
        let is_canonical = size == "0" || !size.starts_with(['0', '+']);
        let size = size
            .parse()
            .ok()
            .filter(|_| is_canonical)
            .ok_or_else(|| bad("its size is not a decimal number"))?;
        let root = lines
            .next()
            .and_then(|line| BASE64.decode(line).ok())
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| bad("its root is not 32 bytes in base64"))?;
        if !body.ends_with('\n') {
            return Err(bad("its text does not end with a line feed"));
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// The checkpoint as a note signed by `key`.
    pub fn sign(&self, key: &SigningKey) -> String {
        let body = self.body();
        let public = &key.verifying_key().0;
        let line = SignatureLine {
            name: public.name.clone(),
            id: public.id,
            payload: key.sign(body.as_bytes()).to_vec(),
        };
        Note { body, signatures: vec![line] }.encode()
    }

    /// Opens a note: its text, if `key` signed it. Signatures of others are not looked at.
    ///
    /// # Errors
    /// [`JournalError::Note`] when it is not a note or not a checkpoint of the key's log,
    /// [`JournalError::Signature`] when the key did not sign it.
    pub fn open(note: &str, key: &VerifyingKey) -> Result<Self, JournalError> {
        Self::of(&Note::parse(note)?, key)
    }

    /// The same of a note that was read.
    ///
    /// # Errors
    /// As [`Checkpoint::open`].
    pub fn of(note: &Note, key: &VerifyingKey) -> Result<Self, JournalError> {
        let public = &key.0;
        let is_signed = note.signatures.iter().any(|line| {
            (&line.name, line.id) == (&public.name, public.id)
                && public.verifies(note.body.as_bytes(), &line.payload)
        });
        if !is_signed {
            return Err(JournalError::Signature(public.name.clone()));
        }
        let checkpoint = Self::parse_body(&note.body)?;
        if checkpoint.origin != public.name {
            return Err(bad("its origin is not the name of the key"));
        }
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_seed("example.com/log", &[7; 32]).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "example.com/log".into(), size: 5, root: [3; 32] }
    }

    #[test]
    fn a_signed_checkpoint_opens_with_its_key_only() {
        let note = checkpoint().sign(&key());
        let public = VerifyingKey::parse(&key().verifying_key().to_string()).unwrap();
        assert_eq!(Checkpoint::open(&note, &public), Ok(checkpoint()));
        let other = SigningKey::from_seed("example.com/log", &[8; 32]).unwrap();
        let opened = Checkpoint::open(&note, other.verifying_key());
        assert!(matches!(opened, Err(JournalError::Signature(_))));
        let changed = note.replace("\n5\n", "\n6\n");
        assert!(matches!(Checkpoint::open(&changed, &public), Err(JournalError::Signature(_))));
    }

    #[test]
    fn signatures_of_others_neither_help_nor_hinder() {
        let mut note = Note::parse(&checkpoint().sign(&key())).unwrap();
        let stranger = SignatureLine { name: "w".into(), id: [1; 4], payload: vec![2; 9] };
        note.add(stranger.clone());
        note.add(SignatureLine { payload: vec![3; 9], ..stranger });
        assert_eq!(
            note.signatures.len(),
            2,
            "the second line of a key takes the first one's place"
        );
        let read = Note::parse(&note.encode()).unwrap();
        assert_eq!(read, note);
        assert_eq!(Checkpoint::of(&read, key().verifying_key()), Ok(checkpoint()));
        note.signatures.remove(0);
        assert!(Checkpoint::of(&note, key().verifying_key()).is_err());
    }

    #[test]
    fn malformed_notes_are_refused() {
        let public = key().verifying_key().clone();
        for note in ["", "\n\n", "a\n1\nAA==\n", "a\n\n\u{2014} a b\n", "x\n01\n\n\u{2014} x y\n"] {
            assert!(Checkpoint::open(note, &public).is_err(), "{note:?}");
        }
        assert!(Checkpoint::parse_body("a\n01\nAAAA\n").is_err());
        let good = checkpoint().sign(&key());
        for line in
            ["", "- a AAAAAAA=", "\u{2014} a AAAAAA==", "\u{2014} a AAAAAAB=", "\u{2014}  AAAAAAA="]
        {
            assert!(Note::parse(&format!("{good}{line}\n")).is_err(), "{line:?}");
        }
        assert!(Note::parse(&good.replace("=\n", "=\r\n")).is_err());
        let many = "\u{2014} a AAAAAAA=\n".repeat(SIGNATURES_MAX);
        let error = Note::parse(&format!("{good}{many}")).unwrap_err().to_string();
        assert!(error.contains("more than 100"), "{error}");
    }
}
