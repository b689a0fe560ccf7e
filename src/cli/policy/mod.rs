//! `probant policy`: rule sets for those who write, choose and defend them.

mod named;
mod summary;
mod list;
mod show;
mod check;
mod test;
mod statement;
mod command;

pub(super) use command::Policy;
pub(super) use named::find;
