//! `probant verify`: a dossier or evidence of fraud, offline, from nothing but what the reader trusts.

mod against;
mod evidence;
mod command;

pub(super) use command::Verify;
