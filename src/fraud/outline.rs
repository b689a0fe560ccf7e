//! What evidence claims, to be looked at. Nothing in it is verified.

use crate::fraud::contradiction::Kind;
use crate::fraud::error::FraudProofError;
use crate::fraud::wire;
use crate::merkle::EntryIndex;
use crate::proto::ShownEntry;
use crate::proto::fraud_proof::Claim;

/// What evidence claims. Nothing of it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The kind of evidence that it says it is.
    pub kind: Kind,
    /// The entry that it is about, if it says so.
    pub entry: Option<EntryIndex>,
    /// The checkpoints that it brings, as notes.
    pub checkpoints: Vec<String>,
    /// How many handovers of the log key it brings.
    pub handovers: usize,
}

impl Outline {
    /// Reads what evidence claims.
    pub fn read(bytes: &[u8]) -> Result<Self, FraudProofError> {
        let message = wire::decode(bytes)?;
        let handovers = wire::handovers(&message.handovers)?.len();
        let claim = message.claim.ok_or(FraudProofError::Missing { part: "claim" })?;
        let note = |of: &Option<ShownEntry>| of.as_ref().map(|of| of.checkpoint.clone());
        let index = |of: &Option<ShownEntry>| of.as_ref().map(|of| EntryIndex::new(of.index));
        let (kind, entry, checkpoints) = match &claim {
            Claim::TwoCheckpoints(of) => {
                (Kind::TwoCheckpoints, None, vec![Some(of.older.clone()), Some(of.newer.clone())])
            }
            Claim::TwoEntries(of) => {
                (Kind::TwoEntries, index(&of.first), vec![note(&of.first), note(&of.second)])
            }
            Claim::WrongSeal(of) => (Kind::WrongSeal, None, vec![Some(of.checkpoint.clone())]),
            Claim::WrongKeys(of) => (Kind::WrongKeys, index(&of.entry), vec![note(&of.entry)]),
            Claim::WrongOrder(of) => {
                (Kind::WrongOrder, index(&of.entry), vec![note(&of.before), note(&of.entry)])
            }
            Claim::LeftOut(of) => {
                let checkpoints = vec![note(&of.entry), Some(of.checkpoint.clone())];
                (Kind::LeftOut, index(&of.entry), checkpoints)
            }
        };
        let checkpoints = checkpoints.into_iter().flatten().collect();
        Ok(Self { kind, entry, checkpoints, handovers })
    }
}
