//! `probant affected`: what rests on a certificate, and which listings are still up.

mod rows;
mod words;
mod command;

pub(super) use command::Affected;
