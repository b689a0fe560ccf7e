//! Rule sets as a person names them: embedded ones by name, others as files.

use std::path::Path;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::cli::policies::RULE_SET_BYTES_MAX;
use crate::policy::RuleSet;
use crate::policy::rules;

/// The embedded rule sets, by name.
pub(super) fn embedded() -> Result<Vec<RuleSet>, Failure> {
    let texts = rules::NAMES.iter().filter_map(|name| Some((name, rules::embedded(name)?)));
    texts.map(|(name, text)| RuleSet::parse(text.as_bytes()).step(*name)).collect()
}

/// A rule set by its id, by id and version, or else out of a file.
pub(in crate::cli) fn find(name: &Path) -> Result<RuleSet, Failure> {
    let is_it = |rules: &RuleSet| {
        let (id, full) = (rules.name().id(), rules.name().to_string());
        name.to_str().is_some_and(|name| name == id || name == full)
    };
    if let Some(rules) = embedded()?.into_iter().find(is_it) {
        return Ok(rules);
    }
    if !name.exists() {
        let (name, known) = (name.display(), rules::NAMES.join(", "));
        return Err(Failure::new(format!("{name} is no file and no embedded rule set ({known})")));
    }
    let bytes = files::read(name, RULE_SET_BYTES_MAX)?;
    RuleSet::parse(&bytes).step(format!("policy {}", name.display()))
}
