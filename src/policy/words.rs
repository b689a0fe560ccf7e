//! What kinds of records, roles, verdicts and the like are called, in the languages that this program
//! speaks.

use crate::attestation::types::{ListingAction, VerdictWord};
use crate::attestation::{PredicateKind, Role};
use crate::policy::texts::Locale;
use crate::policy::verdict::EvidenceStatus;
use crate::reason::Reason;

/// A span of time, to the minute.
pub fn duration(ms: u64, locale: Locale) -> String {
    let minutes = ms / 60_000;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    format!("{days} {} {hours} h {minutes} min", locale.choose("d", "j"))
}

/// What a role is called.
pub const fn role(of: Role, locale: Locale) -> &'static str {
    locale.choose(of.english(), of.french())
}

/// What a kind of record is called.
pub const fn kind(of: PredicateKind, locale: Locale) -> &'static str {
    locale.choose(of.english(), of.french())
}

/// The sentence of a reason and its code.
pub fn reason(of: Reason, locale: Locale) -> String {
    format!("{} [{of}]", locale.choose(of.english(), of.french()))
}

/// How a record stands.
pub const fn status(of: EvidenceStatus, locale: Locale) -> &'static str {
    match of {
        EvidenceStatus::InForce => locale.choose("in force", "en vigueur"),
        EvidenceStatus::NotYetValid => locale.choose("not yet valid", "pas encore valable"),
        EvidenceStatus::Expired => locale.choose("expired", "expiré"),
        EvidenceStatus::Superseded => locale.choose("replaced", "remplacé"),
        EvidenceStatus::Suspended => locale.choose("suspended", "suspendu"),
        EvidenceStatus::Withdrawn => locale.choose("withdrawn", "retiré"),
        EvidenceStatus::Annulled => locale.choose("annulled", "annulé"),
        EvidenceStatus::Erased => locale.choose("erased", "effacé"),
    }
}

/// The word of a verdict.
pub const fn verdict(word: VerdictWord, locale: Locale) -> &'static str {
    match word {
        VerdictWord::Listable => locale.choose("LISTABLE", "PUBLIABLE"),
        VerdictWord::NotListable => locale.choose("NOT LISTABLE", "NON PUBLIABLE"),
        VerdictWord::Review => locale.choose("REVIEW", "À EXAMINER"),
    }
}

/// What is said of a question for the answer that it does not have.
pub const fn unasked(locale: Locale) -> &'static str {
    locale.choose("its question can't be asked again", "la question ne peut être reposée")
}

/// How a listing came down.
pub const fn ending(action: ListingAction, locale: Locale) -> &'static str {
    match action {
        ListingAction::Suspended => locale.choose("suspended", "suspendue"),
        ListingAction::Listed | ListingAction::Delisted | ListingAction::Rejected => {
            locale.choose("taken down", "retirée")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_there_in_both_languages() {
        let pairs = |of: &dyn Fn(Locale) -> &'static str| [of(Locale::En), of(Locale::Fr)];
        for [english, french] in Reason::ALL.iter().map(|of| [of.english(), of.french()]) {
            assert!(english.ends_with('.') && french.ends_with('.'), "{english} / {french}");
            assert_ne!(english, french);
        }
        let mut names: Vec<[&str; 2]> = Vec::new();
        names.extend(Role::ALL.iter().map(|of| pairs(&|locale| role(*of, locale))));
        names.extend(PredicateKind::ALL.iter().map(|of| pairs(&|locale| kind(*of, locale))));
        for [english, french] in names {
            assert!(!english.is_empty() && english != french, "{english} / {french}");
        }
    }

    #[test]
    fn a_span_of_time_is_said_to_the_minute() {
        assert_eq!(duration(90_061_000, Locale::En), "1 d 1 h 1 min");
        assert_eq!(duration(59_999, Locale::Fr), "0 j 0 h 0 min");
    }
}
