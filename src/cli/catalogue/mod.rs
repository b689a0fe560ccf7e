//! `probant catalogue`: asks about every product of a catalogue.

mod results;
mod command;

pub(super) use command::Catalogue;
