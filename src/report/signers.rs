//! Who signed what a verdict rests on.

use crate::attestation::{IssuerUri, Statement};
use crate::key::KeyId;
use crate::merkle::EntryIndex;
use crate::policy::words;
use crate::policy::{Evidence, EvidenceItem, Locale};
use crate::record::Record;
use crate::registry::{KeyOwner, Registry};
use crate::report::document::{Block, Cell, Section};
use crate::report::names;

/// How much of a key id is shown: enough to look it up.
const KEY_ID_CHARS: usize = 16;

/// One row for each record that the verdict rests on.
pub(super) fn section(
    items: &[EvidenceItem],
    evidence: &Evidence,
    locale: Locale,
) -> Option<Section> {
    let rows = items.iter().map(|item| row(item, evidence, locale)).collect();
    let intro = locale.choose(
        "Every signature was verified, with a key that was in force for that role when the entry was \
         recorded. Names are those of the operators' registrations at that time.",
        "Chaque signature a été vérifiée, avec une clé en vigueur pour ce rôle lors de l'inscription \
         de l'entrée. Les noms sont ceux des enregistrements des opérateurs à ce moment-là.",
    );
    let table = Block::table(
        locale.choose(
            "The records that the verdict rests on",
            "Les attestations sur lesquelles repose le verdict",
        ),
        &[
            locale.choose("Entry, recorded on", "Entrée, inscrite le"),
            locale.choose("Document", "Document"),
            locale.choose("Issued and signed by", "Émis et signé par"),
            locale.choose("Standing that day", "État ce jour-là"),
        ],
        rows,
    )?;
    let title = locale.choose("By whom it was signed", "Signataires");
    Section::new(title, vec![Block::paragraph(intro), table])
}

fn row(item: &EvidenceItem, evidence: &Evidence, locale: Locale) -> Vec<Cell> {
    let record = evidence.record(item.index);
    let statement = record.and_then(|record| record.statement());
    let recorded = record.map_or_else(String::new, |record| record.time().to_string());
    let standing = [words::status(item.status, locale).to_owned(), assurance(item, locale)];
    vec![
        Cell::lines([item.index.to_string(), recorded]),
        Cell::lines(document(item, statement, locale)),
        Cell::lines(signer(record.map(AsRef::as_ref), statement, evidence, locale)),
        Cell::lines(standing),
    ]
}

fn document(item: &EvidenceItem, statement: Option<&Statement>, locale: Locale) -> Vec<String> {
    let Some(statement) = statement else {
        let gone = locale.choose("content erased", "contenu effacé");
        return vec![gone.to_owned(), item.statement.to_string()];
    };
    let mut lines = vec![words::kind(statement.kind(), locale).to_owned()];
    if let Some(head) = &statement.header().document {
        lines.push(format!("{} v{}", head.number.original(), head.version));
        lines.push(format!("{} {}", locale.choose("issued", "émis le"), head.issued));
    }
    lines
}

fn signer(
    record: Option<&Record>,
    statement: Option<&Statement>,
    evidence: &Evidence,
    locale: Locale,
) -> Vec<String> {
    let Some((record, statement)) = record.zip(statement) else { return Vec::new() };
    let (registry, at) = (evidence.registry(), record.index());
    let issuer = &statement.header().issuer;
    let mut lines = Vec::new();
    match &issuer.operator {
        IssuerUri::Operator(uri) => lines.extend(names::operator(registry, uri, at, locale)),
        IssuerUri::Key(_) => lines.push(registrars(locale)),
    }
    let role = words::role(issuer.role, locale);
    lines.push(format!("{} {role}", locale.choose("role:", "rôle :")));
    if let Some(copy) = &statement.header().transcription {
        let word = locale.choose("copied by", "copié par");
        let [name, uri] = names::operator(registry, &copy.by, at, locale);
        lines.extend([format!("{word} {name}"), uri]);
    }
    let signatures = record.signers().iter();
    let signatures: Vec<String> =
        signatures.map(|key| signature(key, registry, at, &lines, locale)).collect();
    lines.extend(signatures);
    lines
}

/// A signature: its key, and whose that is, by URI too unless that stands among the lines above. The
/// name comes last, for it can read like anything. A key that the record itself registers is new.
fn signature(
    key: &KeyId,
    registry: &Registry,
    at: EntryIndex,
    above: &[String],
    locale: Locale,
) -> String {
    let short: String = key.to_string().chars().take(KEY_ID_CHARS).collect();
    let (uri, name) = match registry.key(key, at).map(|standing| standing.owner) {
        Some(KeyOwner::Registrar) => (None, registrars(locale)),
        Some(KeyOwner::Operator(uri)) => {
            let [name, uri] = names::operator(registry, &uri, at, locale);
            (Some(uri).filter(|uri| !above.contains(uri)), name)
        }
        Some(KeyOwner::Log) => {
            (None, locale.choose("key of the log", "clé du registre").to_owned())
        }
        None => (None, locale.choose("new key", "nouvelle clé").to_owned()),
    };
    let signed = locale.choose("signed with key", "signé avec la clé");
    let of = locale.choose("of", "de");
    let whose = uri.map(|uri| format!(" {of} {uri}")).unwrap_or_default();
    format!("{signed} {short}…{whose}{} {name}", locale.choose(":", " :"))
}

fn registrars(locale: Locale) -> String {
    locale.choose("registrars of the ledger", "agents d'enregistrement du registre").to_owned()
}

fn assurance(item: &EvidenceItem, locale: Locale) -> String {
    format!("{} {}", locale.choose("assurance", "assurance"), item.assurance)
}
