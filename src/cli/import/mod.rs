//! `probant import`: documents of other systems as statements, which `submit --key` signs and sends.

mod arguments;
mod evidence;
mod tally;
mod command;

pub(super) use command::Import;
