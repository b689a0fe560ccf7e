//! How far a long command has come; shown on a terminal only.

use indicatif::{ProgressBar, ProgressStyle};

use crate::audit::Progress;

/// A bar over the entries of a log.
#[derive(Debug)]
pub(super) struct EntryBar(ProgressBar);

impl EntryBar {
    /// A bar that does not know its length yet.
    pub(super) fn new() -> Self {
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} entries {eta}");
        Self(ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    /// Moves on.
    pub(super) fn set(&mut self, progress: Progress) {
        self.0.set_length(progress.size.get());
        self.0.set_position(progress.entries);
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
