//! Dossiers: the one file that carries a verdict together with everything it rests on, so that it
//! is verified offline. Knows nothing of where a ledger keeps its entries.
//!
//! formats.md, section 6.

mod container_error;
mod wire;
mod container;
mod error;
mod proofs;
mod records;
mod verify;
mod build;
mod view;

pub use build::{BuildError, EnvelopeRecord, ProofSource, build};
pub use container::{Chain, Container, TableEntry};
pub use container_error::ContainerError;
pub use error::{ChainError, DossierError, HandoverFault, RecordFault, SealError};
pub use proofs::Limits;
pub use verify::{Trust, VerifiedDossier, verify, verify_knowing};
pub use view::to_json;
pub use wire::{DOSSIER_BYTES_MAX, ENTRIES_MAX, HASHES_MAX, SUBJECTS_MAX};
