//! `probant audit`: a whole log, read again from its first byte, offline.

mod words;
mod evidence;
mod command;

pub(super) use command::Audit;
