//! Why a statement was not signed by those who may say it.

use crate::attestation::{PredicateKind, Role};
use crate::identifier::OperatorUri;
use crate::key::KeyId;
use crate::merkle::EntryIndex;
use crate::reason::Reason;
use crate::registry::key_history::KeyEndKind;
use crate::time::Date;

/// One thing that is wrong with who signed a statement, or as what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// A party has not signed.
    #[error("a signature of {operator} is missing")]
    SignatureMissing {
        /// The party.
        operator: OperatorUri,
    },
    /// A key that the statement adds, or that must speak for itself, has not signed.
    #[error("a signature of key {key} is missing")]
    KeyMissing {
        /// The key.
        key: KeyId,
    },
    /// Too few registrars.
    #[error("signed by {found} registrars, expected at least {expected}")]
    Quorum {
        /// How many are needed.
        expected: usize,
        /// How many have signed.
        found: usize,
    },
    /// A signature that the statement does not call for.
    #[error("signed by key {key}, which has no part in it")]
    Uncalled {
        /// The key.
        key: KeyId,
    },
    /// An act of registrars that is not named by the lowest of their keys.
    #[error("the act names key {found}, expected the lowest registrar key that signs, {expected}")]
    NotLowest {
        /// The lowest registrar key that signs.
        expected: KeyId,
        /// The key that the header names.
        found: KeyId,
    },
    /// A name that no operator has.
    #[error("{operator} is not registered")]
    OperatorUnknown {
        /// The name.
        operator: OperatorUri,
    },
    /// An operator named by an alias.
    #[error("{found} is an alias, expected the primary URI {expected}")]
    Alias {
        /// The primary URI.
        expected: OperatorUri,
        /// The alias.
        found: OperatorUri,
    },
    /// A key that is nobody's.
    #[error("key {key} is not registered")]
    KeyUnknown {
        /// The key.
        key: KeyId,
    },
    /// A key that ended before.
    #[error("key {key} ended with entry {index}")]
    KeyEnded {
        /// The key.
        key: KeyId,
        /// The entry.
        index: EntryIndex,
        /// How it ended.
        kind: KeyEndKind,
    },
    /// A key that was reported compromised before.
    #[error("key {key} was reported compromised by entry {notice}")]
    KeyCompromised {
        /// The key.
        key: KeyId,
        /// The entry.
        notice: EntryIndex,
    },
    /// A key whose last day has passed.
    #[error("key {key} counts until {until}")]
    KeyExpired {
        /// The key.
        key: KeyId,
        /// The last day.
        until: Date,
    },
    /// A key that may not sign this kind.
    #[error("key {key} is not for {}", kind.name())]
    KeyPurpose {
        /// The key.
        key: KeyId,
        /// The kind.
        kind: PredicateKind,
    },
    /// A key that would end another than itself.
    #[error("key {found} can't replace {expected}: a key alone ends only itself")]
    KeyOther {
        /// The key that is to end.
        expected: KeyId,
        /// The key that signs.
        found: KeyId,
    },
    /// A kind that nobody can copy for another.
    #[error("a {} is signed by its issuer and can't be transcribed", kind.name())]
    Transcription {
        /// The kind.
        kind: PredicateKind,
    },
    /// A role that the operator does not have.
    #[error("{operator} does not have the role {role} on {on}")]
    RoleNotGranted {
        /// The operator.
        operator: OperatorUri,
        /// The role.
        role: Role,
        /// The ledger's day.
        on: Date,
    },
    /// A transcriber that may act as nothing at all.
    #[error("{operator} has no role on {on}")]
    NoRole {
        /// The operator.
        operator: OperatorUri,
        /// The ledger's day.
        on: Date,
    },
    /// A role that is limited, and not to this.
    #[error(
        "the role {role} of {operator} does not cover the acts, modules, products or countries"
    )]
    OutsideGrant {
        /// The operator.
        operator: OperatorUri,
        /// The role.
        role: Role,
    },
}

impl AuthorityError {
    /// The code under which a statement is refused for it.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::SignatureMissing { .. } | Self::KeyMissing { .. } | Self::Quorum { .. } => {
                Reason::SignatureMissing
            }
            Self::Uncalled { .. } => Reason::SignerUnexpected,
            Self::NotLowest { .. } | Self::Alias { .. } => Reason::IdentifierInvalid,
            Self::OperatorUnknown { .. } | Self::KeyUnknown { .. } => Reason::IssuerUnknown,
            Self::KeyEnded { .. } => Reason::KeyRevoked,
            Self::KeyCompromised { .. } => Reason::KeyCompromised,
            Self::KeyExpired { .. }
            | Self::KeyPurpose { .. }
            | Self::Transcription { .. }
            | Self::RoleNotGranted { .. }
            | Self::NoRole { .. } => Reason::IssuerNotAuthorised,
            Self::KeyOther { .. } => Reason::ChangeNotPermitted,
            Self::OutsideGrant { .. } => Reason::IssuerScopeMismatch,
        }
    }

    /// The member of the predicate that is concerned; `None` if it is the envelope.
    pub const fn member(&self) -> Option<&'static str> {
        match self {
            Self::NotLowest { .. } | Self::OperatorUnknown { .. } | Self::Alias { .. } => {
                Some("header.issuer.operator")
            }
            Self::RoleNotGranted { .. } => Some("header.issuer.role"),
            Self::Transcription { .. } => Some("header.transcription"),
            Self::NoRole { .. } => Some("header.transcription.by"),
            Self::OutsideGrant { .. } => Some("header.legislation"),
            Self::KeyOther { .. } => Some("replaces"),
            _ => None,
        }
    }

    /// Where it stands in the order of checks: signatures, issuer and keys, role.
    pub(super) const fn step(&self) -> u8 {
        match self {
            Self::SignatureMissing { .. }
            | Self::KeyMissing { .. }
            | Self::Quorum { .. }
            | Self::Uncalled { .. } => 0,
            Self::Transcription { .. }
            | Self::RoleNotGranted { .. }
            | Self::NoRole { .. }
            | Self::OutsideGrant { .. } => 2,
            _ => 1,
        }
    }
}

/// All that is wrong with who signed a statement, in the order of the checks; at least one thing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.first_message())]
pub struct Unauthorised {
    errors: Vec<AuthorityError>,
}

impl Unauthorised {
    /// `None` if nothing is wrong.
    pub(super) fn of(mut errors: Vec<AuthorityError>) -> Option<Self> {
        errors.sort_by_key(AuthorityError::step);
        if errors.is_empty() { None } else { Some(Self { errors }) }
    }

    /// What is wrong, in the order of the checks; at least one thing.
    pub fn errors(&self) -> &[AuthorityError] {
        &self.errors
    }

    fn first_message(&self) -> String {
        self.errors.first().map(ToString::to_string).unwrap_or_default()
    }
}
