//! Rule sets: what must be provable before a product is listed, as typed data read from TOML.
//!
//! Reading a rule set checks all of it: an unknown member, check or type is an error with its line,
//! so that evaluation is total. The language is that of `conformity.md`, section 5.

mod error;
mod check;
mod condition;
mod category;
mod rule;
mod model;
mod codes;
mod form;
mod words;
mod head;
mod negative_row;
mod row;
mod read;
mod mistakes;

pub use category::{Categories, Prohibited};
pub use check::{Check, Ground, catalogue};
pub use codes::GENERAL_CODES;
pub use condition::{
    AllOf, AnyOf, AttributeSource, CapacityAbove, ClassIn, Condition, FlagIs, VoltageIn,
};
pub use error::{RuleSetError, RuleSetFault};
pub use mistakes::{line_of_head, line_of_rule, mistakes};
pub use model::{CalledAct, POLICY_BYTES_MAX, RuleSet};
pub use row::assurance_max;
pub use rule::{
    Adverse, Alternative, EvidenceRule, LabAccreditation, MandateParty, Negative, Per, Register,
    Requirement, Severity,
};
