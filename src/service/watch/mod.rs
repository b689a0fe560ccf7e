//! Telling clients when what they watch is answered otherwise.
//!
//! A stream goes in rounds: whatever came in since the last one marks the watches that it concerns, by
//! the chains that they have looked up; some of those that are marked are then looked at under the
//! newest checkpoint, as many as there are places for what is to be told. So a client that does not
//! read gets no work done, and takes no memory beyond its watches.

mod published;
mod look;
mod book;
mod round;
mod stream;

pub(super) use published::Published;
