//! Evidence that holds.

use crate::fraud::contradiction::{Contradiction, Kind};
use crate::fraud::error::FraudProofError;
use crate::fraud::{checkpoints, keys, omission, order, seal, wire};
use crate::genesis::Genesis;
use crate::log_key::{LogKeys, VerifiedHandover};
use crate::merkle::{EntryIndex, TreeSize};
use crate::note::VerifiedCheckpoint;
use crate::proto;
use crate::proto::fraud_proof::Claim;

/// Evidence that holds: whoever has the key of this log signed what cannot all be true. Not shown:
/// who that is, when it was signed, or what for.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "evidence that nobody looks at proves nothing to anyone"]
pub struct FraudProof {
    bytes: Vec<u8>,
    keys: LogKeys,
    proven: Proven,
}

/// What a claim turns out to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proven {
    /// The signed checkpoints that it rests on.
    pub(super) checkpoints: Vec<VerifiedCheckpoint>,
    pub(super) contradiction: Contradiction,
}

/// Whether a file says that it is such evidence. Nothing else about it is looked at.
pub fn is_fraud_proof(bytes: &[u8]) -> bool {
    // Field 1, length-delimited, and its length.
    let format = bytes.strip_prefix(&[0x0a, 22]);
    format.is_some_and(|format| format.starts_with(wire::FORMAT.as_bytes()))
}

impl FraudProof {
    /// Verifies evidence against the operator of the ledger of this genesis document.
    pub fn verify(bytes: &[u8], genesis: &Genesis) -> Result<Self, FraudProofError> {
        Self::verify_knowing(bytes, genesis, &LogKeys::new(genesis))
    }

    /// The same for a reader who knows that the log was handed over: what a key signed after its time
    /// then proves nothing against the log.
    pub fn verify_knowing(
        bytes: &[u8],
        genesis: &Genesis,
        known: &LogKeys,
    ) -> Result<Self, FraudProofError> {
        let message = wire::decode(bytes)?;
        let mut keys = LogKeys::new(genesis);
        let handovers = wire::handovers(&message.handovers)?;
        for (number, handover) in (1..).zip(&handovers) {
            let followed = keys.follow(handover);
            let _handover =
                followed.map_err(|cause| FraudProofError::Handover { number, cause })?;
        }
        let claim = message.claim.as_ref().ok_or(FraudProofError::Missing { part: "claim" })?;
        let proven = match claim {
            Claim::TwoCheckpoints(claim) => checkpoints::verify(claim, &keys),
            Claim::TwoEntries(claim) => checkpoints::verify_entries(claim, &keys),
            Claim::WrongSeal(claim) => seal::verify(claim, &keys),
            Claim::WrongKeys(claim) => keys::verify(claim, &keys),
            Claim::WrongOrder(claim) => order::verify(claim, genesis, &keys),
            Claim::LeftOut(claim) => omission::verify(claim, &keys),
        }?;
        let expected = keys.called_for(largest(&proven.checkpoints)).len();
        if handovers.len() != expected {
            return Err(FraudProofError::Handovers { expected, found: handovers.len() });
        }
        // One handover has many forms: each may show other changes, and a key signs anew. What
        // counts is which key follows, and from which tree on.
        let turn =
            |of: &VerifiedHandover| (of.log_key().clone(), of.size(), of.checkpoint().root());
        let known = known.called_for(largest(&proven.checkpoints));
        for (place, known) in known.iter().enumerate() {
            if keys.handovers().get(place).is_none_or(|own| turn(own) != turn(known)) {
                return Err(FraudProofError::OtherHandover { number: known.number() });
            }
        }
        Ok(Self { bytes: bytes.to_vec(), keys, proven })
    }

    /// Writes evidence for a claim about checkpoints of at most this size, and verifies it.
    pub(super) fn make(
        claim: Claim,
        genesis: &Genesis,
        keys: &LogKeys,
        size: TreeSize,
    ) -> Result<Self, FraudProofError> {
        let handovers = keys.called_for(size).iter().map(VerifiedHandover::bytes);
        let message = proto::FraudProof {
            format: wire::FORMAT.to_owned(),
            handovers: wire::put_handovers(handovers),
            claim: Some(claim),
        };
        Self::verify(&wire::encode(&message), genesis)
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What kind of evidence it is.
    pub const fn kind(&self) -> Kind {
        self.proven.contradiction.kind()
    }

    /// What contradicts what.
    pub const fn contradiction(&self) -> &Contradiction {
        &self.proven.contradiction
    }

    /// The entry that it is about, if it is about one.
    pub const fn entry(&self) -> Option<EntryIndex> {
        self.proven.contradiction.entry()
    }

    /// The signed checkpoints that it rests on, one or two; each names the key that signed it.
    pub fn checkpoints(&self) -> &[VerifiedCheckpoint] {
        &self.proven.checkpoints
    }

    /// The log's keys, up to the one that signed the largest of them.
    pub const fn log_keys(&self) -> &LogKeys {
        &self.keys
    }
}

fn largest(checkpoints: &[VerifiedCheckpoint]) -> TreeSize {
    checkpoints.iter().map(VerifiedCheckpoint::size).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;

    #[test]
    fn evidence_is_told_from_a_dossier_by_its_first_field() {
        let format = wire::FORMAT.to_owned();
        let evidence = proto::FraudProof { format, ..proto::FraudProof::default() };
        assert!(is_fraud_proof(&evidence.encode_to_vec()));
        // No origin can be the format, for it has spaces.
        assert!(wire::FORMAT.parse::<crate::note::KeyName>().is_err());
        let origin = "ledger.example/eu-1".to_owned();
        let dossier = proto::Dossier { origin, ..proto::Dossier::default() };
        assert!(!is_fraud_proof(&dossier.encode_to_vec()));
        assert!(!is_fraud_proof(b""));
    }
}
