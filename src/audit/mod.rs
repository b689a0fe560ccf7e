//! The audit: a whole log read again from its first byte, every rule held to it. Knows nothing of
//! where the files come from; it is given them by name.
//!
//! What it keeps in memory grows with the log: a hash for each statement and each row of the
//! subject map, and every record, because admission asks for records of any age. Tiles and bundles
//! are read one at a time. A sound log may still have observations, about platforms and about what
//! could not be looked at; findings alone make it unsound.
//!
//! formats.md, sections 4, 5 and 8; conformity.md, section 2.

mod log_file;
mod source;
mod state;
mod rule;
mod localized;
mod detail;
mod fallen;
mod fallen_text;
mod report;
mod text;
mod findings;
mod tiles;
mod bundles;
mod kept;
mod handovers;
mod question;
mod withheld;
mod verdicts;
mod shelf;
mod offers;
mod listings;
mod operators;
mod replay;
mod entries;
mod run;

pub use detail::Detail;
pub use fallen::{Cause, Ending, FallenListing, Moment, Said};
pub use localized::Quoted;
pub use log_file::{LogFile, LogFileError};
pub use report::{
    AuditReport, AuditedCheckpoint, AuditedHandover, Counts, Finding, NamedOperator, Observation,
    Place, Unproved,
};
pub use rule::{Remark, Rule};
pub use run::{AuditOptions, Audited, Progress, audit, read, run, run_knowing};
pub(crate) use shelf::Shelf;
pub(crate) use source::bundles_in_order;
pub use source::{ExpectedPaths, FILE_BYTES_MAX, LogSource, SourceError};
pub use state::{AUDIT_STATE_BYTES_MAX, AuditState, AuditStateError};
