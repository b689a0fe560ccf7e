//! `probant watch`: tells what changes the verdicts on products.

mod queries;
mod state;
mod event;
mod command;

pub(super) use command::Watch;
