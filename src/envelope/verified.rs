//! An envelope whose signatures have all been verified.

use crate::envelope::digest::StatementDigest;
use crate::envelope::dsse::Envelope;
use crate::envelope::error::EnvelopeError;
use crate::hash::Digest;
use crate::key::{KeyId, PublicKey};

/// An envelope each of whose signatures verifies under the key that its key id names. Not shown:
/// that those keys are anybody's, or that the payload is a statement. Made by [`Envelope::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "evidence that nobody looks at is no evidence"]
pub struct VerifiedEnvelope {
    envelope: Envelope,
    statement: StatementDigest,
}

impl Envelope {
    /// Verifies every signature, strictly, under the key that `key_of` gives for its key id.
    pub fn verify(
        self,
        key_of: impl Fn(&KeyId) -> Option<PublicKey>,
    ) -> Result<VerifiedEnvelope, EnvelopeError> {
        let message = self.pae();
        for (key_id, signature) in self.signatures() {
            let key = *key_id;
            let public_key = key_of(key_id)
                // A key under another key's name would make that other one the signer.
                .filter(|public_key| public_key.id() == key)
                .ok_or(EnvelopeError::UnknownKey { key })?;
            public_key
                .verify(&message, signature)
                .map_err(|_cause| EnvelopeError::Signature { key })?;
        }
        let statement = StatementDigest::new(Digest::of(&message));
        Ok(VerifiedEnvelope { envelope: self, statement })
    }
}

impl VerifiedEnvelope {
    /// The envelope.
    pub const fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The envelope alone, without the evidence.
    pub fn into_envelope(self) -> Envelope {
        self.envelope
    }

    /// The signed bytes of the statement, as they came.
    pub fn payload(&self) -> &[u8] {
        self.envelope.payload()
    }

    /// The name of the statement.
    pub const fn statement_digest(&self) -> StatementDigest {
        self.statement
    }

    /// The keys that signed, in ascending order; at least one.
    pub fn signers(&self) -> impl Iterator<Item = &KeyId> {
        self.envelope.signatures().iter().map(|(key, _)| key)
    }

    /// Whether `key` is one of the signers.
    pub fn is_signed_by(&self, key: &KeyId) -> bool {
        self.signers().any(|signer| signer == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::dsse::{PAYLOAD_TYPE, SIGNATURES_MAX};
    use crate::envelope::record::RECORD_BYTES_MAX;
    use crate::key::{PrivateKey, Signature, Signer};

    fn keys(count: u8) -> Vec<PrivateKey> {
        (0..count).map(|byte| PrivateKey::from_seed([byte; 32])).collect()
    }

    fn sign(payload: &[u8], keys: &[PrivateKey]) -> Result<Envelope, EnvelopeError> {
        let signers: Vec<&dyn Signer> = keys.iter().map(|key| key as &dyn Signer).collect();
        Envelope::sign(payload.to_vec(), &signers)
    }

    /// Resolves the key ids of `keys`.
    fn known(keys: &[PrivateKey]) -> impl Fn(&KeyId) -> Option<PublicKey> {
        |id| keys.iter().map(|key| *key.public_key()).find(|key| key.id() == *id)
    }

    #[test]
    fn what_every_signer_signed_is_verified() {
        let keys = keys(8);
        let envelope = sign(b"{}", &keys).unwrap();
        let verified = envelope.clone().verify(known(&keys)).unwrap();
        assert_eq!(verified.envelope(), &envelope);
        assert_eq!(verified.statement_digest(), envelope.statement_digest());
        assert_eq!(verified.signers().count(), 8);
        assert!(verified.signers().is_sorted());
        assert!(keys.iter().all(|key| verified.is_signed_by(&key.public_key().id())));
    }

    #[test]
    fn one_signature_that_does_not_hold_is_enough_to_refuse() {
        let keys = keys(3);
        let good = sign(b"{}", &keys).unwrap();
        for place in 0..3 {
            let mut signatures = good.signatures().to_vec();
            let (key, signature) = signatures[place];
            let mut bytes = *signature.as_bytes();
            bytes[7] ^= 1;
            signatures[place].1 = Signature::new(bytes);
            let bad = Envelope::new(PAYLOAD_TYPE, b"{}".to_vec(), signatures).unwrap();
            assert_eq!(bad.verify(known(&keys)), Err(EnvelopeError::Signature { key }));
        }
        let other = good.signatures().to_vec();
        let other = Envelope::new(PAYLOAD_TYPE, b"{ }".to_vec(), other).unwrap();
        assert!(matches!(other.verify(known(&keys)), Err(EnvelopeError::Signature { .. })));
    }

    #[test]
    fn a_key_that_is_unknown_or_another_verifies_nothing() {
        let keys = keys(2);
        let id = keys[0].public_key().id();
        let envelope = sign(b"{}", &keys[..1]).unwrap();
        let unknown = Err(EnvelopeError::UnknownKey { key: id });
        assert_eq!(envelope.clone().verify(|_id| None), unknown);
        assert_eq!(envelope.verify(|_id| Some(*keys[1].public_key())), unknown);

        // A signature that holds, under the name of another key.
        let mut signatures = sign(b"{}", &keys[1..]).unwrap().signatures().to_vec();
        signatures[0].0 = id;
        let renamed = Envelope::new(PAYLOAD_TYPE, b"{}".to_vec(), signatures).unwrap();
        assert_eq!(renamed.clone().verify(|_id| Some(*keys[1].public_key())), unknown);
        assert_eq!(renamed.verify(known(&keys)), Err(EnvelopeError::Signature { key: id }));
    }

    #[test]
    fn envelopes_beyond_the_limits_are_not_made() {
        let keys = keys(9);
        assert_eq!(sign(b"{}", &keys[..0]), Err(EnvelopeError::SignatureCount { found: 0 }));
        assert_eq!(sign(b"{}", &keys), Err(EnvelopeError::SignatureCount { found: 9 }));
        sign(b"{}", &keys[..SIGNATURES_MAX]).unwrap();
        let twice = [keys[0].public_key(), keys[0].public_key()]
            .map(|key| (key.id(), keys[0].sign(b"").unwrap()));
        assert_eq!(
            Envelope::new(PAYLOAD_TYPE, vec![], twice.to_vec()),
            Err(EnvelopeError::SignatureTwice { key: twice[0].0 })
        );
        let found = "application/json".to_owned();
        assert_eq!(
            Envelope::new("application/json", vec![], twice[..1].to_vec()),
            Err(EnvelopeError::PayloadType { found })
        );
        let room = RECORD_BYTES_MAX - (2 + PAYLOAD_TYPE.len() + 4 + 1 + 96);
        assert_eq!(sign(&vec![b' '; room], &keys[..1]).unwrap().encode().len(), RECORD_BYTES_MAX);
        let found = RECORD_BYTES_MAX + 1;
        let too_large = sign(&vec![b' '; room + 1], &keys[..1]);
        assert_eq!(too_large, Err(EnvelopeError::TooLarge { found }));
    }

    #[test]
    fn records_and_json_read_back_and_every_changed_byte_of_a_record_shows() {
        let envelope = sign(b"{\"a\":1}", &keys(2)).unwrap();
        assert_eq!(Envelope::from_json(envelope.to_json().as_bytes()), Ok(envelope.clone()));
        let bytes = envelope.encode();
        assert_eq!(Envelope::decode(&bytes), Ok(envelope.clone()));
        for place in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[place] ^= flip;
                if let Ok(other) = Envelope::decode(&changed) {
                    assert_ne!(other, envelope, "byte {place}");
                    assert_eq!(other.encode(), changed, "byte {place}");
                }
            }
            Envelope::decode(&bytes[..place]).unwrap_err();
        }
    }

    #[test]
    fn members_that_dsse_does_not_know_change_nothing() {
        let envelope = sign(b"{}", &keys(1)).unwrap();
        let json = envelope.to_json();
        let more = json.replacen('{', r#"{"note":["x",{"y":null}],"#, 1).replacen(
            r#"{"keyid""#,
            r#"{"cert":"…","keyid""#,
            1,
        );
        assert_ne!(more, json);
        assert_eq!(Envelope::from_json(more.as_bytes()), Ok(envelope));
        for bad in ["", "[]", "null", "{}", &format!("[{json}]"), &format!("{json}{json}")] {
            Envelope::from_json(bad.as_bytes()).unwrap_err();
        }
    }
}
