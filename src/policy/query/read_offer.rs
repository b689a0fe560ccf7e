//! Reading the offer of a query: where it goes, what it shows, what it leaves out.

use crate::hash::{Digest, DigestError};
use crate::identifier::{Country, ProductUri, input};
use crate::policy::query::check::{ITEMS_MAX, PLACES_MAX, bound};
use crate::policy::query::error::QueryError;
use crate::policy::query::input::{ContactInput, OfferInput};
use crate::policy::query::normal::{Contact, GoodsLocation, Offer, ShownWarning};
use crate::policy::query::normalise::{Reader, sorted};

impl Reader {
    pub(super) fn offer(&mut self, offer: &OfferInput) -> Result<Offer, QueryError> {
        bound("offer.destinations", offer.destinations.len(), PLACES_MAX)?;
        let mut destinations = Vec::new();
        for text in &offer.destinations {
            let country = Country::parse_input(text)
                .map_err(|error| QueryError::value("offer.destinations", error.to_string()))?;
            if country.as_str() != text {
                self.note("offer.destinations", format!("{text:?} read as {country}"));
            }
            destinations.push(country);
        }
        let languages = offer.languages.as_deref().unwrap_or_default();
        bound("offer.languages", languages.len(), PLACES_MAX)?;
        let languages = languages.iter().map(|text| self.trimmed("offer.languages", text).parse());
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
            warnings: self.warnings(offer)?,
            images: self.images(offer)?,
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

    fn warnings(&mut self, offer: &OfferInput) -> Result<Vec<ShownWarning>, QueryError> {
        let warnings = offer.warnings.as_deref().unwrap_or_default();
        bound("offer.warnings", warnings.len(), ITEMS_MAX)?;
        let read = warnings.iter().map(|of| {
            let member = "offer.warnings.lang";
            let lang = self.trimmed(member, &of.lang).parse();
            let lang = lang.map_err(|error: String| QueryError::value(member, error))?;
            let code = self.trimmed("offer.warnings.code", &of.code).to_owned();
            Ok(ShownWarning { code, lang })
        });
        Ok(sorted(read.collect::<Result<_, QueryError>>()?))
    }

    fn images(&mut self, offer: &OfferInput) -> Result<Vec<Digest>, QueryError> {
        let images = offer.images.as_deref().unwrap_or_default();
        bound("offer.images", images.len(), ITEMS_MAX)?;
        let read = images.iter().map(|text| {
            let digits = self.trimmed("offer.images", text);
            let digits = digits.strip_prefix("sha256:").unwrap_or(digits);
            digits
                .parse()
                .map_err(|error: DigestError| QueryError::value("offer.images", error.to_string()))
        });
        Ok(sorted(read.collect::<Result<_, _>>()?))
    }
}
