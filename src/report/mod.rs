//! Reports for people: a verified dossier or an audited log as one document in one language, to be
//! read, printed, filed and shown to a court. Knows nothing of HTML or Markdown.
//!
//! What a report says is what was verified: it is made from evidence types alone. What findings,
//! rules and limits are called stands where they are defined; here stand headings and their order.

mod line;
mod document;
mod again;
mod names;
mod signers;
mod checkpoint;
mod question;
mod findings;
mod caveats;
mod dossier;
mod coverage;
mod breaches;
mod fallen;
mod audit;

pub use again::{Again, ReadFile};
pub use audit::of_audit;
pub use caveats::{no_age_limit, outdated, rests_on_ledger};
pub use document::{Block, Card, Cell, CellKind, Document, Fact, Section, Table};
pub use dossier::of_dossier;
pub use line::{Line, is_unsafe, plain};
