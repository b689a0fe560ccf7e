//! The head of a rule set in TOML: its name, where and for what it is law, what it takes for granted.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::attestation::Language;
use crate::identifier::{Country, OperatorUri};
use crate::policy::assurance::Assurance;
use crate::policy::ruleset::category::Categories;
use crate::policy::ruleset::condition::Condition;
use crate::policy::ruleset::error::RuleSetFault;
use crate::policy::ruleset::words::Day;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) id: Spanned<String>,
    pub(super) version: Spanned<String>,
    pub(super) jurisdiction: Vec<Country>,
    pub(super) applies_from: Day,
    #[serde(default)]
    pub(super) categories: Categories,
    #[serde(default)]
    pub(super) not_when: Vec<Condition>,
    #[serde(default)]
    pub(super) restricted: bool,
    pub(super) assurance_min: Assurance,
    pub(super) shelf_life_hours: u32,
    pub(super) view_age_max_s: u32,
    #[serde(default)]
    pub(super) test_identifiers: bool,
    #[serde(default)]
    pub(super) connectors: Vec<OperatorUri>,
    #[serde(default)]
    pub(super) languages: BTreeMap<String, Vec<Language>>,
}

/// The languages by country.
pub(super) fn languages(
    table: BTreeMap<String, Vec<Language>>,
) -> Result<BTreeMap<Country, Vec<Language>>, RuleSetFault> {
    let read = table.into_iter().map(|(country, languages)| {
        let fault = |found: String| RuleSetFault::Toml { found: format!("languages: {found}") };
        let country: Country = country.parse().map_err(|error| fault(format!("{error}")))?;
        if languages.is_empty() {
            return Err(fault(format!("{country}: expected at least one")));
        }
        Ok((country, languages))
    });
    read.collect()
}
