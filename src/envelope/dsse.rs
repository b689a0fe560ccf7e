//! A DSSE envelope: a payload and its signatures, checked for form and not yet verified.

use crate::envelope::digest::StatementDigest;
use crate::envelope::error::EnvelopeError;
use crate::envelope::pae::{pae, pae_digest};
use crate::envelope::record::{RECORD_BYTES_MAX, record_len};
use crate::key::{KeyId, Signature, Signer};

/// The payload type of an in-toto statement; no other is admitted.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// How many signatures an envelope can have: the most that any act needs.
pub const SIGNATURES_MAX: usize = 8;

/// A payload of type [`PAYLOAD_TYPE`] and one to eight signatures, one per key, sorted by key id.
/// Small enough to be stored. What it says is not yet shown to be signed by anyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    payload: Vec<u8>,
    /// Strictly ascending key ids.
    signatures: Vec<(KeyId, Signature)>,
}

impl Envelope {
    /// The envelope of these parts; sorts the signatures.
    pub fn new(
        payload_type: &str,
        payload: Vec<u8>,
        mut signatures: Vec<(KeyId, Signature)>,
    ) -> Result<Self, EnvelopeError> {
        if payload_type != PAYLOAD_TYPE {
            let found = payload_type.chars().take(80).collect();
            return Err(EnvelopeError::PayloadType { found });
        }
        let count = signatures.len();
        if !(1..=SIGNATURES_MAX).contains(&count) {
            return Err(EnvelopeError::SignatureCount { found: count });
        }
        let length = record_len(payload_type, &payload, count);
        if length > RECORD_BYTES_MAX {
            return Err(EnvelopeError::TooLarge { found: length });
        }
        signatures.sort_by_key(|(key, _)| *key);
        for ((before, _), (key, _)) in signatures.iter().zip(signatures.iter().skip(1)) {
            if before == key {
                return Err(EnvelopeError::SignatureTwice { key: *key });
            }
        }
        Ok(Self { payload, signatures })
    }

    /// Signs a payload of type [`PAYLOAD_TYPE`] with each of the signers.
    pub fn sign(payload: Vec<u8>, signers: &[&dyn Signer]) -> Result<Self, EnvelopeError> {
        let message = pae(PAYLOAD_TYPE, &payload);
        let signatures = signers
            .iter()
            .map(|signer| Ok((signer.public_key().id(), signer.sign(&message)?)))
            .collect::<Result<_, EnvelopeError>>()?;
        Self::new(PAYLOAD_TYPE, payload, signatures)
    }

    /// The media type of the payload.
    pub const fn payload_type(&self) -> &'static str {
        PAYLOAD_TYPE
    }

    /// The signed bytes of the statement, as they came.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The signatures, in ascending order of key ids.
    pub fn signatures(&self) -> &[(KeyId, Signature)] {
        &self.signatures
    }

    /// What the signatures sign.
    pub fn pae(&self) -> Vec<u8> {
        pae(self.payload_type(), &self.payload)
    }

    /// The name of the statement.
    pub fn statement_digest(&self) -> StatementDigest {
        StatementDigest::new(pae_digest(self.payload_type(), &self.payload))
    }
}
