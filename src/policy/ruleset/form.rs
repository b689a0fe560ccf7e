//! The form of a rule set in TOML: where tables stand, where lists of them, and nowhere else.
//!
//! The reader behind the rows takes more forms than one for the same value: an array in place of a
//! table, with its members in order, or a table in place of a word. Other readers do not, and a
//! person would not see which member is which.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::policy::ruleset::error::{Fault, RuleSetFault};

/// Members that are tables.
const TABLES: [&str; 6] = ["policy", "categories", "languages", "title", "fix", "when"];

/// Members that are lists of tables.
const LISTS: [&str; 8] = [
    "acts_called_for",
    "prohibited",
    "negative",
    "requirement",
    "not_when",
    "any_of",
    "any",
    "all",
];

/// Checks a rule set whose members are known to have names that there are.
pub(super) fn check_form(table: &DeTable<'_>) -> Result<(), Fault> {
    table.iter().try_for_each(|(name, value)| check_member(name.get_ref(), value))
}

fn check_member(name: &str, value: &Spanned<DeValue<'_>>) -> Result<(), Fault> {
    let (is_table, is_list) = (TABLES.contains(&name), LISTS.contains(&name));
    let fault = |of: &Spanned<DeValue<'_>>, expected| {
        Err((of.span(), RuleSetFault::Form { member: name.to_owned(), expected }))
    };
    match value.get_ref() {
        DeValue::Table(table) if is_table => check_form(table),
        DeValue::Array(items) if is_list => items.iter().try_for_each(|item| {
            let DeValue::Table(table) = item.get_ref() else { return fault(item, "a table") };
            check_form(table)
        }),
        _ if is_table => fault(value, "a table"),
        _ if is_list => fault(value, "a list of tables"),
        DeValue::Table(_) => fault(value, "no table"),
        DeValue::Array(items) => {
            let is_plain = |item: &&Spanned<DeValue<'_>>| {
                !matches!(item.get_ref(), DeValue::Table(_) | DeValue::Array(_))
            };
            match items.iter().find(|item| !is_plain(item)) {
                Some(item) => fault(item, "neither tables nor lists in it"),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}
