//! The door: what can be checked of a submission without the ledger is checked here, by any number
//! of threads, so that the sequencer has little left to do.

use std::sync::Arc;

use crate::admission::{Candidate, Refusal};
use crate::envelope::Envelope;
use crate::key::KeyId;
use crate::ledger::own_keys::own_keys;
use crate::merkle::EntryIndex;
use crate::registry::Registry;

/// Checks submissions against the keys known at one checkpoint.
#[derive(Clone, Debug)]
pub struct Door {
    registry: Arc<Registry>,
}

/// What the sequencer takes. A key that the door did not know may be registered by an entry that is
/// under way, so such an envelope waits for its turn to be verified.
#[derive(Debug)]
pub struct Submission {
    kind: Kind,
    signer: Arc<str>,
    bytes: usize,
}

#[derive(Debug)]
enum Kind {
    Candidate(Box<Candidate>),
    Deferred(Box<Envelope>),
}

impl Door {
    pub(super) const fn new(registry: Arc<Registry>) -> Self {
        Self { registry }
    }

    /// Verifies every signature and checks everything that needs nothing but the envelope.
    pub fn check(&self, envelope: Envelope) -> Result<Submission, Refusal> {
        let bytes = envelope.payload().len();
        let keys = envelope.signatures().iter().map(|(key, _)| key);
        let unknown: Vec<&KeyId> =
            keys.filter(|key| self.registry.public_key(key).is_none()).collect();
        let own = if unknown.is_empty() { Vec::new() } else { own_keys(envelope.payload()) };
        if !unknown.iter().all(|key| own.iter().any(|(id, _)| id == *key)) {
            let kind = Kind::Deferred(Box::new(envelope));
            return Ok(Submission { kind, signer: "".into(), bytes });
        }
        let candidate = parse(envelope, &self.registry)?;
        let signer = self.signer_of(&candidate);
        Ok(Submission { kind: Kind::Candidate(Box::new(candidate)), signer, bytes })
    }

    /// Who has signed: the operator who has the key, or the key of a registrar. Whom a statement
    /// names as its issuer counts for nothing here, nor does a key that it brings with it: anybody
    /// can write down a name, and make keys.
    fn signer_of(&self, candidate: &Candidate) -> Arc<str> {
        let newest = EntryIndex::new(u64::MAX);
        let known = candidate.signers().iter().find_map(|key| self.registry.key(key, newest));
        known.map_or_else(Arc::default, |known| match known.owner.operator() {
            Some(operator) => operator.as_str().into(),
            None => known.keyid.to_string().into(),
        })
    }

    /// Checks again what was left undone because a key was not known then.
    pub fn check_again(&self, submission: Submission) -> Result<Submission, Refusal> {
        match submission.kind {
            Kind::Candidate(_) => Ok(submission),
            Kind::Deferred(envelope) => self.check(*envelope),
        }
    }
}

impl Submission {
    /// Whether its signatures are not verified yet, because a key is not known.
    pub const fn is_deferred(&self) -> bool {
        matches!(self.kind, Kind::Deferred(_))
    }

    /// Who has signed the statement; empty if that is nobody known.
    pub(super) fn signer(&self) -> Arc<str> {
        Arc::clone(&self.signer)
    }

    /// How long the payload is.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The candidate. What the door had to leave is checked now, under the keys of `registry`.
    pub(super) fn into_candidate(self, registry: &Registry) -> Result<Box<Candidate>, Refusal> {
        match self.kind {
            Kind::Candidate(candidate) => Ok(candidate),
            Kind::Deferred(envelope) => parse(*envelope, registry).map(Box::new),
        }
    }
}

fn parse(envelope: Envelope, registry: &Registry) -> Result<Candidate, Refusal> {
    // Keys that the statement brings are known to the candidate itself.
    Candidate::parse(envelope, |key| registry.public_key(key))
}
