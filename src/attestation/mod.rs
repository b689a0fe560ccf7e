//! Attestations: in-toto statements about products, operators and documents, with one typed
//! predicate for each kind of attestation. Knows nothing of signatures, entries or who may say what.
//!
//! Adding a type: one file under `types/`, one line in the table of `predicate.rs`.

mod values;
mod document;
mod header;
mod scope;
mod predicate;
mod plain_text;
mod statement;
mod feed;
pub mod types;

pub use document::{DocumentHead, DocumentNumber, DocumentRef};
pub use feed::{Effect, Feed, SUBJECT_KEYS_MAX};
pub use header::{
    Audience, Header, HeaderId, Issuer, IssuerUri, Reference, Relation, Role, StandardExtent,
    StandardRef, Transcription, Validity,
};
pub use predicate::{
    Predicate, PredicateError, PredicateKind, PredicateReadError, PredicateType, RegistrarAct,
    Signers, SubjectRule,
};
pub use scope::{BatchScope, ProductScope, Scope, ScopeError, TypeScope};
pub use statement::{PREDICATE_TYPE_PREFIX, STATEMENT_TYPE, Statement, StatementError};
pub use values::{
    Attribute, Decimal, Digests, Extensions, KeyRecord, Language, Module, NonEmpty, Resource, Text,
};
