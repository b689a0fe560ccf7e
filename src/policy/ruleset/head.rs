//! The head of a rule set in TOML: its name, where and for what it is law, what it takes for granted.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::attestation::Language;
use crate::identifier::{Country, OperatorUri};
use crate::policy::assurance::Assurance;
use crate::policy::limit::Limit;
use crate::policy::ruleset::category::Categories;
use crate::policy::ruleset::condition::Condition;
use crate::policy::ruleset::error::{Fault, RuleSetFault};
use crate::policy::ruleset::words::Day;

/// The longest time that a verdict may be used after the seal, in hours: a rule set may only be
/// stricter.
const SHELF_LIFE_HOURS_MAX: u32 = 24;

/// The `[policy]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) id: Spanned<String>,
    pub(super) version: Spanned<String>,
    pub(super) jurisdiction: Spanned<Vec<Country>>,
    pub(super) applies_from: Day,
    #[serde(default)]
    pub(super) categories: Categories,
    #[serde(default)]
    pub(super) not_when: Vec<Spanned<Condition>>,
    #[serde(default)]
    pub(super) restricted: bool,
    pub(super) assurance_min: Assurance,
    pub(super) shelf_life_hours: Spanned<u32>,
    pub(super) view_age_max_s: u32,
    #[serde(default)]
    pub(super) test_identifiers: bool,
    #[serde(default)]
    pub(super) connectors: Vec<OperatorUri>,
    #[serde(default)]
    pub(super) limits: Vec<Spanned<Limit>>,
    #[serde(default)]
    languages: BTreeMap<Spanned<String>, Vec<Language>>,
}

impl Head {
    /// Checks what the types don't show: that it can be chosen, and how long a verdict may be used.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.jurisdiction.get_ref().is_empty() {
            let fault = RuleSetFault::void("jurisdiction", "it is law nowhere");
            return Err((self.jurisdiction.span(), fault));
        }
        for condition in &self.not_when {
            let void = |reason| (condition.span(), RuleSetFault::void("not_when", reason));
            condition.get_ref().check().map_err(void)?;
        }
        if let Some(limit) = self.limits.iter().find(|limit| !limit.get_ref().is_of_rule_sets()) {
            let fault = RuleSetFault::void(limit.get_ref().name(), "verdicts say it by themselves");
            return Err((limit.span(), fault));
        }
        if !(1..=SHELF_LIFE_HOURS_MAX).contains(self.shelf_life_hours.get_ref()) {
            let fault = RuleSetFault::Hours { max: SHELF_LIFE_HOURS_MAX };
            return Err((self.shelf_life_hours.span(), fault));
        }
        Ok(())
    }

    /// The languages by country.
    pub(super) fn languages(&self) -> Result<BTreeMap<Country, Vec<Language>>, Fault> {
        let read = self.languages.iter().map(|(name, languages)| {
            let fault = |found: String| {
                (name.span(), RuleSetFault::Toml { found: format!("languages: {found}") })
            };
            let country: Country =
                name.get_ref().parse().map_err(|error| fault(format!("{error}")))?;
            if languages.is_empty() {
                return Err(fault(format!("{country}: expected at least one")));
            }
            Ok((country, languages.clone()))
        });
        read.collect()
    }
}
