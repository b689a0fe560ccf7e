//! A statement that asks to be let in, after every check that needs nothing of the ledger.

use crate::admission::refusal::{Refusal, RefusalFinding, Step};
use crate::attestation::{Header, KeyRecord, Signers, Statement};
use crate::envelope::{Envelope, EnvelopeError, StatementDigest, VerifiedEnvelope};
use crate::key::{KeyId, PublicKey};
use crate::reason::Reason;

/// An envelope whose signatures verify and whose payload is a statement that keeps to the rules of
/// its type. Not shown: that the ledger takes it.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a candidate is not yet let in"]
pub struct Candidate {
    envelope: VerifiedEnvelope,
    statement: Statement,
    /// Strictly ascending.
    signers: Vec<KeyId>,
}

impl Candidate {
    /// Reads and verifies an envelope. `key_of` gives the keys that the ledger knows; those that
    /// the statement itself adds are taken from it, and have to sign to show that somebody has
    /// them.
    ///
    /// A key that was not known yet, but is registered by an attestation still on its way, is
    /// refused as unknown: try again after that one.
    pub fn parse(
        envelope: Envelope,
        key_of: impl Fn(&KeyId) -> Option<PublicKey>,
    ) -> Result<Self, Refusal> {
        let statement = Statement::parse(envelope.payload());
        let own_keys = statement.as_ref().map(keys_within).unwrap_or_default();
        let own_key_of = |keyid: &KeyId| {
            own_keys.iter().find(|key| key.keyid == *keyid).map(|key| key.public_key)
        };
        let verified = envelope.verify(|keyid| key_of(keyid).or_else(|| own_key_of(keyid)));
        match (verified, statement) {
            (Ok(envelope), Ok(statement)) => {
                let signers = envelope.signers().copied().collect();
                Ok(Self { envelope, statement, signers })
            }
            (verified, statement) => {
                let mut findings: Vec<(Step, RefusalFinding)> = Vec::new();
                findings.extend(verified.err().map(|error| envelope_finding(&error)));
                findings.extend(statement.err().map(|error| RefusalFinding::of_statement(&error)));
                let malformed = RefusalFinding::new(Reason::StatementInvalid, None, "malformed");
                Err(Refusal::of(findings).unwrap_or_else(|| Refusal::single(malformed)))
            }
        }
    }

    /// The envelope.
    pub const fn envelope(&self) -> &VerifiedEnvelope {
        &self.envelope
    }

    /// What it says.
    pub const fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The name of the statement.
    pub const fn digest(&self) -> StatementDigest {
        self.envelope.statement_digest()
    }

    /// The keys that signed, ascending.
    pub fn signers(&self) -> &[KeyId] {
        &self.signers
    }
}

/// Within what `header.id` is unique: the operator that signs, or the key that an act of registrars
/// is named by (ruling 8).
pub fn id_scope(header: &Header) -> String {
    match header.signer() {
        Some(signer) => signer.as_str().to_owned(),
        None => header.issuer.operator.to_string(),
    }
}

fn keys_within(statement: &Statement) -> Vec<KeyRecord> {
    match statement.predicate().signers() {
        Signers::Issuer | Signers::Parties(_) => Vec::new(),
        Signers::Registrars(act) => act.adds,
        Signers::NewKey { key, .. } | Signers::OwnKey { key } => vec![key],
    }
}

fn envelope_finding(error: &EnvelopeError) -> (Step, RefusalFinding) {
    let message = error.to_string();
    match error {
        EnvelopeError::UnknownKey { .. } => {
            (Step::Issuer, RefusalFinding::new(Reason::IssuerUnknown, None, message))
        }
        _ => (Step::Signature, RefusalFinding::new(Reason::SignatureInvalid, None, message)),
    }
}
