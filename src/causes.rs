//! An error in one line, for a log or for somebody who reads it. Knows no error in particular.

/// An error with its causes, each behind a colon.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
