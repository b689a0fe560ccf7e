//! What holds of every verdict and dossier, whatever the records: over random histories.
//!
//! `PROBANT_PROPERTY_CASES` sets how many histories each property is tried on (a few dozen),
//! `PROBANT_FUZZ_SEED` where the sequence starts (1).

mod story;
mod act;
mod happen;
mod change;
mod negatives;
mod unrelated;
mod bytes;
mod rule_sets;
mod dossiers;

use std::fmt;
use std::ops::Deref;

use proptest::test_runner::{Config, RngSeed};

use crate::fuzz::setting;

/// How a property is tried: on so many histories, the same ones each time.
pub(crate) fn tried(cases: u64) -> Config {
    Config {
        cases: u32::try_from(setting("PROBANT_PROPERTY_CASES", cases)).unwrap(),
        rng_seed: RngSeed::Fixed(setting("PROBANT_FUZZ_SEED", 1)),
        failure_persistence: None,
        max_shrink_iters: 500,
        ..Config::default()
    }
}

/// A fact of a history, shown in one line when a property fails.
#[derive(Clone)]
struct Line<T>(T);

impl<T: fmt::Debug> fmt::Debug for Line<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl<T> Deref for Line<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
