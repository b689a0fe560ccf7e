//! How far a command has come with files that it reads and a server that answers: a bar on a terminal,
//! elsewhere a line from time to time.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::report;

/// How often a line is said where there is no bar.
const SAY_EVERY: Duration = Duration::from_secs(15);

/// How far a command has come.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    answers: u64,
    /// When the last line was said, from the beginning.
    said: Duration,
}

/// What is read, to be counted beside what is answered.
#[derive(Clone, Debug)]
pub(super) struct BytesRead(ProgressBar);

impl BytesRead {
    /// Counts bytes that were read.
    pub(super) fn add(&self, bytes: u64) {
        self.0.inc(bytes);
    }
}

impl Progress {
    /// Nothing is read yet of so many bytes; 0 if nobody knows how many there are.
    pub(super) fn begin(bytes_total: u64) -> Self {
        let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {eta} {msg}");
        let style = style.unwrap_or_else(|_cause| ProgressStyle::default_bar());
        let bar = ProgressBar::new(bytes_total).with_style(style);
        Self { bar, answers: 0, said: Duration::ZERO }
    }

    /// What counts the bytes that are read.
    pub(super) fn bytes_read(&self) -> BytesRead {
        BytesRead(self.bar.clone())
    }

    /// Counts an answer; `summary` says what all of them were.
    pub(super) fn answered(&mut self, summary: impl FnOnce() -> String) {
        self.answers += 1;
        let elapsed = self.bar.elapsed();
        if !self.bar.is_hidden() {
            let rate = rate(self.answers, elapsed);
            self.bar.set_message(format!("{} ({rate:.0}/s)", summary()));
        } else if elapsed.saturating_sub(self.said) >= SAY_EVERY {
            self.said = elapsed;
            let (read, total) = (self.bar.position(), self.bar.length().unwrap_or_default());
            report::talk(&line(read, total, self.answers, elapsed, &summary()));
        }
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// How far it is, how fast, and about how long it takes from here on.
fn line(read: u64, total: u64, answers: u64, elapsed: Duration, summary: &str) -> String {
    let rate = rate(answers, elapsed);
    let rest = total.saturating_sub(read);
    // Nobody knows how much a pipe has left, nor how long it takes before anything is read.
    let (Some(percent), Some(left)) = (
        read.saturating_mul(100).checked_div(total),
        elapsed.as_secs().saturating_mul(rest).checked_div(read),
    ) else {
        return format!("{rate:.0}/s: {summary}");
    };
    let left = match left {
        0..120 => format!("{left} s"),
        120..7200 => format!("{} min", left.div_ceil(60)),
        _ => format!("{} h", left.div_ceil(3600)),
    };
    format!("{percent}% read, {rate:.0}/s, about {left} left: {summary}")
}

/// Answers a second.
fn rate(answers: u64, elapsed: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "for the eye")]
    let answers = answers as f64;
    answers / elapsed.as_secs_f64().max(0.001)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_how_fast_and_how_long() {
        for (read, total, seconds, expected) in [
            (25, 100, 10, "25% read, 50/s, about 30 s left: x"),
            (10, 100, 60, "10% read, 8/s, about 9 min left: x"),
            (1, 1_000_000, 1, "0% read, 500/s, about 278 h left: x"),
            (100, 100, 10, "100% read, 50/s, about 0 s left: x"),
            (50, 0, 10, "50/s: x"),
            (0, 100, 10, "50/s: x"),
        ] {
            assert_eq!(line(read, total, 500, Duration::from_secs(seconds), "x"), expected);
        }
    }
}
