//! How much of a log an audit could look at.

use crate::audit::AuditReport;
use crate::policy::Locale;

/// What of a log that may well be sound was not there to be looked at.
pub(super) fn unread(report: &AuditReport, locale: Locale) -> Option<String> {
    let counts = &report.counts;
    let (withheld, erased) = (counts.withheld, counts.erased);
    let verdicts = counts.verdicts.saturating_sub(counts.verdicts_reevaluated);
    (withheld + erased + verdicts > 0).then(|| match locale {
        Locale::En => format!(
            "Not looked at: payloads withheld: {withheld}; payloads erased: {erased}; logged verdicts \
             not computed again: {verdicts}."
        ),
        Locale::Fr => format!(
            "Non examinés : contenus non communiqués : {withheld} ; contenus effacés : {erased} ; verdicts \
             consignés non recalculés : {verdicts}."
        ),
    })
}

/// What was judged by an audit before, and not by this one.
pub(super) fn settled(report: &AuditReport, locale: Locale) -> Option<String> {
    let size = report.settled?;
    Some(match locale {
        Locale::En => format!(
            "The first {size} entries were read and held to the root that they had when they were audited \
             before; signatures, admission and logged verdicts were not judged again."
        ),
        Locale::Fr => format!(
            "Les {size} premières entrées ont été lues et confrontées à la racine qu'elles avaient lors de leur \
             audit précédent ; signatures, admissions et verdicts consignés n'ont pas été jugés à nouveau."
        ),
    })
}

/// Whether everything was looked at that an audit looks at.
pub(super) fn is_whole(report: &AuditReport) -> bool {
    report.checkpoint.is_some()
        && report.not_replayed_from.is_none()
        && report.is_listed
        && !report.is_cut
        && report.settled.is_none()
        && unread(report, Locale::En).is_none()
}
