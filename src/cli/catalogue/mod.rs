//! `probant catalogue`: asks about every product of a catalogue.

mod questions;
mod results;
mod command;

pub(super) use command::Catalogue;
