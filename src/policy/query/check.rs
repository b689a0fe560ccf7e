//! What the types of a normal query don't show: limits, order, and that its members agree.

use crate::identifier::{DocumentUri, ProductUri};
use crate::json;
use crate::policy::query::error::QueryError;
use crate::policy::query::normal::{GoodsLocation, NormalQuery};

/// The most batches in one query: each is judged by itself.
pub(super) const BATCHES_MAX: usize = 200;
/// The most destinations and languages: all there are.
pub(super) const PLACES_MAX: usize = 300;
/// The most warnings, pictures and excluded scopes.
pub(super) const ITEMS_MAX: usize = 500;
/// The longest name, address or code, in characters.
const TEXT_CHARS_MAX: usize = 500;

impl NormalQuery {
    /// Reads a query that claims to be in normal form, such as that of a verdict or dossier.
    pub fn parse(bytes: &[u8]) -> Result<Self, QueryError> {
        let query: Self = json::from_slice(bytes)?;
        query.check()?;
        if json::canonical(&query)? == bytes { Ok(query) } else { Err(QueryError::NotNormal) }
    }

    /// The canonical JSON (RFC 8785).
    pub fn to_bytes(&self) -> Result<Vec<u8>, QueryError> {
        Ok(json::canonical(self)?)
    }

    /// Checks what its types don't show: limits, order, and that the members agree.
    pub fn check(&self) -> Result<(), QueryError> {
        let offer = &self.offer;
        is_set("products", &self.products, BATCHES_MAX)?;
        is_set("offer.destinations", &offer.destinations, PLACES_MAX)?;
        is_set("offer.languages", &offer.languages, PLACES_MAX)?;
        is_set("offer.warnings", &offer.warnings, ITEMS_MAX)?;
        is_set("offer.images", &offer.images, ITEMS_MAX)?;
        is_set("offer.excluded_scopes", &offer.excluded_scopes, ITEMS_MAX)?;
        if offer.destinations.is_empty() {
            return Err(QueryError::Missing { member: "offer.destinations" });
        }
        self.check_products()?;
        self.check_texts()?;
        self.check_days()?;
        match &offer.listing_id {
            // The listing is a document of the platform: its number must be one.
            Some(id) => DocumentUri::new(&offer.platform, id)
                .map(|_uri| ())
                .map_err(|error| QueryError::value("offer.listing_id", error.to_string())),
            None => Ok(()),
        }
    }

    fn check_products(&self) -> Result<(), QueryError> {
        let Some(base) = self.model() else {
            return Err(QueryError::Missing { member: "product.id" });
        };
        let is_of_base = |of: &ProductUri| of.without_serial().without_lot() == base;
        // One product may be anything; several are batches of one base and nothing finer.
        let is_batch = |of: &ProductUri| {
            of.qualifiers().lot.is_some()
                && of.qualifiers().serial.is_none()
                && of.qualifiers().third_party.is_none()
        };
        if self.products.len() > 1 && !self.products.iter().all(|of| is_of_base(of) && is_batch(of))
        {
            let reason = "expected one product, or batches of one product";
            return Err(QueryError::value("product.batches", reason));
        }
        let merchant = &self.merchant_id;
        if merchant.as_ref().is_some_and(|id| {
            id.assigner().as_ref() != Some(&self.trader.operator) || !id.is_model()
        }) {
            let reason = "expected a number that the trader assigned";
            return Err(QueryError::value("product.merchant_pid", reason));
        }
        let mut excluded = self.offer.excluded_scopes.iter();
        if let Some(other) = excluded.find(|scope| scope.model() != base.model()) {
            let reason = format!("{other} is another product than {}", base.model());
            return Err(QueryError::value("offer.excluded_scopes", reason));
        }
        // Who leaves out all that is offered would settle every recall of a part of it.
        let is_offered = |scope: &ProductUri| self.products.iter().any(|of| scope.covers(of));
        if let Some(scope) = self.offer.excluded_scopes.iter().find(|scope| is_offered(scope)) {
            let reason = format!("{scope} holds what is asked about");
            return Err(QueryError::value("offer.excluded_scopes", reason));
        }
        Ok(())
    }

    /// Goods in stock were placed on the market on a day that has come: evidence is judged on that
    /// day, and one to come would make evidence count that is not in force yet.
    fn check_days(&self) -> Result<(), QueryError> {
        let day = self.legal_at.date();
        match self.offer.goods_location {
            GoodsLocation::EuStock { placed_on_market } if placed_on_market > day => {
                let reason = format!("placed on the market on {placed_on_market}, after {day}");
                Err(QueryError::value("offer.goods_location", reason))
            }
            GoodsLocation::EuStock { .. } | GoodsLocation::DirectImport {} => Ok(()),
        }
    }

    fn check_texts(&self) -> Result<(), QueryError> {
        text("trader.name", self.trader.name.as_deref())?;
        text("category.platform", self.category.platform.as_deref())?;
        for warning in &self.offer.warnings {
            text("offer.warnings.code", Some(&warning.code))?;
        }
        let offer = &self.offer;
        for (member, contact) in [
            ("offer.manufacturer", &offer.manufacturer),
            ("offer.importer", &offer.importer),
            ("offer.responsible_person", &offer.responsible_person),
        ] {
            let Some(contact) = contact else { continue };
            text(member, Some(&contact.name))?;
            text(member, contact.postal.as_deref())?;
            text(member, contact.electronic.as_deref())?;
        }
        Ok(())
    }
}

/// A text that people read: not empty, not endless, nothing that moves a terminal's cursor.
fn text(member: &'static str, found: Option<&str>) -> Result<(), QueryError> {
    let Some(found) = found else { return Ok(()) };
    let chars = found.chars().count();
    if found.trim().is_empty() {
        return Err(QueryError::value(member, "it is empty"));
    }
    if chars > TEXT_CHARS_MAX {
        return Err(QueryError::TooMany { member, found: chars, max: TEXT_CHARS_MAX });
    }
    // An address may have lines.
    if found.chars().any(|c| c.is_control() && c != '\n') {
        return Err(QueryError::value(member, "it has control characters"));
    }
    Ok(())
}

/// Refuses a list that is too long.
pub(super) fn bound(member: &'static str, found: usize, max: usize) -> Result<(), QueryError> {
    if found > max { Err(QueryError::TooMany { member, found, max }) } else { Ok(()) }
}

fn is_set<T: Ord>(member: &'static str, list: &[T], max: usize) -> Result<(), QueryError> {
    bound(member, list.len(), max)?;
    if list.is_sorted_by(|one, next| one < next) { Ok(()) } else { Err(QueryError::NotNormal) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::query::normalise::tests::NORMAL;

    #[test]
    fn only_the_normal_form_is_read_back() {
        for (old, new) in [
            ("[\"DE\",\"FR\"]", "[\"FR\",\"DE\"]"),
            ("[\"DE\",\"FR\"]", "[\"DE\",\"DE\",\"FR\"]"),
            ("[\"DE\",\"FR\"]", "[\"de\",\"FR\"]"),
            ("[\"DE\",\"FR\"]", "[]"),
            ("\"products\":[", "\"products\": ["),
            ("\"listing_id\":\"MK-1\",", "\"listing_id\":null,"),
            ("00:00:00Z", "00:00:00.000Z"),
            ("\"electrical\":false,", "\"electrical\":null,"),
            ("/01/09521000200012", "/01/9521000200012"),
            ("FR99900011000018:SKU-77", "FR99900011000019:SKU-77"),
            ("\"policy\":", "\"dry_run\":false,\"policy\":"),
            ("/10/L2610A\"", "/10/L2610A\",\"https://id.gs1.org/01/09521000300026/10/L\""),
        ] {
            assert_eq!(NORMAL.matches(old).count(), 1, "{old}");
            let bytes = NORMAL.replace(old, new);
            NormalQuery::parse(bytes.as_bytes()).expect_err(new);
        }
    }

    #[test]
    fn every_change_of_a_byte_is_refused_or_another_query() {
        let query = NormalQuery::parse(NORMAL.as_bytes()).unwrap();
        for index in 0..NORMAL.len() {
            let mut bytes = NORMAL.as_bytes().to_vec();
            bytes[index] ^= 1;
            if let Ok(other) = NormalQuery::parse(&bytes) {
                assert_ne!(other, query, "byte {index}");
            }
        }
    }
}
