//! The document about all types of attestations, from the types themselves and one example each.
//! `docs/attestations.md` is generated from it.

mod facts;
mod members;
mod document;

pub use document::catalogue;
