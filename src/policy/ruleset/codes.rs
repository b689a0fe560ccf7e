//! The codes of rules: what findings name a rule by.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::policy::ruleset::error::{Fault, RuleSetFault};

/// The codes of rules that hold under every rule set: no rule set may use them.
pub const GENERAL_CODES: [&str; 3] = ["POLICY", "PRODUCT-ID", "VIEW"];

/// The codes that are taken. A finding names its rule by code alone.
#[derive(Default)]
pub(super) struct Codes(BTreeSet<String>);

impl Codes {
    pub(super) fn add(&mut self, code: &str, span: Range<usize>) -> Result<(), Fault> {
        let is_plain =
            |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=40).contains(&code.len()) || !code.bytes().all(is_plain) {
            let found = code.chars().take(80).collect();
            return Err((span, RuleSetFault::Code { found }));
        }
        if GENERAL_CODES.contains(&code) || !self.0.insert(code.to_owned()) {
            return Err((span, RuleSetFault::DuplicateCode { found: code.to_owned() }));
        }
        Ok(())
    }
}
