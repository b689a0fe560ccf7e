//! What rule sets say of their rules, for people.

use crate::attestation::PredicateKind;
use crate::policy::explain::explanation::Supplier;
use crate::policy::ruleset::{Alternative, Check, RuleSet};
use crate::policy::set::PolicySet;
use crate::policy::texts::{Locale, Texts};
use crate::policy::verdict::VerdictBody;

/// The rule sets in which the rules of a verdict are looked up.
pub(super) struct Rules<'a> {
    applied: Option<&'a RuleSet>,
    accepted: &'a PolicySet,
}

/// What a rule set says of one of its rules.
pub(super) struct RuleTexts<'a> {
    pub(super) title: Option<&'a Texts>,
    pub(super) fix: Option<&'a Texts>,
    /// A check that stands alone, if that is all there is.
    pub(super) check: Option<Check>,
    /// The evidence that would meet it.
    pub(super) suppliers: Vec<Supplier>,
}

impl<'a> Rules<'a> {
    /// The rule set that a verdict names, and all that are accepted.
    pub(super) fn of(body: &VerdictBody, accepted: &'a PolicySet) -> Self {
        let applied = body.policy.as_ref().and_then(|policy| accepted.by_sha256(&policy.sha256));
        Self { applied: applied.map(AsRef::as_ref), accepted }
    }

    /// What is said of a rule: by the rule set of the verdict, or by one that prohibits.
    pub(super) fn texts(&self, code: &str) -> RuleTexts<'a> {
        let requirements = self.applied.map(|rules| rules.requirements.as_slice());
        let mut requirements = requirements.unwrap_or_default().iter();
        if let Some(rule) = requirements.find(|rule| rule.code == code) {
            let check = match rule.any_of.as_slice() {
                [Alternative::Check(check)] => Some(*check),
                _ => None,
            };
            let (title, fix) = (rule.title.as_ref(), rule.fix.as_ref());
            return RuleTexts { title, fix, check, suppliers: suppliers(&rule.any_of) };
        }
        let negative = self.applied.map(|rules| rules.negative.as_slice());
        if let Some(rule) = negative.unwrap_or_default().iter().find(|rule| rule.code == code) {
            let (title, fix) = (rule.title.as_ref(), rule.fix.as_ref());
            return RuleTexts { title, fix, check: None, suppliers: Vec::new() };
        }
        let mut prohibited = self.accepted.prohibited().into_iter().map(|(_, entry)| entry);
        let entry = prohibited.find(|entry| entry.code == code);
        RuleTexts {
            title: entry.and_then(|entry| entry.title.as_ref()),
            fix: entry.and_then(|entry| entry.fix.as_ref()),
            check: None,
            suppliers: Vec::new(),
        }
    }
}

fn suppliers(any_of: &[Alternative]) -> Vec<Supplier> {
    let mut suppliers: Vec<Supplier> = Vec::new();
    for alternative in any_of {
        let Alternative::Evidence(rule) = alternative else { continue };
        let roles = match rule.kind {
            // Whoever may issue one of some kind: its parties are for the rule's words to name.
            PredicateKind::Mandate if rule.by.is_empty() => &[],
            _ if rule.by.is_empty() => rule.kind.roles(),
            _ => rule.by.as_slice(),
        };
        match suppliers.iter_mut().find(|of| of.kind == rule.kind) {
            Some(of) => of.roles.extend(roles),
            None => suppliers.push(Supplier { kind: rule.kind, roles: roles.to_vec() }),
        }
    }
    for supplier in &mut suppliers {
        supplier.roles.sort_unstable();
        supplier.roles.dedup();
    }
    suppliers
}

/// What is said of a rule that holds under every rule set: what it demands, and what to do.
pub(super) fn general(code: &str, locale: Locale) -> Option<[&'static str; 2]> {
    let (en, fr) = match code {
        "POLICY" => (
            [
                "One accepted rule set is for these goods.",
                "Correct category and destinations in the offer, or name the rule set; the platform \
                 decides which rule sets it accepts.",
            ],
            [
                "Un jeu de règles accepté s'applique à ces marchandises.",
                "Corrigez la catégorie et les destinations dans l'offre, ou nommez le jeu de \
                 règles ; la plateforme décide de ceux qu'elle accepte.",
            ],
        ),
        "PRODUCT-ID" => (
            [
                "The number names a real product of a known manufacturer.",
                "Give the manufacturer's number, or ask the manufacturer to sign with the seller a \
                 product identity that binds the seller's number.",
            ],
            [
                "Le numéro désigne un produit réel d'un fabricant connu.",
                "Donnez le numéro du fabricant, ou demandez au fabricant de signer avec le vendeur \
                 une identité de produit qui y rattache le numéro du vendeur.",
            ],
        ),
        "VIEW" => (
            [
                "The state of the ledger is fresh enough for the day asked about.",
                "Ask again under the newest checkpoint of the ledger.",
            ],
            [
                "L'état du registre est assez récent pour la date demandée.",
                "Redemandez sur la base du point de contrôle le plus récent du registre.",
            ],
        ),
        _ => return None,
    };
    Some(match locale {
        Locale::En => en,
        Locale::Fr => fr,
    })
}
