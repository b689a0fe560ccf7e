//! The report on an audit of a whole log.

use crate::audit::{AuditOptions, AuditReport};
use crate::genesis::Genesis;
use crate::policy::Locale;
use crate::report::again::Again;
use crate::report::checkpoint::AsOfFacts;
use crate::report::document::{Block, Cell, Document, Fact, Section};
use crate::report::line::Line;
use crate::report::{breaches, coverage, fallen};

/// The report on an audit: `genesis` and `options` are those that it was run with.
pub fn of_audit(
    report: &AuditReport,
    genesis: &Genesis,
    options: &AuditOptions<'_>,
    again: &Again,
    locale: Locale,
) -> Document {
    let mut sections = Vec::new();
    sections.extend(checked(report, options, locale));
    sections.extend(breaches::findings(report, locale));
    sections.extend(fallen::section(report, locale));
    sections.extend(breaches::remarks(report, locale));
    sections.extend(signed_by(report, genesis, locale));
    sections.extend(as_of(report, genesis, options, locale));
    sections.extend(unproved(report, options, locale));
    sections.extend(again.section(options.policies, locale));
    Document {
        locale,
        title: Line::new(
            locale.choose("Audit report on a ledger", "Rapport d'audit d'un registre"),
        ),
        result: Line::new(result(report, locale)),
        notes: notes(report, locale).into_iter().map(Line::new).collect(),
        sections,
        made_by: Line::new(concat!("probant ", env!("CARGO_PKG_VERSION"))),
    }
}

fn result(report: &AuditReport, locale: Locale) -> String {
    let origin = &report.origin;
    match (report.is_sound(), locale) {
        (true, Locale::En) => format!("SOUND: the log {origin} keeps every rule."),
        (true, Locale::Fr) => {
            format!("EN RÈGLE : le registre {origin} respecte toutes les règles.")
        }
        (false, Locale::En) => format!("NOT SOUND: the log {origin} breaks rules."),
        (false, Locale::Fr) => format!("IRRÉGULIER : le registre {origin} enfreint des règles."),
    }
}

fn notes(report: &AuditReport, locale: Locale) -> Vec<String> {
    let [findings, remarks, fallen] =
        [report.findings.len(), report.observations.len(), report.fallen_listings.len()];
    let mut notes = vec![match locale {
        Locale::En => {
            format!("Breaches: {findings}. Fallen listings: {fallen}. Remarks: {remarks}.")
        }
        Locale::Fr => {
            format!(
                "Infractions : {findings}. Offres devenues non publiables : {fallen}. Remarques : {remarks}."
            )
        }
    }];
    if let Some(index) = report.not_replayed_from {
        notes.push(match locale {
            Locale::En => format!("Admission was not computed again from entry {index} on."),
            Locale::Fr => {
                format!("L'admission n'a pas été recalculée à partir de l'entrée {index}.")
            }
        });
    }
    notes.extend(coverage::settled(report, locale));
    notes.extend(coverage::unread(report, locale));
    if report.checkpoint.is_none() {
        let none = "There is no checkpoint that counts: nothing else could be held to anything.";
        let fr = "Aucun point de contrôle valable : rien d'autre n'a pu être examiné.";
        notes.push(locale.choose(none, fr).to_owned());
    }
    if report.is_cut {
        let more = "There is more; the report is cut here.";
        notes.push(locale.choose(more, "Il y en a davantage ; le rapport est coupé.").to_owned());
    }
    notes
}

fn checked(report: &AuditReport, options: &AuditOptions<'_>, locale: Locale) -> Option<Section> {
    let counts = &report.counts;
    let intro = if coverage::is_whole(report) {
        locale.choose(
            "The whole log was read again from its first byte, and every hash, signature, admission, \
             seal and logged verdict computed again from the files of an export.",
            "Le registre entier a été relu depuis son premier octet ; chaque empreinte, signature, \
             admission, sceau et verdict consigné a été recalculé à partir des fichiers d'un export.",
        )
    } else {
        locale.choose(
            "What could be read of the log was held to the rules below, and computed again from the \
             files of an export. Not all of it could; the numbers say how much.",
            "Ce qui a pu être lu du registre a été confronté aux règles ci-dessous et recalculé à \
             partir des fichiers d'un export. Tout n'a pu l'être ; les nombres disent combien.",
        )
    };
    let verdicts = match locale {
        Locale::En => format!("{} of {}", counts.verdicts_reevaluated, counts.verdicts),
        Locale::Fr => format!("{} sur {}", counts.verdicts_reevaluated, counts.verdicts),
    };
    let mut facts: Vec<Fact> = [
        (locale.choose("Files read", "Fichiers lus"), counts.files),
        (locale.choose("Entries", "Entrées"), counts.entries),
        (locale.choose("Attestations among them", "Dont attestations"), counts.attestations),
        (locale.choose("Seals among them", "Dont sceaux"), counts.seals),
        (locale.choose("Subjects in the map", "Sujets dans la carte"), counts.subjects),
        (locale.choose("Signatures verified", "Signatures vérifiées"), counts.signatures),
        (locale.choose("Admissions computed again", "Admissions recalculées"), counts.admitted),
        (locale.choose("Listing records", "Publications d'offres"), counts.listings),
        (locale.choose("Payloads erased", "Contenus effacés"), counts.erased),
        (locale.choose("Payloads withheld", "Contenus non communiqués"), counts.withheld),
    ]
    .iter()
    .map(|(name, count)| Fact::words(name, count))
    .collect();
    facts.push(Fact::words(
        locale.choose("Logged verdicts computed again", "Verdicts consignés recalculés"),
        verdicts,
    ));
    let rules = breaches::rules(report, options.asks_for_witnesses(), locale);
    let blocks = [Block::paragraph(intro), Block::Facts(facts)].into_iter().chain(rules);
    Section::new(locale.choose("What was checked", "Ce qui a été vérifié"), blocks.collect())
}

/// Whose signatures all others follow from.
fn signed_by(report: &AuditReport, genesis: &Genesis, locale: Locale) -> Option<Section> {
    let (quorum, registrars) = (genesis.quorum(), genesis.registrars());
    let count = registrars.len();
    let intro = match (report.is_sound(), locale) {
        (true, Locale::En) => format!(
            "The checkpoint is signed by the ledger's key. Firms, their keys and their roles are \
             admitted by {quorum} of the {count} registrars that the trust root names, or of those \
             whom they put in their place; every attestation that was read is signed by a key so \
             admitted."
        ),
        (true, Locale::Fr) => format!(
            "Le point de contrôle est signé par la clé du registre. Les entreprises, leurs clés et \
             leurs rôles sont admis par {quorum} des {count} agents d'enregistrement que nomme la \
             racine de confiance, ou de ceux qu'ils ont mis à leur place ; chaque attestation lue est \
             signée par une clé ainsi admise."
        ),
        (false, Locale::En) => format!(
            "In a sound log, the ledger's key signs the checkpoint, and {quorum} of the {count} \
             registrars that the trust root names, or of those whom they put in their place, admit \
             firms, their keys and their roles. What of that does not hold here is among the \
             breaches, as far as the log could be read."
        ),
        (false, Locale::Fr) => format!(
            "Dans un registre en règle, la clé du registre signe le point de contrôle, et {quorum} \
             des {count} agents d'enregistrement que nomme la racine de confiance, ou de ceux qu'ils \
             ont mis à leur place, admettent les entreprises, leurs clés et leurs rôles. Ce qui n'en \
             est pas respecté ici figure parmi les infractions, pour autant que le registre ait pu \
             être lu."
        ),
    };
    let rows = registrars
        .iter()
        .map(|registrar| vec![Cell::words(&registrar.name), Cell::code(registrar.key.id())]);
    let table = Block::table(
        locale.choose("Registrars of the trust root", "Agents d'enregistrement de la racine"),
        &[locale.choose("Name", "Nom"), locale.choose("Key id", "Identifiant de clé")],
        rows.collect(),
    );
    let blocks = std::iter::once(Block::paragraph(intro)).chain(table).collect();
    Section::new(locale.choose("By whom it was signed", "Signataires"), blocks)
}

fn as_of(
    report: &AuditReport,
    genesis: &Genesis,
    options: &AuditOptions<'_>,
    locale: Locale,
) -> Option<Section> {
    let checkpoint = report.checkpoint.as_ref()?;
    let facts = AsOfFacts {
        genesis,
        log_key: &checkpoint.log_key,
        handed_over: report.handovers.iter().map(|handover| handover.size).collect(),
        size: checkpoint.size,
        root: checkpoint.root,
        sealed_at: checkpoint.sealed_at,
        witnesses: options.asks_for_witnesses().then(|| (Vec::new(), checkpoint.witnessed_at)),
        now: options.now,
    };
    facts.section(Vec::new(), locale)
}

fn unproved(report: &AuditReport, options: &AuditOptions<'_>, locale: Locale) -> Option<Section> {
    let mut lines: Vec<Line> =
        report.not_proved.iter().map(|limit| Line::new(limit.text(locale))).collect();
    if !options.asks_for_witnesses() {
        lines.push(Line::new(locale.choose(
            "that witnesses saw this checkpoint: none were asked for",
            "que des témoins ont vu ce point de contrôle : aucun n'a été exigé",
        )));
    }
    if !report.is_listed {
        lines.push(Line::new(locale.choose(
            "whether there are stray files: they could not be listed",
            "s'il y a des fichiers étrangers : ils n'ont pu être énumérés",
        )));
    }
    let title = locale.choose("What it does not prove", "Ce qu'il ne prouve pas");
    Section::new(title, vec![Block::List(lines)])
}
