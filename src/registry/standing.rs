//! What can be said of an accreditation or a notification for one question.

/// Whether an accreditation or a notification carries what is asked of it, and if not, why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It does.
    InForce,
    /// It is in force, but not for this.
    OutOfScope,
    /// It has not begun.
    NotYet,
    /// It is suspended.
    Suspended,
    /// Its last day has passed.
    Expired,
    /// It was withdrawn.
    Withdrawn,
}
