//! The envelope record: the one stored form, and what the log commits to (formats.md, section 2).

use crate::encoding::{Reader, Writer};
use crate::envelope::digest::EnvelopeDigest;
use crate::envelope::dsse::Envelope;
use crate::envelope::error::EnvelopeError;
use crate::hash::Digest;
use crate::key::{KeyId, Signature};

/// The largest envelope record, in bytes: an attestation refers to documents, it does not hold
/// them.
pub const RECORD_BYTES_MAX: usize = 1_048_576;

/// Length of the record of these parts.
pub(super) const fn record_len(payload_type: &str, payload: &[u8], signatures: usize) -> usize {
    2 + payload_type.len() + 4 + payload.len() + 1 + signatures * (32 + 64)
}

impl Envelope {
    /// Reads a record that fills `bytes` to the end.
    pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > RECORD_BYTES_MAX {
            return Err(EnvelopeError::TooLarge { found: bytes.len() });
        }
        let mut reader = Reader::new(bytes);
        let payload_type = reader.bytes_u16("payload type")?;
        let payload = reader.bytes_u32("payload")?;
        let count = usize::from(reader.u8("signature count")?);
        let mut signatures: Vec<(KeyId, Signature)> = Vec::with_capacity(count);
        for _ in 0..count {
            let found = KeyId::new(reader.digest("key id")?);
            let signature = Signature::new(reader.array("signature")?);
            if let Some((before, _)) = signatures.last().filter(|(before, _)| *before > found) {
                return Err(EnvelopeError::SignatureOrder { before: *before, found });
            }
            signatures.push((found, signature));
        }
        reader.finish()?;
        // Any text that is not UTF-8 is not the payload type either.
        Self::new(&String::from_utf8_lossy(payload_type), payload.to_vec(), signatures)
    }

    /// The record, at most [`RECORD_BYTES_MAX`] bytes.
    pub fn encode(&self) -> Vec<u8> {
        let signatures = self.signatures();
        let mut writer = Writer::with_capacity(self.encoded_len());
        writer.bytes_u16(self.payload_type().as_bytes()).bytes_u32(self.payload());
        // At most eight, which fits.
        writer.u8(u8::try_from(signatures.len()).unwrap_or(u8::MAX));
        for (key, signature) in signatures {
            writer.put(key.digest().as_ref()).put(signature.as_bytes());
        }
        writer.into_bytes()
    }

    /// Length of the record in bytes.
    pub fn encoded_len(&self) -> usize {
        record_len(self.payload_type(), self.payload(), self.signatures().len())
    }

    /// The digest of the record.
    pub fn digest(&self) -> EnvelopeDigest {
        EnvelopeDigest::new(Digest::of(&self.encode()))
    }
}
