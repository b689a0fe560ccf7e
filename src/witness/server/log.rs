//! The logs of a witness, and who cosigns them.

use std::sync::Arc;

use crate::hash::Digest;
use crate::key::Signer;
use crate::note::{KeyName, KeyType, TreeHead, VerifierKey};
use crate::witness::server::files::LogFiles;

/// Who cosigns: a name and a key that is for this alone.
#[derive(Clone, Debug)]
pub struct Cosigner {
    /// The name in signature lines.
    pub name: KeyName,
    /// The key.
    pub signer: Arc<dyn Signer>,
}

/// A log whose checkpoints are cosigned.
#[derive(Clone, Debug)]
pub struct WitnessedLog {
    /// Its name: the first line of its checkpoints.
    pub origin: String,
    /// The keys that are trusted for it; one of them has to have signed.
    pub keys: Vec<VerifierKey>,
    /// Where its files are, if it is a ledger whose key may change hands.
    pub files: Option<LogFiles>,
}

/// How far a log was cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// SHA-256 of the origin: its place under the monitoring prefix.
    pub hash: Digest,
    /// The log's name.
    pub origin: String,
    /// What was cosigned last, and when, in seconds since 1970.
    pub latest: Option<(TreeHead, u64)>,
}

impl Cosigner {
    /// The key by which others verify what is cosigned.
    pub fn key(&self) -> VerifierKey {
        let public = *self.signer.public_key();
        VerifierKey::new(self.name.clone(), KeyType::CosignatureV1, public)
    }
}

impl WitnessedLog {
    /// A log that is called as its key is.
    pub fn of(key: VerifierKey, files: Option<LogFiles>) -> Self {
        Self { origin: key.name().to_string(), keys: vec![key], files }
    }
}
