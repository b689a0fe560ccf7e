//! Rule sets tried out on cases: a few records, a question, and the verdict that is expected.
//!
//! Each case is a ledger of its own in memory. Its records are signed with keys made for the purpose
//! and go through admission; the question is answered by the evaluator. Nothing is simulated but the
//! names and the day. Knows no files: cases come in as bytes.

mod form;
mod case;
mod ledger;
mod run;

pub use case::{CASES_BYTES_MAX, Case, Cases, CasesError};
pub use run::{CaseResult, Said, run};
