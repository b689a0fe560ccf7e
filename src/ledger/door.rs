//! The door: what can be checked of a submission without the ledger is checked here, by any number
//! of threads, so that the sequencer has little left to do.

use std::sync::Arc;

use crate::admission::{Candidate, Refusal};
use crate::envelope::Envelope;
use crate::key::KeyId;
use crate::ledger::own_keys::own_keys;
use crate::ledger::weight::weight;
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
    /// Checked like a candidate, and to be read again when its turn has come.
    Heavy(Box<Envelope>),
}

/// How many times its text a statement may weigh while it waits; an ordinary one weighs about eleven
/// times as much. What waits is bounded by the bytes of its text, and one that is made to fill memory
/// takes a hundred times those.
const WEIGHT_PER_BYTE_MAX: usize = 16;

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
        let is_heavy = weight(envelope.payload()) / WEIGHT_PER_BYTE_MAX > bytes;
        let unread = is_heavy.then(|| Box::new(envelope.clone()));
        let candidate = parse(envelope, &self.registry)?;
        let signer = self.signer_of(&candidate);
        let kind = unread.map_or_else(|| Kind::Candidate(Box::new(candidate)), Kind::Heavy);
        Ok(Submission { kind, signer, bytes })
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
            Kind::Candidate(_) | Kind::Heavy(_) => Ok(submission),
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

    /// The candidate. What the door had to leave, or could not keep, is read and checked now, under
    /// the keys of `registry`.
    pub(super) fn into_candidate(self, registry: &Registry) -> Result<Box<Candidate>, Refusal> {
        match self.kind {
            Kind::Candidate(candidate) => Ok(candidate),
            Kind::Deferred(envelope) | Kind::Heavy(envelope) => {
                parse(*envelope, registry).map(Box::new)
            }
        }
    }
}

/// Verifies and reads an envelope, under the keys of `registry`.
pub(super) fn parse(envelope: Envelope, registry: &Registry) -> Result<Candidate, Refusal> {
    // Keys that the statement brings are known to the candidate itself.
    Candidate::parse(envelope, |key| registry.public_key(key))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::genesis::{Genesis, Registrar};
    use crate::key::{PrivateKey, Signer as _};
    use crate::note::{KeyType, VerifierKey};

    #[test]
    fn what_would_fill_memory_waits_unread() {
        let [log, registrar] = [1, 2].map(|seed| PrivateKey::from_seed([seed; 32]));
        let origin = "ledger.example/eu-1".parse().unwrap();
        let log_key = VerifierKey::new(origin, KeyType::Ed25519, *log.public_key());
        let registrars = [Registrar { name: "One".to_owned(), key: *registrar.public_key() }];
        let genesis = Genesis::new(&log_key, 1, &registrars).unwrap();
        let registry = Arc::new(Registry::new(&genesis));
        let door = Door::new(Arc::clone(&registry));

        let text = include_str!("../../tests/vectors/declaration.json");
        let statement: Value = serde_json::from_str(text).unwrap();
        let with = |extension: Value| {
            let mut statement = statement.clone();
            statement["predicate"]["extensions"] = json!({"x": extension});
            let envelope =
                Envelope::sign(statement.to_string().into_bytes(), &[&registrar]).unwrap();
            (envelope.statement_digest(), door.check(envelope).unwrap())
        };
        let texts = vec![Value::from("some words of an ordinary length"); 500];
        let (_, ordinary) = with(texts.into());
        assert!(matches!(ordinary.kind, Kind::Candidate(_)));
        let (digest, heavy) = with(vec![json!({"": 0}); 5000].into());
        assert!(matches!(heavy.kind, Kind::Heavy(_)));
        assert_eq!(heavy.signer(), ordinary.signer());
        assert!(!heavy.is_deferred());
        assert_eq!(heavy.into_candidate(&registry).unwrap().digest(), digest);
    }
}
