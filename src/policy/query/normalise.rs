//! From what a platform writes to the normal form.

use crate::hash::Digest;
use crate::identifier::{Country, DocumentUri, IdentifierError, Lot, ProductUri, input};
use crate::json;
use crate::merkle::TreeSize;
use crate::policy::query::error::QueryError;
use crate::policy::query::input::{
    CategoryInput, ContactInput, OfferInput, ProductInput, Query, TraderInput,
};
use crate::policy::query::normal::{
    Contact, GoodsLocation, NormalCategory, NormalQuery, Offer, ShownWarning, Trader,
};
use crate::time::Timestamp;

/// The most batches in one query: each is judged by itself.
const BATCHES_MAX: usize = 200;
/// The most destinations and languages: all there are.
const PLACES_MAX: usize = 300;
/// The most warnings, pictures and excluded scopes.
const ITEMS_MAX: usize = 500;
/// The longest name, address or code, in characters.
const TEXT_CHARS_MAX: usize = 500;

/// What a query means where it says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// The time of the seal: the instant that the question is about.
    pub seal_time: Timestamp,
    /// The size of the tree under the newest published checkpoint.
    pub size: TreeSize,
}

/// Something that normalising changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The member, as `product.gtin`.
    pub member: &'static str,
    /// What was done, in words.
    pub text: String,
}

impl Query {
    /// The query in normal form, and what was changed to bring it there. Whether `as_of` is the size
    /// of a published checkpoint is not looked at.
    pub fn normalise(&self, defaults: Defaults) -> Result<(NormalQuery, Vec<Note>), QueryError> {
        let mut reader = Reader::default();
        let trader = reader.trader(&self.trader)?;
        let (products, merchant_id) = reader.products(&self.product, &trader)?;
        let policy = self.policy.as_deref().map(str::parse).transpose();
        let query = NormalQuery {
            offer: reader.offer(&self.offer)?,
            products,
            merchant_id,
            category: reader.category(&self.category)?,
            attributes: self.attributes.clone(),
            trader,
            legal_at: self.legal_at.unwrap_or(defaults.seal_time),
            as_of: self.as_of.unwrap_or(defaults.size),
            policy: policy.map_err(|error| QueryError::value("policy", error))?,
        };
        query.check()?;
        Ok((query, reader.notes))
    }
}

/// Reads members of a query and notes what it changed.
#[derive(Default)]
struct Reader {
    notes: Vec<Note>,
}

impl Reader {
    fn trader(&mut self, trader: &TraderInput) -> Result<Trader, QueryError> {
        let operator = input::operator(&trader.operator);
        let operator = self.noted("trader.operator", operator)?;
        Ok(Trader { operator, name: trader.name.clone() })
    }

    fn products(
        &mut self,
        product: &ProductInput,
        trader: &Trader,
    ) -> Result<(Vec<ProductUri>, Option<ProductUri>), QueryError> {
        let number = product.merchant_pid.as_deref().map(str::trim);
        let of_merchant = number.map(|pid| ProductUri::from_assigned(&trader.operator, pid));
        let merchant_id = of_merchant
            .transpose()
            .map_err(|error| QueryError::value("product.merchant_pid", error))?;
        let base = match (&product.gtin, &product.id) {
            (Some(_), Some(_)) => {
                return Err(QueryError::value("product.id", "expected gtin or id, not both"));
            }
            (Some(gtin), None) => {
                // Only digits: a whole URI belongs into `id`.
                if !gtin.trim().bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(QueryError::value("product.gtin", "expected digits only"));
                }
                self.noted("product.gtin", input::product(gtin))?
            }
            (None, Some(id)) => self.noted("product.id", input::product(id))?,
            (None, None) => {
                merchant_id.clone().ok_or(QueryError::Missing { member: "product.id" })?
            }
        };
        Ok((self.goods(product, &base)?, merchant_id))
    }

    /// The products that batches, serial and variant make of a base.
    fn goods(
        &mut self,
        product: &ProductInput,
        base: &ProductUri,
    ) -> Result<Vec<ProductUri>, QueryError> {
        let at = |member| move |error: IdentifierError| QueryError::value(member, error);
        let clash = |member| QueryError::value(member, format!("{base} has one already"));
        let mut base = base.clone();
        if let Some(variant) = &product.variant {
            if base.qualifiers().variant.is_some() {
                return Err(clash("product.variant"));
            }
            base = base.with_variant(variant.trim()).map_err(at("product.variant"))?;
        }
        if let Some(serial) = &product.serial {
            if base.qualifiers().serial.is_some() {
                return Err(clash("product.serial"));
            }
            let serial = self.noted("product.serial", input::serial(serial))?;
            base = base.with_serial(serial.as_str()).map_err(at("product.serial"))?;
        }
        let batches = product.batches.as_deref().unwrap_or_default();
        bound("product.batches", batches.len(), BATCHES_MAX)?;
        if !batches.is_empty() && base.qualifiers().lot.is_some() {
            return Err(clash("product.batches"));
        }
        if batches.len() > 1 && base.qualifiers().serial.is_some() {
            let reason = "an item is of one batch: expected at most one with a serial";
            return Err(QueryError::value("product.batches", reason));
        }
        let mut products = Vec::new();
        for batch in batches {
            let lot: Lot = self.noted("product.batches", input::lot(batch))?;
            products.push(base.with_lot(lot.as_str()).map_err(at("product.batches"))?);
        }
        if products.is_empty() {
            products.push(base);
        }
        Ok(sorted(products))
    }

    fn category(&mut self, category: &CategoryInput) -> Result<NormalCategory, QueryError> {
        let gpc = category.gpc.as_deref().map(|text| text.trim().parse()).transpose();
        let cn = category.cn.as_deref().map(|text| {
            // People write CN codes in groups: 9503 00 41, 9503.00.41.
            let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '.')).collect();
            if digits != text {
                self.note("category.cn", format!("{text:?} read as {digits:?}"));
            }
            digits.parse()
        });
        Ok(NormalCategory {
            gpc: gpc.map_err(|error| QueryError::value("category.gpc", error))?,
            cn: cn.transpose().map_err(|error| QueryError::value("category.cn", error))?,
            platform: category.platform.clone(),
        })
    }

    fn offer(&mut self, offer: &OfferInput) -> Result<Offer, QueryError> {
        bound("offer.destinations", offer.destinations.len(), PLACES_MAX)?;
        let mut destinations = Vec::new();
        for text in &offer.destinations {
            let country = Country::parse_input(text)
                .map_err(|error| QueryError::value("offer.destinations", error))?;
            if country.as_str() != text {
                self.note("offer.destinations", format!("{text:?} read as {country}"));
            }
            destinations.push(country);
        }
        let languages = offer.languages.as_deref().unwrap_or_default();
        bound("offer.languages", languages.len(), PLACES_MAX)?;
        let languages = languages.iter().map(|text| text.trim().parse());
        let languages: Result<Vec<_>, String> = languages.collect();
        let contact = |contact: &Option<ContactInput>| {
            contact.as_ref().map(|of| Contact {
                name: of.name.clone(),
                postal: of.postal.clone(),
                electronic: of.electronic.clone(),
            })
        };
        Ok(Offer {
            platform: self.noted("offer.platform", input::operator(&offer.platform))?,
            listing_id: offer.listing_id.clone(),
            destinations: sorted(destinations),
            languages: sorted(
                languages.map_err(|error| QueryError::value("offer.languages", error))?,
            ),
            manufacturer: contact(&offer.manufacturer),
            importer: contact(&offer.importer),
            responsible_person: contact(&offer.responsible_person),
            warnings: warnings(offer)?,
            images: images(offer)?,
            excluded_scopes: self.excluded_scopes(offer)?,
            goods_location: offer.goods_location.unwrap_or(GoodsLocation::DirectImport {}),
        })
    }

    fn excluded_scopes(&mut self, offer: &OfferInput) -> Result<Vec<ProductUri>, QueryError> {
        let texts = offer.excluded_scopes.as_deref().unwrap_or_default();
        bound("offer.excluded_scopes", texts.len(), ITEMS_MAX)?;
        let mut scopes = Vec::new();
        for text in texts {
            scopes.push(self.noted("offer.excluded_scopes", input::product(text))?);
        }
        Ok(sorted(scopes))
    }

    /// A value that was read, with what was done kept as notes.
    fn noted<T>(
        &mut self,
        member: &'static str,
        found: Result<input::Normalised<T>, IdentifierError>,
    ) -> Result<T, QueryError> {
        let found = found.map_err(|error| QueryError::value(member, error))?;
        self.notes.extend(found.notes.into_iter().map(|text| Note { member, text }));
        Ok(found.value)
    }

    fn note(&mut self, member: &'static str, text: String) {
        self.notes.push(Note { member, text });
    }
}

fn warnings(offer: &OfferInput) -> Result<Vec<ShownWarning>, QueryError> {
    let warnings = offer.warnings.as_deref().unwrap_or_default();
    bound("offer.warnings", warnings.len(), ITEMS_MAX)?;
    let read = warnings.iter().map(|of| {
        let lang = of.lang.trim().parse();
        let lang = lang.map_err(|error: String| QueryError::value("offer.warnings.lang", error))?;
        Ok(ShownWarning { code: of.code.trim().to_owned(), lang })
    });
    Ok(sorted(read.collect::<Result<_, QueryError>>()?))
}

fn images(offer: &OfferInput) -> Result<Vec<Digest>, QueryError> {
    let images = offer.images.as_deref().unwrap_or_default();
    bound("offer.images", images.len(), ITEMS_MAX)?;
    let read = images.iter().map(|text| {
        let digits = text.trim();
        let digits = digits.strip_prefix("sha256:").unwrap_or(digits);
        digits.parse().map_err(|error| QueryError::value("offer.images", error))
    });
    Ok(sorted(read.collect::<Result<_, _>>()?))
}

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
        match &offer.listing_id {
            // The listing is a document of the platform: its number must be one.
            Some(id) => DocumentUri::new(&offer.platform, id)
                .map(|_uri| ())
                .map_err(|error| QueryError::value("offer.listing_id", error)),
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
        Ok(())
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

fn bound(member: &'static str, found: usize, max: usize) -> Result<(), QueryError> {
    if found > max { Err(QueryError::TooMany { member, found, max }) } else { Ok(()) }
}

fn is_set<T: Ord>(member: &'static str, list: &[T], max: usize) -> Result<(), QueryError> {
    bound(member, list.len(), max)?;
    if list.is_sorted_by(|one, next| one < next) { Ok(()) } else { Err(QueryError::NotNormal) }
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort_unstable();
    list.dedup();
    list
}
