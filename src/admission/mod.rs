//! What the ledger lets in: the rules that a statement has to meet before it becomes an entry.
//! Knows nothing of storage and of the order in which statements come; what a rule set or a
//! verdict's body says is judged above, through [`Examiner`].
//!
//! conformity.md, sections 1.3, 2 and 7, and the rulings of section 12.

mod refusal;
mod candidate;
mod records;
mod context;
mod check;
mod admitted;
mod names;
mod numbers;
mod standing;
mod status;
mod citations;
mod targets;
mod status_change;
mod measures;
mod replacement;
mod erasure;
mod products;
mod evidence;
mod platform;
mod quota;
mod admit;

pub use admit::{AdmissionError, admit};
pub use admitted::Admitted;
pub use candidate::{Candidate, id_scope};
pub use context::{Context, Examiner};
pub use erasure::may_have_erased;
pub use records::Records;
pub use refusal::{Refusal, RefusalFinding};
