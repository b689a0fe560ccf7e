//! One signature line of a note (c2sp.org/signed-note). Whether it holds is for the note to say.

use std::fmt;
use std::str::FromStr;

use crate::encoding::{base64_decode, base64_encode};
use crate::note::name::is_name;
use crate::note::signed::NoteError;
use crate::note::verifier_key::VerifierKey;

/// A signature line: `— <name> base64(key id ‖ signature)`. Not yet verified, and perhaps of a key
/// or a type that nobody here knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    key_id: [u8; 4],
    bytes: Vec<u8>,
}

impl NoteSignature {
    /// The line of a known key.
    pub(super) fn new(key: &VerifierKey, bytes: Vec<u8>) -> Self {
        Self { name: key.name().as_str().to_owned(), key_id: key.id(), bytes }
    }

    /// Reads lines as a witness answers with them, each ended by a line break.
    pub fn parse_lines(text: &str) -> Result<Vec<Self>, NoteError> {
        let lines = text.strip_suffix('\n').ok_or(NoteError::NoLineBreak)?;
        lines.split('\n').map(Self::from_str).collect()
    }

    /// The key's name, as the line has it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key's id, as the line has it.
    pub const fn key_id(&self) -> [u8; 4] {
        self.key_id
    }

    /// The signature without the key id; what it is depends on the type of the key.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether name and id are those of `key`.
    pub fn is_of(&self, key: &VerifierKey) -> bool {
        *key.name() == *self.name && key.id() == self.key_id
    }
}

impl FromStr for NoteSignature {
    type Err = NoteError;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (name, base64) = line.strip_prefix("— ")?.split_once(' ')?;
            let bytes = base64_decode(base64).ok()?;
            let (key_id, signature) = bytes.split_first_chunk()?;
            let is_line = is_name(name) && !signature.is_empty();
            let found = Self { name: name.to_owned(), key_id: *key_id, bytes: signature.to_vec() };
            is_line.then_some(found)
        };
        let error = || NoteError::SignatureLine { found: line.chars().take(80).collect() };
        parse().ok_or_else(error)
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base64 = base64_encode(&[&self.key_id[..], &self.bytes].concat());
        write!(f, "— {} {base64}", self.name)
    }
}
