//! A fallen listing as one line, in every language.

use std::fmt;

use crate::attestation::PredicateKind;
use crate::audit::fallen::{Cause, Ending, FallenListing, Moment, Said};
use crate::audit::localized::{Localized, Written};
use crate::identifier::SubjectUri;
use crate::policy::{Locale, words};

impl FallenListing {
    /// The record, the listing, what its question gives now, and how it came down.
    pub fn text(&self, locale: Locale) -> String {
        Written(self, locale).to_string()
    }
}

impl Localized for FallenListing {
    fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (record, listed) = (Written(&self.record, locale), Written(&self.listed, locale));
        let (id, product, platform) = (&self.listing_id, &self.product, &self.platform);
        match locale {
            Locale::En => {
                write!(
                    f,
                    "{record}: listing {id} of {product} on {platform}, up since {listed}: "
                )?;
            }
            Locale::Fr => write!(
                f,
                "{record} : offre {id} de {product} sur {platform}, publiée depuis l'{listed} : "
            )?,
        }
        match &self.now {
            None => f.write_str(words::unasked(locale))?,
            Some(word) => word.write(locale, f)?,
        }
        for (place, reason) in self.reasons.iter().enumerate() {
            write!(f, "{}{reason}", if place == 0 { " " } else { ", " })?;
        }
        f.write_str(locale.choose("; ", " ; "))?;
        match &self.ended {
            None => f.write_str(
                locale.choose("still up at the checkpoint", "encore publiée au point de contrôle"),
            ),
            Some(ended) => ended.write(locale, f),
        }
    }
}

impl Localized for Cause {
    fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = Written(&self.at, locale);
        let Some(Said { kind, issuer, subjects }) = &self.said else {
            return write!(f, "{} {at}", locale.choose("record", "attestation,"));
        };
        match locale {
            Locale::En => write!(f, "{kind} {at} by {issuer}")?,
            Locale::Fr => {
                let of = PredicateKind::ALL.iter().find(|of| of.name() == *kind);
                let kind = of.map_or(*kind, |of| words::kind(*of, locale));
                write!(f, "{kind}, {at}, par {issuer}")?;
            }
        }
        let products = subjects.iter().filter(|subject| subject.as_product().is_some());
        for (place, product) in products.map(SubjectUri::as_str).enumerate() {
            let word = if place == 0 { locale.choose(" on ", " sur ") } else { ", " };
            write!(f, "{word}{product}")?;
        }
        Ok(())
    }
}

impl Localized for Moment {
    fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", locale.choose("entry", "entrée"), self.entry, self.time)
    }
}

impl Localized for Ending {
    fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, at) = (words::ending(self.action, locale), Written(&self.at, locale));
        let after = words::duration(self.after_ms, locale);
        match locale {
            Locale::En => write!(f, "{word} by {at}, after {after}")?,
            Locale::Fr => write!(f, "{word} par l'{at}, au bout de {after}")?,
        }
        if self.names_record {
            f.write_str(locale.choose(", because of it", ", pour cette raison"))?;
        }
        Ok(())
    }
}
