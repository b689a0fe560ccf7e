//! A submitter's receipt beside a dossier: whether the entry of the one is where the other has to
//! have it.

use crate::dossier::{Chain, VerifiedDossier};
use crate::entry::{Body, Entry, EntryError};
use crate::fraud::error::FraudProofError;
use crate::fraud::omission::{self, ShownChain};
use crate::fraud::proof::FraudProof;
use crate::fraud::{checkpoints, shown};
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::log_key::LogKeys;
use crate::merkle::EntryIndex;
use crate::note::{ProvenEntry, TlogProof, TlogProofError, VerifiedCheckpoint};
use crate::proto;
use crate::proto::fraud_proof::Claim;

/// A receipt beside a dossier.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a dossier without the receipt's entry is evidence"]
pub enum Comparison {
    /// Every chain of the dossier in which the entry has to stand holds it.
    Agrees {
        /// Where the entry stands.
        index: EntryIndex,
        /// How many chains that are, at least one.
        chains: usize,
    },
    /// The dossier has no chain that the entry lists.
    NoChain {
        /// Where the entry stands.
        index: EntryIndex,
    },
    /// The dossier's log ends before the entry.
    Later {
        /// Where the entry stands.
        index: EntryIndex,
    },
    /// They contradict each other, and here is the evidence.
    Fraud(Box<FraudProof>),
}

/// Why a receipt can't be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// The file is no receipt of this log, or shows nothing.
    #[error(transparent)]
    Receipt(#[from] TlogProofError),
    /// What it shows is no entry.
    #[error("entry")]
    Entry(#[from] EntryError),
    /// What it shows lists no key.
    #[error("entry {index} is no attestation")]
    Kind {
        /// Where it stands.
        index: EntryIndex,
    },
    /// They contradict each other, and no evidence could be made of it.
    #[error("evidence could not be made")]
    Evidence(#[from] FraudProofError),
}

/// Compares a receipt with a dossier. `keys` are the log's as far as the reader knows them.
pub fn compare(
    receipt: &TlogProof,
    dossier: &VerifiedDossier,
    genesis: &Genesis,
    keys: &LogKeys,
) -> Result<Comparison, CompareError> {
    // Whoever knows of more handovers verifies more.
    let of_dossier = dossier.log_keys();
    let keys =
        if keys.handovers().len() > of_dossier.handovers().len() { keys } else { of_dossier };
    let signed =
        keys.verify_note(receipt.checkpoint.clone()).map_err(TlogProofError::Checkpoint)?;
    let proven = receipt.clone().verify(signed.log())?;
    let index = proven.included().index();
    let entry = Entry::decode(proven.entry())?;
    let Body::Attestation { keys: listed, .. } = entry.body() else {
        return Err(CompareError::Kind { index });
    };
    let held = Held { receipt, proven: &proven, dossier };
    if let Some(claim) = held.other_history() {
        return held.prove(claim, genesis, keys);
    }
    let seal = dossier.checkpoint().checkpoint().size().last().unwrap_or_default();
    if index >= seal {
        return Ok(Comparison::Later { index });
    }
    let container = dossier.container();
    let called_for =
        container.chains().iter().filter(|chain| listed.binary_search(&chain.key()).is_ok());
    let mut chains = 0;
    for chain in called_for {
        let items: Vec<(EntryIndex, Digest)> =
            container.entries_of(chain).map(|entry| (entry.index, entry.leaf)).collect();
        if !items.contains(&(index, proven.included().leaf())) {
            return held.prove(held.left_out(chain, &items), genesis, keys);
        }
        chains += 1;
    }
    Ok(if chains == 0 {
        Comparison::NoChain { index }
    } else {
        Comparison::Agrees { index, chains }
    })
}

/// A receipt that holds, and a dossier that does.
struct Held<'a> {
    receipt: &'a TlogProof,
    proven: &'a ProvenEntry,
    dossier: &'a VerifiedDossier,
}

impl Held<'_> {
    /// The claim that they are of two histories, where that shows without a consistency proof.
    fn other_history(&self) -> Option<Claim> {
        let (own, others) = (self.proven.checkpoint(), self.dossier.checkpoint().checkpoint());
        if own.size() == others.size() && own.root() != others.root() {
            return Some(Claim::TwoCheckpoints(checkpoints::claim(own, others, None)));
        }
        let included = self.proven.included();
        let container = self.dossier.container();
        let other = container.entries().iter().find(|entry| entry.index == included.index())?;
        if other.leaf == included.leaf() {
            return None;
        }
        let second =
            shown::show(others, other.index, &other.entry.encode(), &container.inclusion(other));
        Some(Claim::TwoEntries(proto::TwoEntries {
            first: Some(self.shown()),
            second: Some(second),
        }))
    }

    /// The claim that the dossier's chain leaves the entry out.
    fn left_out(&self, chain: &Chain, items: &[(EntryIndex, Digest)]) -> Claim {
        let container = self.dossier.container();
        let seal_inclusion = container.seal_proof();
        Claim::LeftOut(omission::claim(
            self.shown(),
            &ShownChain {
                checkpoint: self.dossier.checkpoint().checkpoint(),
                seal: container.seal_bytes(),
                seal_inclusion: &seal_inclusion,
                uri: &chain.uri,
                class: chain.class,
                map_proof: chain.map_proof_bytes(),
                chain: items,
            },
        ))
    }

    fn shown(&self) -> proto::ShownEntry {
        let index = self.proven.included().index();
        shown::show(self.proven.checkpoint(), index, self.proven.entry(), &self.receipt.proof)
    }

    fn prove(
        &self,
        claim: Claim,
        genesis: &Genesis,
        keys: &LogKeys,
    ) -> Result<Comparison, CompareError> {
        let sizes = [self.proven.checkpoint(), self.dossier.checkpoint().checkpoint()];
        let size = sizes.map(VerifiedCheckpoint::size).into_iter().max();
        let proof = FraudProof::make(claim, genesis, keys, size.unwrap_or_default())?;
        Ok(Comparison::Fraud(Box::new(proof)))
    }
}
