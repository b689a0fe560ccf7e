//! `probant submit`: has envelopes recorded, and keeps the receipts and refusals. Statements, and
//! rows of a table, are signed on the way.

mod source;
mod signing;
mod rows;
mod results;
mod tally;
mod command;

pub(super) use command::Submit;
