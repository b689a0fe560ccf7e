//! A store made again out of a copy of its log: the copy is audited as a whole, held against what was
//! signed since, and written by the code that writes groups. Signs nothing that was not signed before.

mod error;
mod merged;
mod tree;
mod notes;
mod rebuild;
mod run;

pub use error::RestoreError;
pub use run::{Restorable, Restored};
