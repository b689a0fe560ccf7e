//! What was asked of a dossier's verdict.

use crate::identifier::Country;
use crate::merkle::EntryIndex;
use crate::policy::query::GoodsLocation;
use crate::policy::{Evidence, Locale, NormalQuery};
use crate::report::document::{Block, Fact, Section};
use crate::report::names;

/// The question, with the parties by their registered names.
pub(super) fn section(query: &NormalQuery, evidence: &Evidence, locale: Locale) -> Option<Section> {
    let at = EntryIndex::new(query.as_of.get());
    let party = |uri| names::operator(evidence.registry(), uri, at, locale);
    let offer = &query.offer;
    let mut facts = vec![
        Fact::lines(locale.choose("Product", "Produit"), &query.products),
        Fact::lines(locale.choose("Seller", "Vendeur"), party(&query.trader.operator)),
        Fact::lines(locale.choose("Platform", "Plateforme"), party(&offer.platform)),
    ];
    let listing = locale.choose("Listing", "Offre");
    facts.extend(offer.listing_id.as_ref().map(|id| Fact::words(listing, id)));
    let countries: Vec<&str> = offer.destinations.iter().map(Country::as_str).collect();
    facts.push(Fact::words(locale.choose("Destinations", "Destinations"), countries.join(", ")));
    let goods = match offer.goods_location {
        GoodsLocation::EuStock { placed_on_market } => format!(
            "{} {placed_on_market}",
            locale.choose(
                "in EU stock; placed on the market, as the seller says, on",
                "en stock dans l'UE ; mis sur le marché, selon le vendeur, le"
            ),
        ),
        GoodsLocation::DirectImport {} => locale
            .choose("imported directly to the buyer", "en importation directe vers l'acheteur")
            .to_owned(),
    };
    facts.push(Fact::words(locale.choose("Goods", "Marchandises"), goods));
    facts.push(Fact::words(locale.choose("Law as of", "Droit applicable au"), query.legal_at));
    Section::new(locale.choose("What was asked", "La question posée"), vec![Block::Facts(facts)])
}
