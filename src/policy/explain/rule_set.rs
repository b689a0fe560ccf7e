//! A rule set in words: what has to be there before a listing, by which law, and who can supply it.

use std::fmt::Display;

use crate::identifier::{Country, OperatorUri};
use crate::policy::explain::explanation::{Explanation, Item, Part, Section};
use crate::policy::explain::terms::{Terms, list, wire};
use crate::policy::law::{LawRef, act_title};
use crate::policy::ruleset::{
    Adverse, Alternative, CalledAct, Categories, Negative, Prohibited, Requirement, RuleSet,
    Severity,
};
use crate::policy::texts::{Locale, Texts};

/// Puts a rule set in words. Every rule is named by its code, as findings name it.
pub fn describe(rules: &RuleSet, locale: Locale) -> Explanation {
    let words = Words { terms: Terms(locale) };
    let section = |en: &str, fr: &str, items: Vec<Item>| Section {
        part: Part::Rules,
        title: locale.choose(en, fr).to_owned(),
        items,
    };
    let prohibited = rules.prohibited.iter().map(|of| words.prohibited(of)).collect();
    let negative = rules.negative.iter().map(|of| words.negative(of)).collect();
    let requirements = rules.requirements.iter().map(|of| words.requirement(of)).collect();
    let acts = rules.acts_called_for.iter().map(|of| words.act(of)).collect();
    let sections = [
        section("What it is for", "Champ d'application", words.field(rules)),
        section(
            "Prohibited, whatever the evidence",
            "Interdit, quelles que soient les preuves",
            prohibited,
        ),
        section("What must be provable", "Ce qui doit être prouvé", requirements),
        section("What speaks against the goods", "Ce qui s'oppose aux marchandises", negative),
        section(
            "Acts that declarations have to name",
            "Actes que les déclarations doivent nommer",
            acts,
        ),
        section(
            "What it can't ask for, though the law does",
            "Ce qu'il ne peut pas exiger, bien que le droit l'exige",
            rules.limits.iter().map(|of| Item::plain(of.text(locale).to_owned())).collect(),
        ),
        section("What it takes for granted", "Ce qui est présupposé", words.givens(rules)),
    ];
    Explanation {
        headline: format!(
            "{} {}, SHA-256 {}.",
            locale.choose("Rule set", "Jeu de règles"),
            rules.name(),
            rules.sha256()
        ),
        sections: sections.into_iter().filter(|section| !section.items.is_empty()).collect(),
    }
}

/// The texts of one rule set, in one language.
struct Words {
    terms: Terms,
}

impl Words {
    const fn say<'t>(&self, en: &'t str, fr: &'t str) -> &'t str {
        self.terms.0.choose(en, fr)
    }

    const fn locale(&self) -> Locale {
        self.terms.0
    }

    /// A heading and what belongs to it.
    fn entry(&self, heading: &str, what: impl Display) -> String {
        format!("{heading}{} {what}", self.locale().colon())
    }

    fn field(&self, rules: &RuleSet) -> Vec<Item> {
        let mut items = vec![
            self.entry(
                self.say("Law in", "En vigueur dans"),
                format!("{}.", list(rules.jurisdiction.iter().map(Country::as_str))),
            ),
            format!("{} {}.", self.say("From", "À partir du"), rules.applies_from),
        ];
        if !rules.categories.is_empty() {
            let goods = self.say("Goods", "Marchandises");
            items.push(self.entry(goods, format!("{}.", self.categories(&rules.categories))));
        }
        for condition in &rules.not_when {
            let not = self.say("Not for goods of which this holds", "Sauf si");
            items.push(self.entry(not, format!("{}.", self.terms.condition(condition))));
        }
        items.into_iter().map(Item::plain).collect()
    }

    fn categories(&self, of: &Categories) -> String {
        let gpc = of.gpc.iter().map(|code| format!("GPC {}", code.as_str()));
        let begins = self.say("CN codes that begin with", "codes NC commençant par");
        let cn = of.cn.iter().map(|code| format!("{begins} {}", code.as_str()));
        list(gpc.chain(cn))
    }

    fn prohibited(&self, of: &Prohibited) -> Item {
        let mut details = Vec::new();
        if !of.platform_categories.is_empty() {
            let title = self.say("Categories of the platform", "Catégories de la plateforme");
            details.push(self.entry(title, list(&of.platform_categories)));
        }
        if !of.categories.is_empty() {
            let title = self.say("Goods", "Marchandises");
            details.push(self.entry(title, self.categories(&of.categories)));
        }
        if !of.images.is_empty() {
            details.push(self.entry(self.say("Pictures", "Images"), of.images.len()));
        }
        if !of.products.is_empty() {
            details.push(self.entry(self.say("Products", "Produits"), list(&of.products)));
        }
        if !of.sellers.is_empty() {
            details.push(self.entry(self.say("Sellers", "Vendeurs"), list(&of.sellers)));
        }
        self.end(&mut details, of.fix.as_ref(), &of.law);
        Item { text: self.title(&of.code, of.title.as_ref(), None), details }
    }

    fn negative(&self, of: &Negative) -> Item {
        let outcome = self.severity(of.on_hit);
        let mut details = vec![self.entry(self.say("A hit", "En cas de correspondance"), outcome)];
        if of.on_approx != of.on_hit && of.is_of_measures() {
            let title = self.say("A hit by likeness", "En cas de ressemblance");
            details.push(self.entry(title, self.severity(of.on_approx)));
        }
        for (kinds, en, fr) in [
            (&of.kinds, "Measures of these kinds only", "Mesures de ces seules sortes"),
            (&of.except_kinds, "Measures of all kinds but", "Mesures de toutes sortes, sauf"),
        ] {
            if !kinds.is_empty() {
                details.push(self.entry(self.say(en, fr), list(kinds.iter().map(wire))));
            }
        }
        if of.adverse() == Adverse::Documents {
            let title = self.say("Documents of these types", "Documents de ces types");
            details.push(self.entry(title, self.terms.kinds(&of.types)));
        }
        if !of.by.is_empty() {
            let by = self.say("If it comes from", "S'il émane de");
            details.push(self.entry(by, self.terms.roles(&of.by)));
        }
        self.end(&mut details, of.fix.as_ref(), &of.law);
        Item { text: self.title(&of.code, of.title.as_ref(), None), details }
    }

    fn requirement(&self, of: &Requirement) -> Item {
        let mut details = vec![self.entry(
            self.say("If it is not met", "Si ce n'est pas satisfait"),
            self.severity(of.severity),
        )];
        if let Some(day) = of.effective_on {
            let until = self.say("Before this day it only warns", "Simple avertissement avant le");
            details.push(self.entry(until, day));
        }
        if let Some(condition) = &of.when {
            let when = self.say("Only if", "Seulement si");
            details.push(self.entry(when, self.terms.condition(condition)));
        }
        for (place, way) in of.any_of.iter().enumerate() {
            let title = match (place, of.any_of.len()) {
                (_, 1) => self.say("Evidence", "Preuve"),
                (0, _) => self.say("Either", "Soit"),
                _ => self.say("Or", "Ou"),
            };
            details.push(self.entry(title, self.terms.alternative(way)));
            if let Alternative::Evidence(rule) = way {
                let checks = rule.checks.iter().map(|check| check.text(self.locale()));
                details.extend(checks.map(|text| format!("  {text}")));
            }
        }
        if let Some(level) = of.assurance_min {
            let weakest = self.say("Weakest evidence that counts", "Preuve la plus faible admise");
            details.push(self.entry(weakest, level));
        }
        self.end(&mut details, of.fix.as_ref(), &of.law);
        let check = match of.any_of.as_slice() {
            [Alternative::Check(check)] => Some(check.text(self.locale())),
            _ => None,
        };
        Item { text: self.title(&of.code, of.title.as_ref(), check), details }
    }

    fn act(&self, of: &CalledAct) -> Item {
        let act = act_title(&of.act, self.locale());
        Item::plain(match &of.when {
            None => format!("{act}."),
            Some(condition) => {
                let when = format!("{act}, {}", self.say("if", "si"));
                self.entry(&when, format!("{}.", self.terms.condition(condition)))
            }
        })
    }

    fn givens(&self, rules: &RuleSet) -> Vec<Item> {
        let weakest = self.say("Weakest evidence that counts", "Preuve la plus faible admise");
        let hours =
            self.say("Hours that a verdict may be used", "Durée d'usage d'un verdict, en heures");
        let mut items = vec![
            self.entry(weakest, format!("{}.", rules.assurance_min)),
            self.entry(hours, format!("{}.", rules.shelf_life_hours)),
        ];
        if rules.test_identifiers {
            let en = "Numbers of the GS1 prefix for examples, 952, are accepted.";
            let fr = "Les numéros du préfixe GS1 d'exemple, 952, sont acceptés.";
            items.push(self.say(en, fr).to_owned());
        }
        if !rules.connectors.is_empty() {
            let title =
                self.say("Connectors whose copies count", "Connecteurs dont les copies comptent");
            let connectors = list(rules.connectors.iter().map(OperatorUri::as_str));
            items.push(self.entry(title, format!("{connectors}.")));
        }
        items.into_iter().map(Item::plain).collect()
    }

    fn title(&self, code: &str, title: Option<&Texts>, check: Option<&str>) -> String {
        match title.map(|title| title.get(self.locale())).or(check) {
            Some(title) => self.entry(code, title),
            None => code.to_owned(),
        }
    }

    const fn severity(&self, severity: Severity) -> &'static str {
        let (en, fr) = match severity {
            Severity::Deny => ("not listable", "non publiable"),
            Severity::Review => ("a person must decide", "une personne doit décider"),
            Severity::Warn => ("a warning, no more", "simple avertissement"),
        };
        self.terms.0.choose(en, fr)
    }

    fn end(&self, details: &mut Vec<String>, fix: Option<&Texts>, law: &[LawRef]) {
        let fix = fix.map(|fix| fix.get(self.locale()));
        details.extend(fix.map(|fix| self.entry(self.say("To do", "À faire"), fix)));
        if !law.is_empty() {
            let titles = law.iter().map(|law| law.title(self.locale())).collect::<Vec<_>>();
            let titles = titles.join(self.say("; ", "\u{a0}; "));
            details.push(self.entry(self.say("Law", "Droit"), titles));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rules;

    fn described(name: &str, locale: Locale) -> String {
        let rules = RuleSet::parse(rules::embedded(name).unwrap().as_bytes()).unwrap();
        describe(&rules, locale).to_string()
    }

    #[test]
    fn an_officer_learns_what_is_asked_for_by_which_law_and_from_whom() {
        let text = described("eu-toys", Locale::En);
        for line in [
            "- Goods: GPC 10005160, CN codes that begin with 9503.",
            "- Not for goods of which this holds: radio = yes.",
            "- TOY-BASIS: An accredited laboratory has tested the toy, or a notified body has \
             examined its type.",
            "  If it is not met: not listable",
            "  Either: test report from testing laboratory; on EN 71-1, EN 71-2, EN 71-3; result PASS; at \
             most 1095 days old; laboratory accredited for these standards",
            "    The sample that was tested is of the product's type or of this batch.",
            "  Or: certificate of conformity from notified body; for 32009L0048; module B; valid at most up to \
             and including 2031-02-01; body notified for 32009L0048",
            "  Only if: electrical = yes or battery = yes or button_cell = yes",
            "  Law: Directive 2009/48/EC, article 15",
            "- Directive 2014/30/EU, if: electrical = yes or battery = yes or button_cell = yes.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\nis not in\n{text}");
        }
    }

    #[test]
    fn an_officer_learns_which_register_and_whose_word_counts() {
        for (name, line) in [
            (
                "eu-batteries",
                "  Evidence: entry in a public register EPR from manufacturer or importer or \
                 authorised representative or responsible person or distributor or copier of a \
                 public register; for the waste stream batteries",
            ),
            ("eu-toys", "  Measures of these kinds only: WARNING"),
            ("eu-toys", "  Measures of all kinds but: WARNING"),
            (
                "eu-toys",
                "  If it comes from: market surveillance authority or customs authority or notified \
                 body or testing laboratory",
            ),
            (
                "eu-cosmetics",
                "  Evidence: test report SAFETY_ASSESSMENT from testing laboratory; result PASS; \
                 laboratory admitted for 32009R1223",
            ),
        ] {
            let text = described(name, Locale::En);
            assert!(text.lines().any(|found| found == line), "{line}\nis not in\n{text}");
        }
    }

    #[test]
    fn french_sets_off_its_colons() {
        for name in rules::NAMES {
            for line in described(name, Locale::Fr).lines() {
                let bare = |mark: &str| {
                    let mut parts =
                        line.split_inclusive(mark).filter_map(|of| of.strip_suffix(mark));
                    parts.any(|before| !before.ends_with(['\u{a0}', ' ']))
                };
                assert!(!bare(": ") && !bare("; "), "{line}");
            }
        }
    }

    #[test]
    fn every_rule_of_every_embedded_set_is_named_in_both_languages() {
        for name in rules::NAMES {
            let rules = RuleSet::parse(rules::embedded(name).unwrap().as_bytes()).unwrap();
            let [english, french] = [Locale::En, Locale::Fr].map(|of| describe(&rules, of));
            let codes = rules.requirements.iter().map(|of| &of.code);
            let codes = codes.chain(rules.negative.iter().map(|of| &of.code));
            for code in codes.chain(rules.prohibited.iter().map(|of| &of.code)) {
                for (text, colon) in [(&english, ":"), (&french, "\u{a0}:")] {
                    let text = text.to_string();
                    let start = format!("\n- {code}{colon} ");
                    assert!(text.contains(&start), "{code} is not in {text}");
                }
            }
            let shape = |of: &Explanation| -> Vec<Vec<usize>> {
                let count = |of: &Section| of.items.iter().map(|item| item.details.len()).collect();
                of.sections.iter().map(count).collect()
            };
            assert_eq!(shape(&english), shape(&french));
            assert!(english.sections.iter().zip(&french.sections).all(|(a, b)| a.title != b.title));
        }
    }
}
