//! `probant submit`: has envelopes recorded, and keeps the receipts and refusals.

mod source;
mod tally;
mod command;

pub(super) use command::Submit;
