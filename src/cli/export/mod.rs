//! `probant export`: a copy of the whole log, as files.

mod server_source;
mod view_source;
mod command;

pub(super) use command::{Export, export_failure, open_to_read};
pub(super) use server_source::ServerSource;
pub(super) use view_source::ViewSource;
