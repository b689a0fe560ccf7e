//! Attestations: in-toto statements about products, operators and documents, with one typed
//! predicate for each kind of attestation. Knows nothing of signatures, entries or who may say what.
//!
//! Adding a type: one file under `types/`, one line in the table of `predicate.rs`.

mod values;
mod document;
mod role;
mod header;
mod scope;
mod predicate_type;
mod predicate;
mod plain_text;
mod statement;
mod citation;
mod feed;
mod schema;
mod catalogue;
pub mod types;

pub use catalogue::catalogue;
pub use citation::Citation;
pub use document::{DocumentHead, DocumentNumber, DocumentRef};
pub use feed::{Effect, Feed, SUBJECT_KEYS_MAX};
pub use header::{
    Audience, Header, HeaderId, Issuer, IssuerUri, Reference, Relation, StandardExtent,
    StandardRef, Transcription, Validity,
};
pub use predicate::{PREDICATE_TYPE_PREFIX, Predicate, PredicateKind, PredicateReadError};
pub use predicate_type::{PredicateError, PredicateType, RegistrarAct, Signers, SubjectRule};
pub use role::Role;
pub use schema::{object_schema, statement_schema};
pub use scope::{BatchScope, ProductScope, Scope, ScopeError, TypeScope};
pub use statement::{STATEMENT_TYPE, Statement, StatementError};
pub use values::{
    Attribute, Decimal, Digests, Extensions, KeyRecord, Language, Module, NonEmpty, Resource, Text,
};
