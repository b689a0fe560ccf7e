//! The export: a directory with all files of a log. It is the backup, the mirror and what an audit
//! reads. Knows nothing of how a ledger keeps them.
//!
//! formats.md, section 8.

mod error;
mod directory;
mod writer;
mod bundles;
mod tiles;
mod keys;
mod demands;
mod payloads;
mod copying;
mod mirror;
mod copy_error;
mod rows;
mod copy;
mod backup;

pub use backup::{BackupSource, VisitRow, back_up};
pub use copy::{LogCopy, Manifest};
pub use copy_error::CopyError;
pub use demands::Demands;
pub use directory::DirSource;
pub use error::ExportError;
pub(crate) use keys::follow_log_keys;
pub use mirror::{Erased, Mirror, MirrorOptions, Mirrored, mirror};
pub use rows::RowReader;
pub use writer::{DirWriter, Readers};
