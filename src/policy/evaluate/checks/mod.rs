//! The checks that a rule set can name, a file for each group of them.
//!
//! What each compares stands in the table of [`crate::policy::ruleset::Check`]; a failure has the
//! one code that stands there.

mod doc;
mod procedure;
mod report;
mod certificate;
mod production;
mod registration;
mod operator;
mod listing;
mod trader;
mod run;

pub(super) use listing::{is_language, shows_importer};
pub(super) use operator::signed_by;
pub(super) use run::{check_alone, check_record};
