//! A witness: cosigns the checkpoints of logs that it knows, each only if it goes on from the one before
//! (c2sp.org/tlog-witness). Knows nothing of what entries say.

mod files;
mod error;
mod cosigned;
mod checkpoints;
mod guard;
mod directory;
mod keys;
mod log;
mod rejection;
mod submission;
mod witness;
mod log_list;
mod replay;
mod pace;
mod reports;
mod answer;
mod routes;

pub use directory::Directory;
pub use error::WitnessOpenError;
pub use files::{LogFiles, LogFilesError};
pub use guard::Guard;
pub use log::{Cosigner, Status, WitnessedLog};
pub use log_list::{LogListError, parse_log_list};
pub use pace::REQUESTS_PER_SECOND;
pub use rejection::Rejection;
pub use replay::{ReplayOpenError, ReplayingWitness};
pub use routes::{replay_router, router};
pub use submission::Submission;
pub use witness::Witness;
