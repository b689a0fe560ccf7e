//! A text and the signatures below it (c2sp.org/signed-note). Knows nothing of what the text says.

use std::fmt;

use crate::key::{SignError, Signature, Signer};
use crate::note::cosignature;
use crate::note::name::KeyName;
use crate::note::signature::NoteSignature;
use crate::note::verifier_key::{KeyType, VerifierKey};

/// Bytes that a note may have: a checkpoint with a hundred cosignatures has a quarter of it.
const NOTE_BYTES_MAX: usize = 64 * 1024;

/// Signatures that a note may have, so that a note costs a bounded number of verifications.
const SIGNATURES_MAX: usize = 100;

/// A text and its signatures, none of them verified. Writes itself as the bytes it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Ends with a line break.
    text: String,
    /// 1 to 100.
    signatures: Vec<NoteSignature>,
}

/// A note with a signature of a known key, and none of a known key that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a verified note is evidence; dropping it drops the check"]
pub struct VerifiedNote<'a> {
    note: &'a Note,
    signatures: Vec<VerifiedSignature<'a>>,
}

/// A signature that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedSignature<'a> {
    key: &'a VerifierKey,
    time_s: Option<u64>,
}

/// Why bytes are no note, or the note does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Too long.
    #[error("a note has at most {NOTE_BYTES_MAX} bytes, found {found}")]
    TooLong {
        /// How many bytes there are.
        found: usize,
    },
    /// Not UTF-8.
    #[error("a note is UTF-8, found another byte at {offset}")]
    NotText {
        /// Where the text ends.
        offset: usize,
    },
    /// A control character.
    #[error("a note has no control character but line breaks, found {found:?}")]
    Control {
        /// The character.
        found: char,
    },
    /// The end is cut off.
    #[error("a note ends with a line break")]
    NoLineBreak,
    /// No blank line with signatures below it.
    #[error("a note has signatures below its last blank line, found none")]
    NoSignatures,
    /// Too many signatures.
    #[error("a note has at most {SIGNATURES_MAX} signatures, found {found}")]
    TooManySignatures {
        /// How many there are.
        found: usize,
    },
    /// A line below the blank one is no signature.
    #[error("{found:?} is not a signature line: expected em dash, name, base64")]
    SignatureLine {
        /// The line, cut after 80 characters.
        found: String,
    },
    /// A signature of a known key does not hold.
    #[error("signature of {name:?} does not verify")]
    Signature {
        /// The key's name.
        name: KeyName,
    },
    /// Nobody known has signed.
    #[error("no signature is of a known key")]
    NoKnownSignature,
}

impl Note {
    /// Reads a note: at most 64 KiB and 100 signatures, and only the form that it writes.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong { found: bytes.len() });
        }
        let note = std::str::from_utf8(bytes)
            .map_err(|cause| NoteError::NotText { offset: cause.valid_up_to() })?;
        check_text(note)?;
        // SPEC: the text is separated from the signatures by the last empty line in the note.
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::NoSignatures)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NoSignatures)?;
        let found = lines.split('\n').count();
        if found > SIGNATURES_MAX {
            return Err(NoteError::TooManySignatures { found });
        }
        let signatures = lines.split('\n').map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// Signs `text` by a key of type `01`. A text that could not be read back is refused.
    ///
    /// The caller decides that this text may be signed.
    pub fn sign(text: String, name: &KeyName, signer: &dyn Signer) -> Result<Self, NoteSignError> {
        check_text(&text)?;
        let note = Self::sign_short(text, name, signer)?;
        let found = note.to_string().len();
        if found > NOTE_BYTES_MAX { Err(NoteError::TooLong { found }.into()) } else { Ok(note) }
    }

    /// Signs a text that is known to be a short one with nothing forbidden in it.
    pub(super) fn sign_short(
        text: String,
        name: &KeyName,
        signer: &dyn Signer,
    ) -> Result<Self, SignError> {
        let key = VerifierKey::new(name.clone(), KeyType::Ed25519, *signer.public_key());
        let signature = signer.sign(text.as_bytes())?;
        let signatures = vec![NoteSignature::new(&key, signature.as_bytes().to_vec())];
        Ok(Self { text, signatures })
    }

    /// The note with a signature of one more key of type `01` below it.
    pub fn countersign(mut self, name: &KeyName, signer: &dyn Signer) -> Result<Self, SignError> {
        let Self { signatures, .. } = Self::sign_short(self.text.clone(), name, signer)?;
        self.signatures.extend(signatures);
        Ok(self)
    }

    /// The note with more signatures below it.
    pub fn with_signatures(
        mut self,
        signatures: impl IntoIterator<Item = NoteSignature>,
    ) -> Result<Self, NoteError> {
        self.signatures.extend(signatures);
        Self::parse(self.to_string().as_bytes())
    }

    /// The note with the first signature of this key alone, or none.
    pub(crate) fn only(&self, key: &VerifierKey) -> Self {
        let own = self.signatures.iter().find(|signature| signature.is_of(key));
        Self { text: self.text.clone(), signatures: own.cloned().into_iter().collect() }
    }

    /// The note with the lines of these keys alone; whether they hold is not looked at.
    #[must_use]
    pub fn with_lines_of(mut self, keys: &[VerifierKey]) -> Self {
        self.signatures.retain(|line| keys.iter().any(|key| line.is_of(key)));
        self
    }

    /// The signed text, with the line break that ends it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, in order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Verifies every signature of a known key. Those of unknown keys are ignored; one of a known
    /// key that does not hold, or none that does, refuses the note.
    pub fn verify<'a>(&'a self, keys: &'a [VerifierKey]) -> Result<VerifiedNote<'a>, NoteError> {
        let signatures = self.verify_known(&keys.iter().collect::<Vec<_>>())?;
        if signatures.is_empty() {
            return Err(NoteError::NoKnownSignature);
        }
        Ok(VerifiedNote { note: self, signatures })
    }

    /// The signatures of known keys, all of which hold; perhaps none.
    pub(super) fn verify_known<'a>(
        &self,
        keys: &[&'a VerifierKey],
    ) -> Result<Vec<VerifiedSignature<'a>>, NoteError> {
        let mut verified = Vec::new();
        for signature in &self.signatures {
            for key in keys.iter().copied().filter(|key| signature.is_of(key)) {
                let time_s = check_signature(key, &self.text, signature.bytes())
                    .ok_or_else(|| NoteError::Signature { name: key.name().clone() })?;
                verified.push(VerifiedSignature { key, time_s });
            }
        }
        Ok(verified)
    }
}

/// Why a note could not be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteSignError {
    /// The text is none that a note can have.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// There is no signature.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl<'a> VerifiedNote<'a> {
    /// The signed text, with the line break that ends it.
    pub fn text(&self) -> &'a str {
        self.note.text()
    }

    /// The signatures of known keys, in the order of their lines.
    pub fn signatures(&self) -> &[VerifiedSignature<'a>] {
        &self.signatures
    }
}

impl<'a> VerifiedSignature<'a> {
    /// The key under which it holds.
    pub const fn key(&self) -> &'a VerifierKey {
        self.key
    }

    /// The time that a cosignature states, in seconds since 1970, below 2^63; `None` for a plain
    /// signature.
    pub const fn time_s(&self) -> Option<u64> {
        self.time_s
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

fn check_text(text: &str) -> Result<(), NoteError> {
    // SPEC: MUST NOT contain any ASCII control characters (those below U+0020) other than newline.
    // Nor may it contain the others: a terminal obeys them too, and no log writes any.
    if let Some(found) = text.chars().find(|c| c.is_control() && *c != '\n') {
        return Err(NoteError::Control { found });
    }
    if text.ends_with('\n') { Ok(()) } else { Err(NoteError::NoLineBreak) }
}

/// `None` if the signature does not hold; else the time that it states, if it is of a type that
/// does.
#[expect(clippy::option_option, reason = "the outer one is the verdict, the inner one the time")]
fn check_signature(key: &VerifierKey, text: &str, bytes: &[u8]) -> Option<Option<u64>> {
    match key.key_type() {
        KeyType::Ed25519 => {
            let signature = Signature::parse(bytes).ok()?;
            key.public_key().verify(text.as_bytes(), &signature).ok()?;
            Some(None)
        }
        KeyType::CosignatureV1 => cosignature::verify(key.public_key(), text, bytes).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::PrivateKey;

    const EXAMPLE: &str = "This is an example message.\n\n— example.com/foo \
        Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1\
        Yu72IneyaQM=\n";
    const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    fn sign(text: &str) -> (Note, [VerifierKey; 1]) {
        let (name, signer) = ("a".parse().unwrap(), PrivateKey::from_seed([7; 32]));
        let note = Note::sign(text.to_owned(), &name, &signer).unwrap();
        (note, [VerifierKey::new(name, KeyType::Ed25519, *signer.public_key())])
    }

    #[test]
    fn the_example_of_the_specification_verifies() {
        let note = Note::parse(EXAMPLE.as_bytes()).unwrap();
        assert_eq!(note.to_string(), EXAMPLE);
        let keys = [KEY.parse().unwrap()];
        assert_eq!(note.verify(&keys).unwrap().text(), "This is an example message.\n");
    }

    #[test]
    fn the_text_may_hold_blank_lines_and_what_looks_like_signatures() {
        for text in ["\n", "\n\n", "a\n\nb\n", "a\n\n— a AAAAAAA=\n", EXAMPLE] {
            let (note, keys) = sign(text);
            let again = Note::parse(note.to_string().as_bytes()).unwrap();
            assert_eq!(again.verify(&keys).unwrap().text(), text);
            assert_eq!(again, note);
        }
    }

    #[test]
    fn a_note_changed_in_one_byte_is_refused_or_has_another_form() {
        let (note, keys) = sign("text\n");
        let bytes = note.to_string().into_bytes();
        for (place, mask) in (0..bytes.len()).flat_map(|place| [1, 0x20, 0x80].map(|m| (place, m)))
        {
            let mut changed = bytes.clone();
            changed[place] ^= mask;
            let verdict = Note::parse(&changed).and_then(|note| note.verify(&keys).map(|_| ()));
            assert!(verdict.is_err(), "byte {place} ^ {mask}");
        }
        for length in 0..bytes.len() {
            Note::parse(&bytes[..length]).unwrap_err();
        }
    }

    #[test]
    fn a_bad_line_of_a_known_key_refuses_the_note_and_one_of_an_unknown_key_does_not() {
        let (note, keys) = sign("text\n");
        let (other, _) = sign("other text\n");
        let stranger = NoteSignature::parse_lines("— b AAAAAAA=\n").unwrap();
        let ignored = note.clone().with_signatures(stranger).unwrap();
        assert_eq!(ignored.verify(&keys).unwrap().signatures().len(), 1);
        let repeated = note.clone().with_signatures(note.signatures().to_vec()).unwrap();
        assert_eq!(repeated.verify(&keys).unwrap().signatures().len(), 2);
        let bad = note.clone().with_signatures(other.signatures().to_vec()).unwrap();
        assert_eq!(bad.verify(&keys), Err(NoteError::Signature { name: "a".parse().unwrap() }));
        assert_eq!(note.verify(&[]), Err(NoteError::NoKnownSignature));
    }

    #[test]
    fn no_control_character_but_the_line_feed_is_in_a_note() {
        let (note, _) = sign("text\n");
        for found in ['\0', '\t', '\r', '\u{1b}', '\u{1f}', '\u{7f}', '\u{85}', '\u{9b}'] {
            for changed in [format!("a{found}\n{note}"), format!("{note}— a{found} AAAAAAA=\n")] {
                let error = Note::parse(changed.as_bytes()).unwrap_err();
                assert_eq!(error, NoteError::Control { found });
            }
        }
        Note::parse(format!("\u{20}\u{a0}\u{fffd}\n{note}").as_bytes()).unwrap();
    }

    #[test]
    fn limits_hold_at_their_edge() {
        let (note, keys) = sign("text\n");
        let lines = |count| vec![note.signatures()[0].clone(); count];
        let full = note.clone().with_signatures(lines(99)).unwrap();
        assert_eq!(full.verify(&keys).unwrap().signatures().len(), 100);
        let error = note.clone().with_signatures(lines(100)).unwrap_err();
        assert_eq!(error, NoteError::TooManySignatures { found: 101 });

        let around = note.to_string().len() - note.text().len();
        let (longest, _) = sign(&format!("{}\n", "x".repeat(NOTE_BYTES_MAX - around - 1)));
        assert_eq!(Note::parse(longest.to_string().as_bytes()), Ok(longest));
        let text = format!("{}\n", "x".repeat(NOTE_BYTES_MAX - around));
        let signer = PrivateKey::from_seed([7; 32]);
        Note::sign(text, &"a".parse().unwrap(), &signer).unwrap_err();
        Note::parse(&vec![b'\n'; NOTE_BYTES_MAX + 1]).unwrap_err();
    }
}
