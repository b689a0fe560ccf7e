//! Between the protocol's messages and the values of the lower floors. Decides nothing.

use prost::bytes::Bytes;

use crate::envelope::{Envelope, EnvelopeError};
use crate::hash::Digest;
use crate::identifier::Class;
use crate::key::Signature;
use crate::merkle::{ConsistencyProof, InclusionProof};
use crate::proto;

/// A hash of another length than 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash has 32 bytes, found {found}")]
pub(crate) struct HashLengthError {
    pub(crate) found: usize,
}

/// The envelope of a message, checked for form.
pub(crate) fn envelope_from(message: proto::Envelope) -> Result<Envelope, EnvelopeError> {
    let form = |member, expected| EnvelopeError::Member { member, expected };
    let signatures = message
        .signatures
        .iter()
        .map(|signature| {
            let key = signature.keyid.parse();
            let key =
                key.map_err(|_cause| form("keyid", "a key id of 64 lower-case hex digits"))?;
            let signature = Signature::parse(&signature.sig)
                .map_err(|_cause| form("sig", "a signature of 64 bytes"))?;
            Ok((key, signature))
        })
        .collect::<Result<_, EnvelopeError>>()?;
    Envelope::new(&message.payload_type, message.payload.into(), signatures)
}

/// The message of an envelope.
pub(crate) fn envelope_to(envelope: &Envelope) -> proto::Envelope {
    let signatures = envelope.signatures().iter().map(|(key, signature)| proto::Signature {
        keyid: key.to_string(),
        sig: Bytes::copy_from_slice(signature.as_bytes()),
    });
    proto::Envelope {
        payload: Bytes::copy_from_slice(envelope.payload()),
        payload_type: envelope.payload_type().to_owned(),
        signatures: signatures.collect(),
    }
}

/// The hashes of an inclusion proof.
pub(crate) fn inclusion_from(hashes: &[Bytes]) -> Result<InclusionProof, HashLengthError> {
    hashes.iter().map(digest_from).collect::<Result<_, _>>().map(InclusionProof)
}

/// The hashes of a consistency proof.
pub(crate) fn consistency_from(hashes: &[Bytes]) -> Result<ConsistencyProof, HashLengthError> {
    hashes.iter().map(digest_from).collect::<Result<_, _>>().map(ConsistencyProof)
}

/// Hashes as they stand in messages.
pub(crate) fn hashes_to(hashes: &[Digest]) -> Vec<Bytes> {
    hashes.iter().map(|hash| Bytes::copy_from_slice(hash.as_bytes())).collect()
}

/// The class that a number stands for.
pub(crate) fn class_from(number: u32) -> Option<Class> {
    Class::EVERY.into_iter().find(|class| u32::from(class.byte()) == number)
}

/// A hash of a message.
pub(crate) fn digest_from(bytes: &Bytes) -> Result<Digest, HashLengthError> {
    let error = |_cause| HashLengthError { found: bytes.len() };
    <[u8; 32]>::try_from(bytes.as_ref()).map(Digest::new).map_err(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::PrivateKey;

    fn envelope() -> Envelope {
        let keys = [PrivateKey::from_seed([1; 32]), PrivateKey::from_seed([2; 32])];
        Envelope::sign(b"{}".to_vec(), &[&keys[0], &keys[1]]).unwrap()
    }

    #[test]
    fn an_envelope_comes_back_as_it_was() {
        assert_eq!(envelope_from(envelope_to(&envelope())), Ok(envelope()));
    }

    #[test]
    fn a_message_that_is_no_envelope_is_refused() {
        let check = |change: fn(&mut proto::Envelope)| {
            let mut message = envelope_to(&envelope());
            change(&mut message);
            assert!(envelope_from(message).is_err());
        };
        check(|it| it.payload_type = "text/plain".to_owned());
        check(|it| it.signatures.clear());
        check(|it| it.signatures[1] = it.signatures[0].clone());
        check(|it| it.signatures[0].keyid.make_ascii_uppercase());
        check(|it| it.signatures[0].keyid.clear());
        check(|it| it.signatures[0].sig = Bytes::from_static(&[0; 63]));
    }

    #[test]
    fn every_class_has_its_number_and_no_other_number_is_one() {
        assert!((0..3).all(|number| class_from(number).is_some()));
        assert_eq!(class_from(3), None);
    }
}
