//! A verdict in words, for a compliance officer: what is missing, who can supply it, which law asks
//! for it, what to do, and what is not proved.

use std::fmt::Display;

use crate::attestation::Language;
use crate::attestation::types::VerdictWord;
use crate::identifier::Country;
use crate::policy::explain::explanation::{ExplainedFinding, Explanation, Item, Part, Section};
use crate::policy::explain::rule_texts::{Rules, general};
use crate::policy::finding::{Finding, MatchKind, Outcome};
use crate::policy::query::{GoodsLocation, NormalQuery};
use crate::policy::set::PolicySet;
use crate::policy::texts::Locale;
use crate::policy::verdict::{Condition, VerdictBody};
use crate::policy::words;

/// Puts a verdict in words. The texts of its rules come from the accepted rule sets; a rule that is
/// in none of them is named by its code.
pub fn explain(body: &VerdictBody, policies: &PolicySet, locale: Locale) -> Explanation {
    let words = Words { rules: Rules::of(body, policies), locale };
    let sections = [
        words.findings(body, Outcome::NotMet, ("Against listing", "Contre la publication")),
        words.findings(
            body,
            Outcome::Review,
            ("To be decided by a person", "À décider par une personne"),
        ),
        words.findings(body, Outcome::Warned, ("Warnings", "Avertissements")),
        words.findings(body, Outcome::NotChecked, ("Not looked at", "Non examiné")),
        words.findings(body, Outcome::Met, ("Met", "Satisfait")),
        words.conditions(body),
        words.validity(body),
        words.basis(body),
        words.limits(body),
    ];
    Explanation {
        headline: words.headline(body),
        sections: sections.into_iter().filter(|section| !section.items.is_empty()).collect(),
    }
}

/// Every finding of a verdict in words, in the order of the verdict.
pub fn explain_findings(
    body: &VerdictBody,
    policies: &PolicySet,
    locale: Locale,
) -> Vec<ExplainedFinding> {
    let words = Words { rules: Rules::of(body, policies), locale };
    body.findings.iter().map(|finding| words.finding(finding)).collect()
}

/// The texts of one verdict, in one language.
struct Words<'a> {
    rules: Rules<'a>,
    locale: Locale,
}

impl Words<'_> {
    const fn say<'t>(&self, en: &'t str, fr: &'t str) -> &'t str {
        self.locale.choose(en, fr)
    }

    /// A heading and what belongs to it.
    fn entry(&self, heading: &str, what: impl Display) -> String {
        format!("{heading}{} {what}", self.locale.colon())
    }

    fn headline(&self, body: &VerdictBody) -> String {
        let word = match (body.verdict, body.prohibited) {
            (_, true) => self.say("PROHIBITED: not listable", "INTERDIT\u{a0}: non publiable"),
            (VerdictWord::Review, _) => self
                .say("REVIEW: not listed until decided", "À EXAMINER\u{a0}: non publié d'ici là"),
            (word, _) => words::verdict(word, self.locale),
        };
        format!("{word}. {}", self.subject(&body.query))
    }

    fn subject(&self, query: &NormalQuery) -> String {
        let products: Vec<&str> = query.products.iter().map(AsRef::as_ref).collect();
        let destinations: Vec<&str> =
            query.offer.destinations.iter().map(Country::as_str).collect();
        let goods = match query.offer.goods_location {
            GoodsLocation::EuStock { placed_on_market } => format!(
                "{} {placed_on_market}",
                self.say(
                    "in EU stock, placed on the market",
                    "en stock dans l'UE, mis sur le marché"
                ),
            ),
            GoodsLocation::DirectImport {} => {
                self.say("imported directly", "en importation directe").to_owned()
            }
        };
        format!(
            "{} {}, {} {}, {} {}, {goods}, {} {}.",
            self.say("Product", "Produit"),
            products.join(", "),
            self.say("seller", "vendeur"),
            query.trader.operator,
            self.say("for", "pour"),
            destinations.join(", "),
            self.say("on", "le"),
            query.legal_at,
        )
    }

    fn findings(&self, body: &VerdictBody, outcome: Outcome, title: (&str, &str)) -> Section {
        let found = body.findings.iter().filter(|finding| finding.outcome == outcome);
        Section {
            part: Part::Findings(outcome),
            title: self.say(title.0, title.1).to_owned(),
            items: found.map(|finding| self.item(&self.finding(finding))).collect(),
        }
    }

    fn finding(&self, finding: &Finding) -> ExplainedFinding {
        let texts = self.rules.texts(&finding.requirement);
        let check = texts.check.map(|check| check.text(self.locale));
        let title = texts.title.map(|title| title.get(self.locale)).or(check);
        let general = general(&finding.requirement, self.locale);
        let title = title.or_else(|| general.map(|[title, _]| title));
        let fix = texts.fix.map(|fix| fix.get(self.locale)).or_else(|| general.map(|[_, fix]| fix));
        let is_alike = finding.r#match == Some(MatchKind::Approximate);
        let likeness = self.say(
            "Found by likeness of texts, not by identifiers.",
            "Trouvé par ressemblance de textes, non par identifiants.",
        );
        ExplainedFinding {
            rule: finding.requirement.clone(),
            title: title.map(str::to_owned),
            outcome: finding.outcome,
            reason: finding.code,
            why: finding.code.map(|code| self.say(code.english(), code.french())),
            likeness: is_alike.then_some(likeness),
            fix: fix.filter(|_| finding.outcome != Outcome::Met).map(str::to_owned),
            suppliers: texts.suppliers,
            law: finding.law.iter().map(|law| law.title(self.locale)).collect(),
        }
    }

    fn item(&self, finding: &ExplainedFinding) -> Item {
        let mut details = Vec::new();
        if let Some((why, code)) = finding.why.zip(finding.reason) {
            details.push(format!("{why} [{code}]"));
        }
        details.extend(finding.likeness.map(str::to_owned));
        let fix = finding.fix.as_ref();
        details.extend(fix.map(|fix| self.entry(self.say("To do", "À faire"), fix)));
        if finding.outcome != Outcome::Met && !finding.law.is_empty() {
            let law = finding.law.join("; ");
            details.push(self.entry(self.say("Law", "Droit"), law));
        }
        Item { text: self.heading(finding), details }
    }

    /// A title says what is demanded: without the outcome it would read as what was found.
    fn heading(&self, finding: &ExplainedFinding) -> String {
        let outcome = match finding.outcome {
            Outcome::NotMet | Outcome::Warned => self.say(", not met", ", non satisfait"),
            Outcome::Review => self.say(", in doubt", ", à vérifier"),
            Outcome::NotChecked => self.say(", not looked at", ", non examiné"),
            Outcome::Met => "",
        };
        let colon = self.locale.colon();
        match &finding.title {
            Some(title) => format!("{}{outcome}{colon} {title}", finding.rule),
            None => format!("{}{outcome}", finding.rule),
        }
    }

    fn conditions(&self, body: &VerdictBody) -> Section {
        let items = body.conditions.iter().map(|condition| {
            Item::plain(match condition {
                Condition::ShowWarning { code, langs } => {
                    let langs: Vec<&str> = langs.iter().map(Language::as_str).collect();
                    let langs = langs.join(", ");
                    let colon = self.locale.colon();
                    match self.locale {
                        Locale::En => format!("Show the warning {code} in{colon} {langs}."),
                        Locale::Fr => format!("Afficher l'avertissement {code} en{colon} {langs}."),
                    }
                }
                Condition::ExcludeScopes { scopes } => {
                    let scopes: Vec<&str> = scopes.iter().map(AsRef::as_ref).collect();
                    let say = self.say("Keep out of the offer", "Exclure de l'offre");
                    self.entry(say, format!("{}.", scopes.join(", ")))
                }
                Condition::BatchesOnly { batches } => {
                    let batches: Vec<&str> = batches.iter().map(AsRef::as_ref).collect();
                    let say = self.say("Sell these batches only", "Ne vendre que ces lots");
                    self.entry(say, format!("{}.", batches.join(", ")))
                }
            })
        });
        let title = self.say("Conditions for listing", "Conditions de publication").to_owned();
        Section { part: Part::Conditions, title, items: items.collect() }
    }

    fn validity(&self, body: &VerdictBody) -> Section {
        let again = self.say("Ask again at the latest at", "Redemander au plus tard le");
        let mut items = vec![Item::plain(format!("{again} {}.", body.recheck_after))];
        if let Some(instant) = body.valid_until {
            let en = "With the same records the verdict would change at";
            let fr = "Avec les mêmes données, le verdict changerait le";
            items.push(Item::plain(format!("{} {instant}.", self.say(en, fr))));
        }
        let title = self.say("How long it holds", "Durée de validité").to_owned();
        Section { part: Part::Validity, title, items }
    }

    fn basis(&self, body: &VerdictBody) -> Section {
        let rules = self.say("Rule set", "Jeu de règles");
        let rules = match &body.policy {
            Some(policy) => {
                format!("{rules} {}@{}, SHA-256 {}.", policy.id, policy.version, policy.sha256)
            }
            None => self.entry(rules, self.say("none applies.", "aucun ne s'applique.")),
        };
        let as_of = &body.as_of;
        let state = match self.locale {
            Locale::En => format!(
                "Ledger {}, the first {} entries, sealed {}.",
                as_of.origin,
                as_of.tree_size.get(),
                as_of.seal_time
            ),
            Locale::Fr => format!(
                "Registre {}, les {} premières entrées, scellées le {}.",
                as_of.origin,
                as_of.tree_size.get(),
                as_of.seal_time
            ),
        };
        let mut items = vec![Item::plain(rules), Item::plain(state)];
        let weakest = self.say("Weakest evidence used", "Preuve la plus faible utilisée");
        let weakest = |level| Item::plain(self.entry(weakest, format!("{level}.")));
        items.extend(body.assurance_min.map(weakest));
        let title = self.say("What it rests on", "Fondement").to_owned();
        Section { part: Part::Basis, title, items }
    }

    fn limits(&self, body: &VerdictBody) -> Section {
        let items = body.limits.iter().map(|limit| Item::plain(limit.text(self.locale).to_owned()));
        let title = self.say("What it does not prove", "Ce qu'il ne prouve pas").to_owned();
        Section { part: Part::Limits, title, items: items.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rules;
    use crate::policy::ruleset::{GENERAL_CODES, RuleSet};
    use crate::policy::verdict::Verdict;
    use crate::policy::verdict::tests::GOLDEN;

    /// The golden verdict under the embedded rules for toys, in words.
    fn explained(locale: Locale, change: impl Fn(&mut VerdictBody)) -> Explanation {
        let policies = PolicySet::embedded();
        let toys = RuleSet::parse(rules::embedded("eu-toys").unwrap().as_bytes()).unwrap();
        let mut body = Verdict::parse(GOLDEN.as_bytes()).unwrap().body().clone();
        body.policy = Some(toys.reference());
        change(&mut body);
        explain(&body, &policies, locale)
    }

    #[test]
    fn an_officer_learns_what_is_missing_and_from_whom() {
        let text = explained(Locale::En, |_body| ()).to_string();
        for line in [
            "NOT LISTABLE. Product https://id.gs1.org/01/09521000300026, \
             seller urn:lei:ZZZZ00BRICOLINTOYS09, for FR, imported directly, \
             on 2026-11-23T06:00:00Z.",
            "Against listing",
            "- TRADER-LINK, not met: The seller has a right to offer this product.",
            "  The seller is neither manufacturer nor importer nor authorised distributor of this \
             product. [TRADER_NOT_LINKED]",
            "  To do: Ask the manufacturer to sign a mandate as authorised distributor with the \
             seller, or the importer to offer the goods itself.",
            "  Law: Regulation (EU) 2022/2065, article 31",
            "To be decided by a person",
            "- Show the warning BUTTON_CELL in: de, fr.",
            "- Sell these batches only: B2607.",
            "- Ask again at the latest at 2026-11-24T06:00:00Z.",
            "- Nobody has compared the physical goods with their description.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\nis not in\n{text}");
        }
    }

    #[test]
    fn french_says_the_same() {
        let [english, french] = [Locale::En, Locale::Fr].map(|locale| explained(locale, |_| ()));
        assert!(french.headline.starts_with("NON PUBLIABLE. Produit "), "{}", french.headline);
        let shape = |of: &Explanation| -> Vec<Vec<usize>> {
            let items = |section: &Section| {
                section.items.iter().map(|item| item.details.len()).collect::<Vec<_>>()
            };
            of.sections.iter().map(items).collect()
        };
        assert_eq!(shape(&english), shape(&french));
        for (one, other) in english.sections.iter().zip(&french.sections) {
            assert_ne!(one.title, other.title);
        }
    }

    #[test]
    fn every_part_of_a_verdict_is_said() {
        let explanation = explained(Locale::En, |_body| ());
        let titles: Vec<&str> = explanation.sections.iter().map(|of| of.title.as_str()).collect();
        let expected = [
            "Against listing",
            "To be decided by a person",
            "Conditions for listing",
            "How long it holds",
            "What it rests on",
            "What it does not prove",
        ];
        assert_eq!(titles, expected);
    }

    #[test]
    fn a_rule_that_no_accepted_rule_set_has_is_named_by_its_code() {
        let explanation = explained(Locale::En, |body| body.policy = None);
        let first = &explanation.sections[0].items[0];
        assert_eq!(first.text, "TRADER-LINK, not met");
        assert!(explanation.to_string().contains("Rule set: none applies."));
    }

    #[test]
    fn every_general_rule_is_explained() {
        for code in GENERAL_CODES {
            let change = |body: &mut VerdictBody| body.findings[1].requirement = code.to_owned();
            let explanation = explained(Locale::Fr, change);
            let text = &explanation.sections[0].items[0].text;
            assert!(text.starts_with(&format!("{code}, non satisfait\u{a0}: ")), "{text}");
            let details = &explanation.sections[0].items[0].details;
            assert!(details.iter().any(|of| of.starts_with("À faire\u{a0}: ")), "{details:?}");
        }
    }

    #[test]
    fn prohibited_goods_are_called_so() {
        let explanation = explained(Locale::Fr, |body| {
            body.prohibited = true;
            body.findings[1].requirement = "CHILDLIKE-DOLL".to_owned();
        });
        assert!(explanation.headline.starts_with("INTERDIT"));
        let text = explanation.to_string();
        assert!(text.contains("CHILDLIKE-DOLL, non satisfait\u{a0}: Poupées sexuelles"), "{text}");
    }
}
