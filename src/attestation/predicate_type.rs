//! What each type of predicate has to tell about itself, and in which words.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::attestation::document::DocumentRef;
use crate::attestation::feed::Effect;
use crate::attestation::role::Role;
use crate::attestation::scope::{Scope, ScopeError};
use crate::attestation::values::KeyRecord;
use crate::envelope::StatementDigest;
use crate::identifier::{OperatorUri, SubjectUri};

/// What a predicate type tells about itself. Adding a type is implementing this in a file of its
/// own, for a struct that has a `header: Header` and derives its JSON Schema, and one line in the
/// table of predicates.
pub trait PredicateType: DeserializeOwned + Serialize + JsonSchema {
    /// Whether the statement is a document: `header.document` is required.
    const IS_DOCUMENT: bool = false;
    /// Whether `header.validity` is required.
    const HAS_VALIDITY: bool = false;
    /// Whether it is a trust record: `header.ledger` is required.
    const IS_TRUST_RECORD: bool = false;
    /// Whether the payload may be kept from the public.
    const MAY_BE_WITHHELD: bool = false;
    /// Whether its batches may be an authority's prose.
    const MAY_BE_TEXT: bool = false;
    /// The roles in which its issuer may speak.
    const ROLES: &'static [Role];

    /// Its scope, where it has one.
    fn scope(&self) -> Option<&Scope> {
        None
    }

    /// What its `subject` has to list: what follows from its scope, unless the type says otherwise.
    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        let subjects = self.scope().map(Scope::subjects).transpose()?;
        Ok(SubjectRule::Exactly(subjects.unwrap_or_default()))
    }

    /// Whose signatures it needs.
    fn signers(&self) -> Signers {
        Signers::Issuer
    }

    /// Documents that it targets, operators and keys whose standing it changes: chains that it feeds
    /// besides those of its subjects and its own document.
    fn feeds_besides(&self) -> Vec<SubjectUri> {
        Vec::new()
    }

    /// How it can move a verdict.
    fn effect(&self) -> Effect {
        Effect::Supports
    }

    /// The rules of its type that need nothing but the predicate.
    fn check(&self) -> Result<(), PredicateError> {
        Ok(())
    }
}

/// What a statement's `subject` has to list, as a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectRule {
    /// Exactly these.
    Exactly(Vec<SubjectUri>),
    /// Exactly the subjects of another statement, and these.
    OfStatement {
        /// The other statement.
        target: StatementDigest,
        /// Subjects that it adds.
        and: Vec<SubjectUri>,
    },
    /// Exactly the subjects of every record of a document; if there is none, the document's own URI.
    OfDocument {
        /// The document.
        document: DocumentRef,
    },
    /// Exactly every registrar key in force before or after, and these.
    RegistrarsAnd(Vec<SubjectUri>),
}

/// Whose signatures a statement needs: these and no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signers {
    /// The issuer; with a transcription, the transcriber instead.
    Issuer,
    /// Each of these operators, the issuer among them.
    Parties(Vec<OperatorUri>),
    /// Keys.
    Registrars(RegistrarAct),
    /// Either an old key of the operator, the new key and one registrar; or registrars and the new
    /// key.
    NewKey {
        /// Whose key it is.
        operator: OperatorUri,
        /// The new key.
        key: KeyRecord,
    },
    /// Either the key itself; or registrars.
    OwnKey {
        /// The key.
        key: KeyRecord,
    },
}

/// An act of registrars: signed by at least the quorum in force, by each key that it adds, and by
/// nobody else.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RegistrarAct {
    /// The keys that it adds.
    pub adds: Vec<KeyRecord>,
}

/// Why a predicate is refused, whatever the ledger holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PredicateError {
    /// A member that the type requires is not there.
    #[error("{member} is missing: a {kind} needs it")]
    Missing {
        /// Path of the member.
        member: &'static str,
        /// Name of the predicate type.
        kind: &'static str,
    },
    /// A member that the type does not allow, or not with this value.
    #[error("{member}: {reason}")]
    Invalid {
        /// Path of the member.
        member: &'static str,
        /// What was found and expected.
        reason: String,
    },
    /// A role that may not issue the type.
    #[error("header.issuer.role: a {kind} is not issued by a {role}")]
    Role {
        /// The role.
        role: Role,
        /// Name of the predicate type.
        kind: &'static str,
    },
    /// The scope has no subjects.
    #[error("scope: {0}")]
    Scope(#[from] ScopeError),
}

impl PredicateError {
    /// A member that the type does not allow with this value.
    pub fn invalid(member: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid { member, reason: reason.into() }
    }
}
