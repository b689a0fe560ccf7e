//! The outer form of evidence: size, format, that there is one way to write it; hashes and other
//! parts that stand side by side.

use prost::Message as _;
use prost::bytes::Bytes;

use crate::encoding::{Reader, Writer};
use crate::fraud::error::FraudProofError;
use crate::hash::Digest;
use crate::log_key::HANDOVERS_MAX;
use crate::proto;

/// What the file says that it is. No origin has a space, so that no dossier begins like this.
pub const FORMAT: &str = "probant fraud proof v1";

/// The largest evidence, in bytes, as of a dossier: some hundred thousand entries under one seal.
pub const FRAUD_PROOF_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How many hashes a proof about a tree can have: a path, and where it starts.
const PROOF_HASHES_MAX: usize = 64;

/// Reads the message, and checks that it is written in the one way there is. Nothing in it is
/// repeated, so that it takes no more memory than it has bytes.
pub(super) fn decode(bytes: &[u8]) -> Result<proto::FraudProof, FraudProofError> {
    if bytes.len() > FRAUD_PROOF_BYTES_MAX {
        return Err(FraudProofError::TooLarge { found: bytes.len() });
    }
    let message = proto::FraudProof::decode(Bytes::copy_from_slice(bytes))?;
    if message.format != FORMAT {
        let found = message.format.chars().take(80).collect();
        return Err(FraudProofError::Format { found });
    }
    let again = message.encode_to_vec();
    if again == bytes {
        return Ok(message);
    }
    let same = bytes.iter().zip(&again).take_while(|(found, expected)| found == expected);
    Err(FraudProofError::NotCanonical { offset: same.count() })
}

/// The bytes of the message.
pub(super) fn encode(message: &proto::FraudProof) -> Vec<u8> {
    message.encode_to_vec()
}

/// The hashes of a proof, side by side.
pub(super) fn hashes(part: &'static str, bytes: &[u8]) -> Result<Vec<Digest>, FraudProofError> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() {
        let found = rest.len();
        let cause = crate::encoding::EncodingError::LeftOver { found };
        return Err(FraudProofError::Encoding { part, cause });
    }
    if hashes.len() > PROOF_HASHES_MAX {
        return Err(FraudProofError::TooMany { what: part, limit: PROOF_HASHES_MAX });
    }
    Ok(hashes.iter().copied().map(Digest::new).collect())
}

/// Writes hashes side by side.
pub(super) fn put_hashes(hashes: &[Digest]) -> Bytes {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<u8>>().into()
}

/// The handovers, each behind its length.
pub(super) fn handovers(bytes: &[u8]) -> Result<Vec<&[u8]>, FraudProofError> {
    let part = "handovers";
    let mut reader = Reader::new(bytes);
    let mut handovers = Vec::new();
    while !reader.is_empty() {
        if handovers.len() == HANDOVERS_MAX {
            return Err(FraudProofError::TooMany { what: part, limit: HANDOVERS_MAX });
        }
        let handover = reader.bytes_u32("handover");
        handovers.push(handover.map_err(|cause| FraudProofError::Encoding { part, cause })?);
    }
    Ok(handovers)
}

/// Writes handovers, each behind its length.
pub(super) fn put_handovers<'a>(handovers: impl IntoIterator<Item = &'a [u8]>) -> Bytes {
    let mut writer = Writer::default();
    for handover in handovers {
        writer.bytes_u32(handover);
    }
    writer.into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::fraud_proof::Claim;

    fn example() -> proto::FraudProof {
        let claim = proto::TwoCheckpoints { older: "a".to_owned(), ..Default::default() };
        proto::FraudProof {
            format: FORMAT.to_owned(),
            handovers: put_handovers([&b"one"[..], b"two"]),
            claim: Some(Claim::TwoCheckpoints(claim)),
        }
    }

    #[test]
    fn a_message_reads_back_and_has_one_form() {
        let bytes = encode(&example());
        assert_eq!(decode(&bytes), Ok(example()));
        assert_eq!(handovers(&example().handovers), Ok(vec![&b"one"[..], b"two"]));
        // An unknown field, a default written out, a second claim of the same or another kind.
        for extra in [&[0x62, 1, 0][..], &[0x12, 0], &[0x1a, 0], &[0x22, 0]] {
            let error = decode(&[&bytes[..], extra].concat()).unwrap_err();
            assert!(matches!(error, FraudProofError::NotCanonical { .. }), "{extra:?}: {error}");
        }
        // The same fields in another order say the same, in another way.
        let format_last = [&bytes[24..], &bytes[..24]].concat();
        assert_eq!(proto::FraudProof::decode(&format_last[..]).unwrap(), example());
        assert_eq!(decode(&format_last), Err(FraudProofError::NotCanonical { offset: 0 }));
    }

    #[test]
    fn what_is_beyond_a_limit_or_cut_short_is_refused() {
        let found = FRAUD_PROOF_BYTES_MAX + 1;
        assert_eq!(decode(&vec![0; found]), Err(FraudProofError::TooLarge { found }));
        let many = vec![0; 32 * (PROOF_HASHES_MAX + 1)];
        assert_eq!(hashes("hashes", &many[32..]).map(|hashes| hashes.len()), Ok(PROOF_HASHES_MAX));
        let error = hashes("hashes", &many).unwrap_err();
        assert_eq!(error, FraudProofError::TooMany { what: "hashes", limit: PROOF_HASHES_MAX });
        assert!(matches!(hashes("hashes", &many[1..]), Err(FraudProofError::Encoding { .. })));
        let many = vec![0; 4 * (HANDOVERS_MAX + 1)];
        let error = handovers(&many).unwrap_err();
        assert_eq!(error, FraudProofError::TooMany { what: "handovers", limit: HANDOVERS_MAX });
        assert!(matches!(handovers(&[0, 0, 0, 9, 1]), Err(FraudProofError::Encoding { .. })));
        let other = proto::FraudProof {
            format: "probant fraud proof v2".to_owned(),
            claim: None,
            ..example()
        };
        assert!(matches!(decode(&encode(&other)), Err(FraudProofError::Format { .. })));
    }
}
