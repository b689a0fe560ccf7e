//! The report on a dossier that verifies.

use crate::dossier::{Limits, Trust, VerifiedDossier};
use crate::log_key::VerifiedHandover;
use crate::policy::words::duration;
use crate::policy::{Locale, explain, explain_findings};
use crate::report::again::Again;
use crate::report::checkpoint::AsOfFacts;
use crate::report::document::{Block, Document, Fact, Section};
use crate::report::line::Line;
use crate::report::{caveats, findings, question, signers};

/// The report on a dossier: `trust` and `limits` are those under which it verified.
pub fn of_dossier(
    verified: &VerifiedDossier,
    trust: &Trust<'_>,
    limits: &Limits,
    again: &Again,
    locale: Locale,
) -> Document {
    let body = verified.verdict().body();
    let explanation = explain(body, trust.policies, locale);
    let explained = explain_findings(body, trust.policies, locale);
    let mut notes = Vec::new();
    // Whoever reads one line only must not take an old permission for one.
    let result = match caveats::outdated(verified, limits, locale) {
        Some(outdated) => {
            notes.push(Line::new(&explanation.headline));
            outdated
        }
        None => explanation.headline.clone(),
    };
    notes.push(Line::new(locale.choose(
        "The dossier VERIFIES: it is complete, signed, and evaluated again with this result.",
        "Le dossier est VÉRIFIÉ : complet, signé, et réévalué avec ce résultat.",
    )));
    notes.extend(caveats::no_age_limit(limits, locale).map(Line::new));
    let mut sections = Vec::new();
    sections.extend(question::section(verified.query(), verified.evidence(), locale));
    sections.extend(checked(verified, locale));
    sections.extend(findings::sections(&explanation, &explained, locale));
    sections.extend(signers::section(&body.evidence, verified.evidence(), locale));
    sections.extend(as_of(verified, trust, limits, locale));
    sections.extend(unproved(verified, locale));
    sections.extend(again.section(trust.policies, locale));
    Document {
        locale,
        title: Line::new(
            locale.choose("Report on a conformity dossier", "Rapport sur un dossier de conformité"),
        ),
        result: Line::new(result),
        notes,
        sections,
        made_by: Line::new(concat!("probant ", env!("CARGO_PKG_VERSION"))),
    }
}

/// The steps of the verification, each of which was taken: a [`VerifiedDossier`] is made by nothing
/// else.
fn checked(verified: &VerifiedDossier, locale: Locale) -> Option<Section> {
    let container = verified.container();
    let (entries, chains) = (container.entries().len(), container.chains().len());
    let signatures: usize =
        verified.evidence().records().map(|record| record.signers().len()).sum();
    let digest = verified.verdict().digest();
    let lines = match locale {
        Locale::En => [
            "The checkpoint is signed by the ledger of the trust root, and its seal stands under it."
                .to_owned(),
            format!("Each of {entries} entries stands in the tree of the checkpoint."),
            format!(
                "Each of {chains} chains, one for every product, batch, document, firm and key that \
                 the question calls for, is complete as of the checkpoint: nothing that the \
                 ledger's sealed map has on them is left out."
            ),
            format!(
                "Each of {signatures} signatures holds, by a key that was in force for that role when \
                 the entry was recorded."
            ),
            format!(
                "The verdict was computed again from these records under the rule set, and is the \
                 same byte for byte (SHA-256 {digest})."
            ),
        ],
        Locale::Fr => [
            "Le point de contrôle est signé par le registre de la racine de confiance, et son sceau \
             y figure."
                .to_owned(),
            format!("Chacune des {entries} entrées figure dans l'arbre du point de contrôle."),
            format!(
                "Chacune des {chains} chaînes, une pour chaque produit, lot, document, entreprise \
                 et clé que la question appelle, est complète à la date du point de contrôle : rien \
                 de ce que la carte scellée du registre y rattache n'est omis."
            ),
            format!(
                "Chacune des {signatures} signatures est valable, apposée avec une clé en vigueur pour \
                 ce rôle lors de l'inscription de l'entrée."
            ),
            format!(
                "Le verdict a été recalculé à partir de ces attestations selon le jeu de règles ; \
                 il est le même à l'octet près (SHA-256 {digest})."
            ),
        ],
    };
    let list = Block::List(lines.into_iter().map(Line::new).collect());
    Section::new(locale.choose("What was checked", "Ce qui a été vérifié"), vec![list])
}

fn as_of(
    verified: &VerifiedDossier,
    trust: &Trust<'_>,
    limits: &Limits,
    locale: Locale,
) -> Option<Section> {
    let cosigned = verified.checkpoint();
    let checkpoint = cosigned.checkpoint();
    let names = || cosigned.cosigners().iter().map(ToString::to_string).collect();
    let facts = AsOfFacts {
        genesis: trust.genesis,
        log_key: checkpoint.log(),
        handed_over: verified.log_keys().handovers().iter().map(VerifiedHandover::size).collect(),
        size: checkpoint.size(),
        root: checkpoint.root(),
        sealed_at: Some(verified.evidence().as_of().seal_time),
        witnesses: cosigned.witnessed_at().map(|seen| (names(), Some(seen))),
        now: limits.now,
    };
    let none = locale.choose("none", "aucune");
    let limit = limits.age_max_ms.map_or_else(|| none.to_owned(), |ms| duration(ms, locale));
    let more = vec![
        Fact::words(locale.choose("Greatest age accepted", "Âge maximal accepté"), limit),
        Fact::code(locale.choose("Root of the subject map", "Racine de la carte des sujets"), {
            verified.evidence().as_of().map_root
        }),
    ];
    facts.section(more, locale)
}

fn unproved(verified: &VerifiedDossier, locale: Locale) -> Option<Section> {
    let limits = verified.verdict().body().limits.iter().map(|limit| limit.text(locale));
    let lines = limits.chain(caveats::rests_on_ledger(verified, locale));
    let title = locale.choose("What it does not prove", "Ce qu'il ne prouve pas");
    Section::new(title, vec![findings::list(lines)])
}
