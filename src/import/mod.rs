//! Documents of other systems, read as statements that nobody has signed yet. Knows nothing of files
//! and keys: bytes in, statements or defects out.
//!
//! What a document says is carried over, or named in a note as left behind; what our types demand and
//! the document does not have comes from whoever imports it, and is never made up. Rules:
//! `docs/imports.md`.

mod zone;
mod defect;
mod findings;
mod node;
mod terms;
mod source;
mod reading;
mod cells;
pub mod untp;
pub mod epcis;

pub use defect::{Defect, DefectReason};
pub use findings::Note;
pub use reading::Reading;
pub use source::{SOURCE_BYTES_MAX, Source};
pub use terms::Terms;
pub use zone::{Zone, ZoneError};
