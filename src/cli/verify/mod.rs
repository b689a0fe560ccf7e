//! `probant verify`: a dossier, offline, from nothing but what the reader trusts.

mod command;

pub(super) use command::Verify;
