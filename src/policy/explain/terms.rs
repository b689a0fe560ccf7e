//! The words for what rules speak of: kinds of evidence, roles, conditions.

use crate::attestation::{PredicateKind, Role};
use crate::identifier::Celex;
use crate::policy::ruleset::{
    Alternative, Condition, EvidenceRule, LabAccreditation, MandateParty, Per,
};
use crate::policy::texts::Locale;

/// The words of one language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms(pub(super) Locale);

/// Things one after the other.
pub(super) fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let mut text = String::new();
    for item in items {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(item.as_ref());
    }
    text
}

impl Terms {
    const fn say<'t>(self, en: &'t str, fr: &'t str) -> &'t str {
        self.0.choose(en, fr)
    }

    /// A condition; attributes keep the names that statements and queries give them.
    pub(super) fn condition(self, condition: &Condition) -> String {
        let joined = |of: &[Condition], word: &str| {
            let inner = |of: &Condition| match of {
                Condition::Any(_) | Condition::All(_) => format!("({})", self.condition(of)),
                _ => self.condition(of),
            };
            of.iter().map(inner).collect::<Vec<_>>().join(word)
        };
        match condition {
            Condition::Flag(of) => {
                let name = serde_json::to_value(of.attribute).unwrap_or_default();
                let value = if of.equals { ("yes", "oui") } else { ("no", "non") };
                format!("{} = {}", name.as_str().unwrap_or_default(), self.say(value.0, value.1))
            }
            Condition::Class(of) => {
                let name = wire(&of.attribute);
                format!("{name} = {}", of.among.join(self.say(" or ", " ou ")))
                    + self.unstated(of.or_unstated)
            }
            Condition::Capacity(of) => {
                let name = self.say("capacity", "capacité");
                format!("{name} > {} Wh", of.capacity_above_wh) + self.unstated(of.or_unstated)
            }
            Condition::Voltage(of) => {
                format!("{} V ≤ voltage ≤ {} V", of.voltage_from, of.voltage_to)
            }
            Condition::Any(of) => joined(&of.any, self.say(" or ", " ou ")),
            Condition::All(of) => joined(&of.all, self.say(" and ", " et ")),
        }
    }

    const fn unstated(self, counts: bool) -> &'static str {
        if counts { self.say(" or not stated", " ou non indiqué") } else { "" }
    }

    /// A way to meet a requirement: what it takes, and from whom.
    pub(super) fn alternative(self, way: &Alternative) -> String {
        match way {
            Alternative::Check(check) => check.text(self.0).to_owned(),
            Alternative::Evidence(rule) => self.evidence(rule),
        }
    }

    fn evidence(self, rule: &EvidenceRule) -> String {
        let mut parts = vec![self.source(rule)];
        if !rule.signatures.is_empty() {
            let names = rule.signatures.iter().map(|party| self.party(*party));
            parts.push(format!("{} {}", self.say("signed by", "signé par"), list(names)));
        }
        if let Some(stream) = &rule.stream {
            parts.push(format!("{} {stream}", self.say("for the waste stream", "pour la filière")));
        }
        if !rule.legislation_any.is_empty() {
            let acts = list(rule.legislation_any.iter().map(Celex::as_str));
            parts.push(format!("{} {acts}", self.say("for", "pour")));
        }
        if !rule.standards_all.is_empty() {
            parts.push(format!("{} {}", self.say("on", "sur"), list(&rule.standards_all)));
        }
        let clause = rule.clause.iter();
        parts.extend(clause.map(|of| format!("{} {of}", self.say("clause", "article"))));
        if let Some(result) = rule.result {
            parts.push(format!("{} {}", self.say("result", "résultat"), wire(&result)));
        }
        if let Some(days) = rule.max_age_days {
            parts.push(match self.0 {
                Locale::En => format!("at most {days} days old"),
                Locale::Fr => format!("vieux de {days} jours au plus"),
            });
        }
        parts.extend(rule.module.as_ref().map(|of| format!("module {}", wire(of))));
        if let Some(days) = rule.term_max_days {
            parts.push(match self.0 {
                Locale::En => format!("in force for at most {days} days"),
                Locale::Fr => format!("en vigueur {days} jours au plus"),
            });
        }
        if let Some(years) = rule.term_max_years {
            let (year, an) = if years.get() == 1 { ("year", "an") } else { ("years", "ans") };
            parts.push(match self.0 {
                Locale::En => format!("in force for at most {years} {year}"),
                Locale::Fr => format!("en vigueur {years} {an} au plus"),
            });
        }
        if let Some(day) = rule.valid_until_max {
            parts.push(match self.0 {
                Locale::En => format!("valid at most up to and including {day}"),
                Locale::Fr => format!("valable au plus jusqu'au {day} inclus"),
            });
        }
        if rule.lab_accredited_for == Some(LabAccreditation::Standards) {
            let en = "laboratory accredited for these standards";
            parts.push(self.say(en, "laboratoire accrédité pour ces normes").to_owned());
        }
        if !rule.lab_granted_for.is_empty() {
            let acts = list(rule.lab_granted_for.iter().map(Celex::as_str));
            let title = self.say("laboratory admitted for", "laboratoire admis pour");
            parts.push(format!("{title} {acts}"));
        }
        if !rule.nb_notified_for.is_empty() {
            let acts = list(rule.nb_notified_for.iter().map(Celex::as_str));
            let title = self.say("body notified for", "organisme notifié pour");
            parts.push(format!("{title} {acts}"));
        }
        if rule.per == Some(Per::Batch) {
            parts.push(self.say("for each batch", "pour chaque lot").to_owned());
        }
        parts.join(self.say("; ", "\u{a0}; "))
    }

    /// The kind of evidence, and who issues it: those that the rule names, or all who may.
    fn source(self, rule: &EvidenceRule) -> String {
        let roles = if rule.by.is_empty() { rule.kind.roles() } else { rule.by.as_slice() };
        let words = [
            rule.mandate_kind.map(|of| wire(&of)),
            rule.report_kind.map(|of| wire(&of)),
            rule.registry.map(|of| of.to_string()),
        ];
        let mut kind = self.kind(rule.kind).to_owned();
        for word in words.into_iter().flatten() {
            kind.push(' ');
            kind.push_str(&word);
        }
        format!("{kind}{} {}", self.say(" from", ", émetteur\u{a0}:"), self.roles(roles))
    }

    /// What these kinds of records are called.
    pub(super) fn kinds(self, kinds: &[PredicateKind]) -> String {
        list(kinds.iter().map(|kind| self.kind(*kind)))
    }

    /// What a kind of record is called.
    const fn kind(self, kind: PredicateKind) -> &'static str {
        self.say(kind.english(), kind.french())
    }

    /// Who acts in these roles, one or the other.
    pub(super) fn roles(self, roles: &[Role]) -> String {
        let names: Vec<_> = roles.iter().map(|of| self.say(of.english(), of.french())).collect();
        names.join(self.say(" or ", " ou "))
    }

    const fn party(self, party: MandateParty) -> &'static str {
        match party {
            MandateParty::Mandator => self.say("mandator", "mandant"),
            MandateParty::Mandatary => self.say("mandatary", "mandataire"),
        }
    }
}

/// A word as statements and rule sets write it.
pub(super) fn wire(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
