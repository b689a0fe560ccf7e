//! `probant mirror`: a directory that follows a log over HTTP.

mod pass;
mod command;

pub(super) use command::Mirror;
