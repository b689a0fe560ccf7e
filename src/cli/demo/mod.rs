//! `probant demo`: three stories, start to finish, each on a ledger of its own.

#![expect(
    clippy::indexing_slicing,
    reason = "members of JSON that the stories write themselves; nothing from outside is indexed"
)]

mod cast;
mod keys;
mod forms;
mod plush;
mod charger;
mod tambourine;
mod rows;
mod tamper;
mod stage;
mod records;
mod expected;
mod answer;
mod cases;
mod command;

pub(super) use command::Demo;
