//! `probant submit`: has envelopes recorded, and keeps the receipts.

mod source;
mod tally;
mod command;

pub(super) use command::Submit;
