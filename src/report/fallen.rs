//! The listings that a later record took the ground from: which, why, and how long the platform
//! took.

use crate::attestation::{IssuerUri, PredicateKind};
use crate::audit::{AuditReport, FallenListing, Moment};
use crate::identifier::{Country, OperatorUri};
use crate::policy::Locale;
use crate::policy::words;
use crate::report::document::{Block, Card, Fact, Section};
use crate::report::line::Line;

/// One card for each record and each listing that it hit.
pub(super) fn section(report: &AuditReport, locale: Locale) -> Option<Section> {
    if report.fallen_listings.is_empty() {
        return None;
    }
    let intro = Block::paragraph(locale.choose(
        "Each was up when a record was logged after which the question of its listing is no longer \
         answered LISTABLE. Times are the ledger's.",
        "Chacune était publiée lorsqu'a été inscrite une attestation depuis laquelle la réponse à sa \
         question n'est plus PUBLIABLE. Les heures sont celles du registre.",
    ));
    let cards = report.fallen_listings.iter().map(|row| Block::Card(card(row, report, locale)));
    let blocks = std::iter::once(intro).chain(cards).collect();
    Section::new(locale.choose("Fallen listings", "Offres devenues non publiables"), blocks)
}

fn card(row: &FallenListing, report: &AuditReport, locale: Locale) -> Card {
    let named = |uri: &OperatorUri| {
        let of = report.operators.iter().find(|of| of.uri == *uri);
        let none = locale.choose("not registered", "non enregistré");
        [of.map_or_else(|| none.to_owned(), |of| of.name.clone()), uri.to_string()]
    };
    let mut facts = Vec::new();
    let record = locale.choose("Record", "Attestation");
    facts.push(Fact::lines(record, [what(row, locale), moment(&row.record.at, locale)]));
    if let Some(said) = &row.record.said {
        let name = locale.choose("Issued by", "Émise par");
        facts.push(match &said.issuer {
            IssuerUri::Operator(uri) => Fact::lines(name, named(uri)),
            IssuerUri::Key(_) => {
                Fact::words(name, locale.choose("registrars", "agents d'enregistrement"))
            }
        });
        let products = said.subjects.iter().filter(|subject| subject.as_product().is_some());
        let products: Vec<&str> = products.map(AsRef::as_ref).collect();
        if !products.is_empty() {
            facts.push(Fact::lines(locale.choose("On", "Sur"), products));
        }
    }
    facts.push(Fact::words(locale.choose("Product", "Produit"), &row.product));
    facts.push(Fact::lines(locale.choose("Platform", "Plateforme"), named(&row.platform)));
    facts.push(Fact::lines(locale.choose("Seller", "Vendeur"), named(&row.trader)));
    let countries: Vec<&str> = row.countries.iter().map(Country::as_str).collect();
    facts.push(Fact::words(locale.choose("Countries", "Pays"), countries.join(", ")));
    facts.push(Fact::words(
        locale.choose("Up since", "Publiée depuis"),
        moment(&row.listed, locale),
    ));
    let answer = row.now.map_or_else(|| words::unasked(locale), |of| words::verdict(of, locale));
    let reasons = row.reasons.iter().map(|reason| words::reason(*reason, locale));
    let lines = std::iter::once(answer.to_owned()).chain(reasons);
    facts.push(Fact::lines(locale.choose("Answer since then", "Réponse depuis"), lines));
    facts.push(Fact::lines(locale.choose("The platform", "La plateforme"), end(row, locale)));
    let title = format!("{} {}", locale.choose("Listing", "Offre"), row.listing_id);
    Card { title: Line::new(title), facts }
}

fn what(row: &FallenListing, locale: Locale) -> String {
    let unknown = locale.choose("its content is not here", "son contenu manque");
    let Some(said) = &row.record.said else { return unknown.to_owned() };
    let kind = PredicateKind::ALL.iter().find(|kind| kind.name() == said.kind);
    kind.map_or(said.kind, |kind| words::kind(*kind, locale)).to_owned()
}

/// When the platform acted, and how long it took.
fn end(row: &FallenListing, locale: Locale) -> Vec<String> {
    let Some(ended) = &row.ended else {
        let up = locale.choose("STILL UP at the checkpoint", "ENCORE PUBLIÉE au point de contrôle");
        return vec![up.to_owned()];
    };
    let after = words::duration(ended.after_ms, locale);
    let word = words::ending(ended.action, locale);
    let at = moment(&ended.at, locale);
    let cause = if ended.names_record {
        locale.choose(
            "it names this record as the cause",
            "elle désigne cette attestation comme cause",
        )
    } else {
        locale.choose(
            "it does not name this record as the cause",
            "elle ne désigne pas cette attestation comme cause",
        )
    };
    let (took, by) = match locale {
        Locale::En => (format!("{word} after {after}"), format!("by {at}")),
        Locale::Fr => (format!("{word} au bout de {after}"), format!("par l'{at}")),
    };
    vec![took, by, cause.to_owned()]
}

fn moment(of: &Moment, locale: Locale) -> String {
    format!("{} {} ({})", locale.choose("entry", "entrée"), of.entry, of.time)
}
