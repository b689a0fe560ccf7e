//! The engine on one machine's disk: sled 0.34.7, with what it leaves open closed around it.
//!
//! What sled gives: a batch in one tree is recovered whole or not at all, because the log record
//! that opens it names the record that ends it. What it leaves open, and where it is closed:
//! - its flush pushes bytes out with `sync_file_range`, which neither empties the disk's cache nor
//!   saves the length of the file: every commit ends with our own `fdatasync` (`directory`);
//! - a page beyond a quarter of a segment goes to a file that is never synced: values are cut into
//!   pieces so that no page gets there (`rows`);
//! - a damaged record in what was written since the last start reads as the end of the log: a note
//!   of the last acknowledged commit beside sled shows the gap (`directory`);
//! - a crash while a snapshot is written leaves a half file that it would open (`directory`);
//! - damaged bytes can make it panic (`guard`).
//!
//! `docs/storage.md` has the files, the layouts and the measurements.

mod directory;
mod rows;
mod guard;
mod engine;

pub use engine::{SledOptions, SledStorage};
