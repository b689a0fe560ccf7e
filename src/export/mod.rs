//! The export: a directory with all files of a log. It is the backup, the mirror and what an audit
//! reads. Knows nothing of how a ledger keeps them.
//!
//! formats.md, section 8.

mod error;
mod directory;
mod writer;
mod payloads;
mod mirror;

pub use directory::DirSource;
pub use error::ExportError;
pub use mirror::{MirrorOptions, Mirrored, mirror};
pub use writer::{DirWriter, Readers};
