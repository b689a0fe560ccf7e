//! The ledger: one writer that admits, seals and signs; any number of readers, each under one
//! published checkpoint. Knows nothing of the wire, nor of what a relying party demands.
//!
//! formats.md, sections 4 to 6.

mod clock;
mod clock_fault;
mod witnesses;
mod options;
mod store_error;
mod open_error;
mod submit_error;
mod view_error;
mod chunk;
mod log_reader;
mod nodes;
mod rows;
mod tip;
mod group;
mod guard;
mod own_keys;
mod weight;
mod records;
mod signing;
mod published;
mod recovery;
mod shared;
mod door;
mod reference;
mod timekeeper;
mod receipt;
mod queue;
mod ahead;
mod examiner;
mod answers;
mod intake;
mod inbox;
mod sequencer;
mod question;
mod view;
mod files;
mod handle;
mod check;
mod dossier_source;
mod verifier;
mod refuse;
mod hand_over;

pub use check::{CheckError, Checked};
pub use clock::{Clock, SetClock, SystemClock};
pub use clock_fault::ClockFault;
pub use door::{Door, Submission};
pub use files::{Access, PayloadBytes};
pub use hand_over::HandOverError;
pub use handle::Ledger;
pub use open_error::OpenError;
pub use options::Options;
pub use question::QUESTION_BYTES_MAX;
pub use queue::ReplyFn;
pub use receipt::Receipt;
pub use store_error::StoreError;
pub use submit_error::SubmitError;
pub use verifier::{NotLogged, Verifier, VerifierError};
pub use view::{CHAIN_RECORDS_MAX, View};
pub use view_error::ViewError;
pub use witnesses::{ProveFn, Question, WitnessAlarm, WitnessError, Witnesses};
