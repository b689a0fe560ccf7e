//! The typed client: sends, asks, and believes nothing that it has not checked. A receipt is taken
//! only if it holds; a checkpoint only if the log key signed it and it goes on from the last one.

mod error;
mod connect;
mod receipt;
mod follow;
mod witnessed;
mod submit;
mod submit_stream;
mod try_stream;
mod check;
mod watch_error;
mod watch;
mod subject;
mod read;

pub use check::{CheckAnswer, CheckOutcome};
pub use connect::{Client, ClientOptions, TrustRoot};
pub use error::{ClientError, Refused, RefusedFinding};
pub use receipt::{ReceiptError, VerifiedReceipt};
pub use subject::{SubjectEntry, SubjectError, VerifiedSubject};
pub use submit_stream::{SubmitAnswer, SubmitAnswers};
pub use try_stream::{Foreseen, TryAnswer};
pub use watch::{WatchProof, WatchStep, Watched, WatchedAnswer};
pub use watch_error::WatchError;
