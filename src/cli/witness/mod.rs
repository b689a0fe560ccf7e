//! `probant witness`: cosigns the checkpoints of logs.

mod logs;
mod replay;
mod announce;
mod command;

pub(super) use command::Witness;
