//! What is said of a rule set in a list.

use serde_json::{Value, json};

use crate::identifier::{CnCode, Gpc};
use crate::policy::RuleSet;

/// Name, digest, and what it is for, for programs.
pub(super) fn value(rules: &RuleSet) -> Value {
    json!({
        "id": rules.name().id(),
        "version": rules.name().version(),
        "sha256": rules.sha256(),
        "jurisdiction": rules.jurisdiction,
        "applies_from": rules.applies_from,
        "categories": {"gpc": gpc(rules), "cn": cn(rules)},
    })
}

/// The categories, for people.
pub(super) fn categories(rules: &RuleSet) -> String {
    let gpc = gpc(rules).into_iter().map(|code| format!("GPC {code}"));
    let all: Vec<String> =
        gpc.chain(cn(rules).into_iter().map(|code| format!("CN {code}"))).collect();
    if all.is_empty() { "none: it only prohibits".to_owned() } else { all.join(", ") }
}

fn gpc(rules: &RuleSet) -> Vec<&str> {
    rules.categories.gpc.iter().map(Gpc::as_str).collect()
}

fn cn(rules: &RuleSet) -> Vec<&str> {
    rules.categories.cn.iter().map(CnCode::as_str).collect()
}
