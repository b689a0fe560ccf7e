//! `probant submit`: has envelopes recorded, and keeps the receipts and refusals; or only asks what would
//! become of them. Statements, and rows of a table, are signed on the way.

mod source;
mod signing;
mod rows;
mod results;
mod fate;
mod tally;
mod unsettled;
mod witnessing;
mod sending;
mod dry_run;
mod command;

pub(super) use command::Submit;
