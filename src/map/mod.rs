//! The subject map and the subject chains: which entries concern a key, all of them. Knows nothing
//! of what a key stands for, nor which log entry commits to a root.
//!
//! formats.md, sections 1, 4 and 6.

mod hashing;
mod chain;
mod tree;
mod subject_map;
mod proof;
mod partial;

pub use chain::{ChainHead, chain_start, chain_step};
pub use hashing::{MapKey, Row, map_leaf, map_node};
pub use partial::PartialMap;
pub use proof::{DEPTH_MAX, Lookup, MapProof, MapProofError, Terminal};
pub use subject_map::{RowsError, SubjectMap};
