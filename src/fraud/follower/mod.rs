//! Following a log: every entry held to those before it and to what it commits to, every seal
//! computed again. What does not follow becomes evidence.
//!
//! Admission and signatures of attestations are not looked at: that is the audit's work. Only who
//! orders a payload to be erased is, and who gave them the right. A payload that is gone was not
//! compared with its entry: whoever may order its erasure can, together with the operator, have had
//! something else there under the same keys. Who read it before has compared it.

mod advance;
mod leaves;
mod keys;
mod evidence;
mod erasures;
mod trial;
mod run;
mod copy;

pub use advance::{Advance, NotServed, Unserved};
pub use copy::{Seen, SeenError, TreeCopy};
pub use run::Follower;
