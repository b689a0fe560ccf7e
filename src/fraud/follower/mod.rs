//! Following a log: every entry held to those before it and to what it commits to, every seal
//! computed again. What does not follow becomes evidence.
//!
//! Admission and signatures of attestations are not looked at: that is the audit's work.

mod advance;
mod leaves;
mod keys;
mod evidence;
mod trial;
mod run;
mod copy;

pub use advance::{Advance, NotServed, Unserved};
pub use copy::{LogCopy, Seen, SeenError};
pub use run::Follower;
