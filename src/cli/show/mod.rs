//! `probant show`: any file of the ledger, in plain words. It says what a file claims; what was
//! checked it says expressly.

mod shown;
mod statement;
mod envelope;
mod entry;
mod note;
mod receipt;
mod genesis;
mod handover;
mod dossier;
mod fraud;
mod key;
mod command;

pub(super) use command::Show;
pub(super) use genesis::read as read_genesis;
