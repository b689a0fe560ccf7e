//! What a platform must do if it lists the product.

use std::collections::BTreeSet;

use super::checks::is_language;
use super::context::{Context, Subject};
use super::expand::Expanded;
use super::frame::Frame;
use super::judged::Judged;
use crate::attestation::Language;
use crate::policy::verdict::Condition;

impl Frame<'_> {
    /// Adds what follows from the identities, the measures and the batches asked about.
    pub(super) fn add_conditions(
        &self,
        context: &Context<'_>,
        expanded: &Expanded<'_>,
        judged: &mut Judged,
    ) {
        let subjects = expanded.packs.iter().chain(&expanded.to_cover);
        let identities = subjects.filter_map(Subject::identity);
        for identity in identities {
            for code in identity.of.warnings.iter().flat_map(|list| list.iter()) {
                let langs = languages(context, code);
                let condition = Condition::ShowWarning { code: code.clone(), langs };
                judged.conditions.insert(condition);
            }
        }
        let scopes: Vec<_> = judged.excluded.iter().cloned().collect();
        if !scopes.is_empty() {
            judged.conditions.insert(Condition::ExcludeScopes { scopes });
        }
        let products = self.query.products.iter();
        let batches: BTreeSet<_> =
            products.filter_map(|product| product.qualifiers().lot.clone()).collect();
        if !batches.is_empty() {
            let batches = batches.into_iter().collect();
            judged.conditions.insert(Condition::BatchesOnly { batches });
        }
    }
}

/// One language for each destination: one in which the offer shows the warning, or else the first
/// that the rule set knows.
fn languages(context: &Context<'_>, code: &str) -> Vec<Language> {
    let mut languages = BTreeSet::new();
    for country in context.query.countries() {
        let Some(known) = context.rules.languages.get(&country) else { continue };
        let shown = context.query.offer.warnings.iter().filter(|warning| warning.code == code);
        let mut shown = shown.map(|warning| &warning.lang);
        let is_known = |lang: &&Language| known.iter().any(|of| is_language(lang, of));
        languages.extend(shown.find(is_known).or_else(|| known.first()).cloned());
    }
    languages.into_iter().collect()
}
