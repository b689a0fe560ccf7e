//! The genesis document: what a verifier trusts before it has seen anything. Knows nothing of which
//! registrars and log keys came later.
//!
//! formats.md, section 7.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::hash::Digest;
use crate::key::{KeyError, PublicKey};
use crate::note::{KeyName, KeyNameError, KeyType, VerifierKey, VerifierKeyError};

/// The one format there is.
const FORMAT: u64 = 1;

/// The greatest quorum: a registrar act has at most eight signatures, one of them for a key that it
/// adds.
pub const QUORUM_MAX: usize = 7;

/// The largest genesis document, in bytes; any payload's limit is higher.
pub const GENESIS_BYTES_MAX: usize = 65_536;

/// A genesis document. Every verifier keeps it as a file, and entry 0 commits to its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    bytes: Vec<u8>,
    digest: Digest,
    log_key: VerifierKey,
    quorum: usize,
    registrars: Vec<Registrar>,
}

/// Somebody who, with others, admits operators and grants roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registrar {
    /// What people call it. Not evidence, and not unique.
    pub name: String,
    /// The key that it signs with.
    pub key: PublicKey,
}

/// Why bytes are no genesis document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GenesisError {
    /// More bytes than a genesis document can have.
    #[error("genesis document of {found} bytes, expected at most {GENESIS_BYTES_MAX}")]
    TooLarge {
        /// How many bytes.
        found: usize,
    },
    /// Not TOML, or with a member missing, unknown or of another type.
    #[error("genesis document is not the TOML expected")]
    Toml(#[from] toml::de::Error),
    /// A format that is not known here.
    #[error("genesis format {found}, expected {FORMAT}")]
    Format {
        /// The format.
        found: u64,
    },
    /// An origin that no note key can have.
    #[error("origin is not a key name")]
    OriginName(#[from] KeyNameError),
    /// A log key that can't be read.
    #[error("log key is not a verifier key")]
    LogKey(#[from] VerifierKeyError),
    /// A log key whose signatures are not over checkpoints.
    #[error("log key of type {found:02x}, expected 01")]
    LogKeyType {
        /// The type.
        found: u8,
    },
    /// A log key of another ledger.
    #[error("log key is named {expected}, origin is {found}")]
    Origin {
        /// The name of the log key.
        expected: KeyName,
        /// The origin.
        found: KeyName,
    },
    /// A quorum that the registrars can't meet, or that no act needs.
    #[error(
        "quorum {found} of {registrars} registrars, expected 1 to {QUORUM_MAX} and no more than \
             registrars"
    )]
    Quorum {
        /// The quorum.
        found: u64,
        /// How many registrars there are.
        registrars: usize,
    },
    /// A registrar key that can't be read.
    #[error("key of registrar {name:?}, number {number}")]
    RegistrarKey {
        /// Place in the document, from 1.
        number: usize,
        /// The registrar's name.
        name: String,
        /// What is wrong with the key.
        #[source]
        cause: KeyError,
    },
    /// One key for a registrar and the log, so that one thief would have both.
    #[error("registrar {name:?}, number {number}, has the log key")]
    RegistrarLogKey {
        /// Place in the document, from 1.
        number: usize,
        /// The registrar's name.
        name: String,
    },
    /// One key for two registrars, who would then be one.
    #[error("registrar {name:?}, number {number}, has a key that stands before it already")]
    RegistrarTwice {
        /// Place in the document, from 1.
        number: usize,
        /// The registrar's name.
        name: String,
    },
}

/// The document as TOML has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: u64,
    origin: String,
    log: String,
    quorum: u64,
    /// Tables and nothing else: the reader behind `RegistrarTable` takes an array for one too.
    #[serde(default)]
    registrar: Vec<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegistrarTable {
    name: String,
    key: String,
}

impl Genesis {
    /// Reads a genesis document, and keeps its bytes as they are.
    pub fn parse(bytes: &[u8]) -> Result<Self, GenesisError> {
        if bytes.len() > GENESIS_BYTES_MAX {
            return Err(GenesisError::TooLarge { found: bytes.len() });
        }
        let document: Document = toml::from_slice(bytes)?;
        if document.format != FORMAT {
            return Err(GenesisError::Format { found: document.format });
        }
        let origin: KeyName = document.origin.parse()?;
        let log_key: VerifierKey = document.log.parse()?;
        if log_key.key_type() != KeyType::Ed25519 {
            return Err(GenesisError::LogKeyType { found: log_key.key_type().byte() });
        }
        if *log_key.name() != origin {
            return Err(GenesisError::Origin { expected: log_key.name().clone(), found: origin });
        }
        let count = document.registrar.len();
        let quorum = usize::try_from(document.quorum)
            .ok()
            .filter(|quorum| (1..=QUORUM_MAX.min(count)).contains(quorum))
            .ok_or(GenesisError::Quorum { found: document.quorum, registrars: count })?;
        let registrars = registrars(document.registrar, log_key.public_key())?;
        let digest = Digest::of(bytes);
        Ok(Self { bytes: bytes.to_vec(), digest, log_key, quorum, registrars })
    }

    /// Writes the document of a new ledger, whose origin is the name of its log key.
    pub fn new(
        log_key: &VerifierKey,
        quorum: usize,
        registrars: &[Registrar],
    ) -> Result<Self, GenesisError> {
        let (origin, log) =
            (toml_string(log_key.name().as_str()), toml_string(&log_key.to_string()));
        let head =
            format!("format = {FORMAT}\norigin = {origin}\nlog = {log}\nquorum = {quorum}\n");
        let mut parts = vec![head];
        for Registrar { name, key } in registrars {
            let (name, key) = (toml_string(name), toml_string(&key.to_string()));
            parts.push(format!("\n[[registrar]]\nname = {name}\nkey = {key}\n"));
        }
        // What is written is held to the same rules as what is read.
        Self::parse(parts.concat().as_bytes())
    }

    /// The document, byte for byte: the payload of entry 0.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The digest of the bytes, to which entry 0 commits.
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The name of the ledger.
    pub const fn origin(&self) -> &KeyName {
        self.log_key.name()
    }

    /// The key that signs checkpoints, until log keys are added.
    pub const fn log_key(&self) -> &VerifierKey {
        &self.log_key
    }

    /// How many registrars must sign an act, until that is changed: 1 to [`QUORUM_MAX`].
    pub const fn quorum(&self) -> usize {
        self.quorum
    }

    /// The registrars, in the order of the document, each with a key of its own.
    pub fn registrars(&self) -> &[Registrar] {
        &self.registrars
    }
}

fn registrars(
    tables: Vec<toml::Table>,
    log_key: &PublicKey,
) -> Result<Vec<Registrar>, GenesisError> {
    let mut keys = BTreeSet::new();
    let mut registrars = Vec::with_capacity(tables.len());
    for (number, table) in (1..).zip(tables) {
        let RegistrarTable { name, key } = table.try_into()?;
        match PublicKey::from_base64(&key) {
            Err(cause) => return Err(GenesisError::RegistrarKey { number, name, cause }),
            Ok(key) if key == *log_key => {
                return Err(GenesisError::RegistrarLogKey { number, name });
            }
            Ok(key) if !keys.insert(key) => {
                return Err(GenesisError::RegistrarTwice { number, name });
            }
            Ok(key) => registrars.push(Registrar { name, key }),
        }
    }
    Ok(registrars)
}

/// Text as a TOML string, whatever characters it has.
fn toml_string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{PrivateKey, Signer as _};

    fn log_key() -> VerifierKey {
        let key = *PrivateKey::from_seed([9; 32]).public_key();
        VerifierKey::new("ledger.example/eu-1".parse().unwrap(), KeyType::Ed25519, key)
    }

    fn registrars(count: u8) -> Vec<Registrar> {
        let key = |byte| *PrivateKey::from_seed([byte; 32]).public_key();
        (0..count).map(|byte| Registrar { name: format!("no. {byte}"), key: key(byte) }).collect()
    }

    #[test]
    fn a_document_reads_back_what_was_written() {
        let mut expected = registrars(2);
        expected[1].name = "a \"quoted\" \\ name\twith\u{7f} é ☃".to_owned();
        let genesis = Genesis::new(&log_key(), 2, &expected).unwrap();
        assert_eq!(genesis.registrars(), expected);
        assert_eq!(genesis.quorum(), 2);
        assert_eq!(genesis.log_key(), &log_key());
        assert_eq!(genesis.origin().as_str(), "ledger.example/eu-1");
        assert_eq!(*genesis.digest(), Digest::of(genesis.bytes()));
        assert_eq!(Genesis::parse(genesis.bytes()), Ok(genesis));
    }

    #[test]
    fn a_quorum_that_cannot_be_met_or_signed_is_refused() {
        for (quorum, count, is_good) in
            [(0, 1, false), (1, 0, false), (1, 1, true), (2, 1, false), (7, 9, true), (8, 9, false)]
        {
            let made = Genesis::new(&log_key(), quorum, &registrars(count));
            assert_eq!(made.is_ok(), is_good, "{quorum} of {count}");
        }
    }

    #[test]
    fn unknown_members_and_a_log_key_that_signs_no_checkpoints_are_refused() {
        let good = Genesis::new(&log_key(), 1, &registrars(1)).unwrap();
        let text = String::from_utf8(good.bytes().to_vec()).unwrap();
        for bad in [format!("{text}x = 1\n"), format!("x = 1\n{text}"), format!("{text}\u{0}")] {
            let error = Genesis::parse(bad.as_bytes()).unwrap_err();
            assert!(matches!(error, GenesisError::Toml(_)), "{error}");
        }
        let array =
            text.replace("\n[[registrar]]\nname = ", "registrar = [[").replace("\nkey = ", ",");
        let error = Genesis::parse(format!("{}]]\n", array.trim_end()).as_bytes()).unwrap_err();
        assert!(matches!(error, GenesisError::Toml(_)), "{error}");
        let long = format!("{text}#{}", "x".repeat(GENESIS_BYTES_MAX));
        let error = Genesis::parse(long.as_bytes()).unwrap_err();
        assert_eq!(error, GenesisError::TooLarge { found: long.len() });

        let (name, key) = (log_key().name().clone(), *log_key().public_key());
        let witness = VerifierKey::new(name, KeyType::CosignatureV1, key);
        let error = Genesis::new(&witness, 1, &registrars(1)).unwrap_err();
        assert_eq!(error, GenesisError::LogKeyType { found: 4 });
    }
}
