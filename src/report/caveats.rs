//! What has to be read with the verdict of a dossier that verifies, whatever form it is shown in.

use crate::dossier::{Limits, VerifiedDossier};
use crate::policy::Locale;

/// That the verdict lists nothing any more, if its time is over.
pub fn outdated(verified: &VerifiedDossier, limits: &Limits, locale: Locale) -> Option<String> {
    let before = verified.verdict().body().recheck_after;
    verified.is_outdated(limits).then(|| match locale {
        Locale::En => format!(
            "OUTDATED: the question was to be asked again before {before}. What follows is history, \
             not permission."
        ),
        Locale::Fr => format!(
            "PÉRIMÉ : la question devait être posée à nouveau avant le {before}. Ce qui suit est de \
             l'histoire, non une autorisation."
        ),
    })
}

/// That the reader takes a dossier of any age, if it does.
pub fn no_age_limit(limits: &Limits, locale: Locale) -> Option<&'static str> {
    limits.age_max_ms.is_none().then_some(locale.choose(
        "NO AGE LIMIT was set: it may be outdated, and later records are not in it. This is \
         history, not permission.",
        "AUCUNE LIMITE D'ÂGE n'a été fixée : il peut être périmé, et rien de plus récent n'y \
         figure. C'est de l'histoire, non une autorisation.",
    ))
}

/// What the ledger alone vouches for, beyond the limits that the verdict itself names.
pub fn rests_on_ledger(verified: &VerifiedDossier, locale: Locale) -> Vec<&'static str> {
    let no_witness = locale.choose(
        "No witness was asked for: that nobody is shown another history rests on the log.",
        "Aucun témoin exigé : que nul ne voie un autre historique repose sur le registre.",
    );
    let map = locale.choose(
        "That the ledger filed every record where it belongs rests on the log, until somebody \
         audits all of it.",
        "Que le registre ait rattaché chaque attestation là où il le faut repose sur lui, tant que \
         nul ne l'a audité en entier.",
    );
    let is_witnessed = verified.checkpoint().witnessed_at().is_some();
    (!is_witnessed).then_some(no_witness).into_iter().chain([map]).collect()
}
