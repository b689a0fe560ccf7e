//! What an audit found, for people.

use std::fmt::Display;

use crate::audit::{AuditReport, AuditedCheckpoint, Detail, Place};
use crate::cli::verdict::Lang;
use crate::cli::words::Text;

/// The report, in lines.
pub(super) fn text(report: &AuditReport, is_witness_asked: bool, lang: Lang) -> Text {
    let words = Words { report, lang };
    let mut text = Text::titled(if report.is_sound() {
        words.say(
            "SOUND: the log keeps every rule",
            "EN RÈGLE : le registre respecte toutes les règles",
        )
    } else {
        words.say("NOT SOUND: the log breaks rules", "IRRÉGULIER : le registre enfreint des règles")
    });
    words.put(&mut text, ("ledger", "registre"), &report.origin);
    if let Some(checkpoint) = &report.checkpoint {
        words.put_checkpoint(&mut text, checkpoint, is_witness_asked);
    }
    words.put_counts(&mut text);
    words.put_found(&mut text);
    text
}

struct Words<'a> {
    report: &'a AuditReport,
    lang: Lang,
}

impl Words<'_> {
    const fn say<'t>(&self, en: &'t str, fr: &'t str) -> &'t str {
        self.lang.choose(en, fr)
    }

    /// A line: a heading and what belongs to it.
    fn put(&self, text: &mut Text, (en, fr): (&str, &str), what: impl Display) {
        let colon = self.lang.locale().colon();
        text.line(format_args!("{}{colon} {what}", self.say(en, fr)));
    }

    fn put_checkpoint(&self, text: &mut Text, of: &AuditedCheckpoint, is_witness_asked: bool) {
        let size = format!("{} {}", of.size, self.say("entries", "entrées"));
        self.put(text, ("checkpoint", "point de contrôle"), size);
        self.put(text, ("root", "racine"), of.root);
        if let Some(time) = of.sealed_at {
            self.put(text, ("sealed at", "scellé le"), time);
        }
        if let Some(handover) = self.report.handovers.last() {
            let (keyid, since) = (of.log_key.public_key().id(), handover.size);
            let since = match self.lang {
                Lang::En => format!("{keyid}, handed over to at size {since}"),
                Lang::Fr => format!("{keyid}, à laquelle il a été transmis à la taille {since}"),
            };
            self.put(text, ("log key", "clé du registre"), since);
        }
        let witnesses = ("witnesses", "témoins");
        match of.witnessed_at {
            Some(time) => self.put(text, ("witnessed at", "vu des témoins le"), time),
            None if is_witness_asked => {
                self.put(text, witnesses, self.say("not met", "insuffisants"));
            }
            None => self.put(text, witnesses, self.say("none asked for", "aucun n'a été exigé")),
        }
    }

    fn put_counts(&self, text: &mut Text) {
        let report = self.report;
        let of = &report.counts;
        let (files, entries, attestations) = (of.files, of.entries, of.attestations);
        let (seals, signatures) = (of.seals, of.signatures);
        let read = match self.lang {
            Lang::En => format!(
                "{files} files, {entries} entries, {attestations} attestations, {seals} seals, \
                 {signatures} signatures"
            ),
            Lang::Fr => format!(
                "{files} fichiers, {entries} entrées, {attestations} attestations, {seals} sceaux, \
                 {signatures} signatures"
            ),
        };
        self.put(text, ("read", "lus"), read);
        let (admitted, listings) = (of.admitted, of.listings);
        let (again, verdicts) = (of.verdicts_reevaluated, of.verdicts);
        let again = match self.lang {
            Lang::En => format!(
                "{admitted} admissions, {again} of {verdicts} verdicts; {listings} listings looked at"
            ),
            Lang::Fr => format!(
                "{admitted} admissions, {again} verdicts sur {verdicts} ; {listings} publications \
                 d'offres examinées"
            ),
        };
        self.put(text, ("computed again", "recalculés"), again);
        let (withheld, erased) = (of.withheld, of.erased);
        if withheld + erased > 0 {
            let gone = match self.lang {
                Lang::En => format!("{withheld} payloads withheld, {erased} erased"),
                Lang::Fr => format!("{withheld} contenus retenus, {erased} effacés"),
            };
            self.put(text, ("not there", "absents"), gone);
        }
        if let Some(size) = report.settled {
            text.line(match self.lang {
                Lang::En => format!("the first {size} entries were judged by an audit before, not again"),
                Lang::Fr => format!(
                    "les {size} premières entrées ont été jugées par un audit précédent, pas à nouveau"
                ),
            });
        }
        if let Some(index) = report.not_replayed_from {
            text.line(match self.lang {
                Lang::En => format!("admission was not computed again from entry {index} on"),
                Lang::Fr => {
                    format!("l'admission n'a pas été recalculée à partir de l'entrée {index}")
                }
            });
        }
        if !report.is_listed {
            text.line(self.say(
                "whether there are stray files could not be told",
                "l'absence de fichiers étrangers n'a pu être établie",
            ));
        }
    }

    fn put_found(&self, text: &mut Text) {
        let (report, locale) = (self.report, self.lang.locale());
        let broken = self.say("BROKEN", "RÈGLE ENFREINTE");
        for of in &report.findings {
            self.put_detail(text, (broken, &of.rule), &of.place, &of.detail);
        }
        let remark = self.say("remark", "remarque");
        for of in &report.observations {
            self.put_detail(text, (remark, &of.remark), &of.place, &of.detail);
        }
        for listing in &report.fallen_listings {
            self.put(text, ("fallen listing", "offre devenue non publiable"), listing.text(locale));
        }
        if report.is_cut {
            text.line(self.say(
                "there is more; the report is cut here",
                "il y en a davantage ; le rapport est coupé ici",
            ));
        }
        for what in report.not_proved {
            self.put(text, ("not proved", "non prouvé"), what.text(locale));
        }
    }

    /// What was found or seen, and where.
    fn put_detail(
        &self,
        text: &mut Text,
        (label, name): (&str, &dyn Display),
        place: &Place,
        detail: &Detail,
    ) {
        let locale = self.lang.locale();
        let (file, colon, detail) = (&place.file, locale.colon(), detail.text(locale));
        let entry = place.entry.map(|entry| format!(" {} {entry}", self.say("entry", "entrée")));
        let entry = entry.unwrap_or_default();
        text.line(format_args!("{label} {name}{colon} {file}{entry}{colon} {detail}"));
    }
}
