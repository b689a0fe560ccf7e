//! The command line: one file a command. The only module that talks to the terminal, reads files
//! that a person named, and decides an exit status: 0 accepted, 1 rejected, 2 could not say.
//!
//! stdout is the result, stderr is talk. What `--format json` writes is in docs/cli.md.

mod failure;
mod report;
mod words;
mod bar;
mod progress;
mod waiting;
mod reading;
mod files;
mod table_file;
mod keys;
mod policies;
mod place;
mod guard;
mod unfinished;
mod handovers;
mod reader;
mod log_files;
mod verdict;
mod fraud;
mod report_file;
mod max_age;
mod question;
mod questions;
mod shutdown;
mod log_level;
mod remote;
mod init;
mod http_ports;
mod serve;
mod hand_over;
mod witness;
mod keygen;
mod attest;
mod submit;
mod import;
mod check;
mod catalogue;
mod watch;
mod simulation;
mod verify;
mod export;
mod mirror;
mod backup;
mod restore;
mod audit;
mod affected;
mod gap;
mod show;
mod policy;
mod witness_policy;
mod schema;
mod template;
mod demo;
mod arguments;

pub use arguments::run;
