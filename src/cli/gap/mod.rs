//! `probant gap`: what evidence on a product is missing, who must supply it, and what ends soon.

mod goods;
mod facts;
mod words;
mod command;

pub(super) use command::Gap;
