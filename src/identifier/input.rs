//! Identifiers as people and other systems write them, brought to canonical form. For requests and
//! imports only: a statement must hold the canonical form already.

use super::cset82::{Cset82, Lot, Serial};
use super::error::IdentifierError;
use super::gln::Gln;
use super::gtin::Gtin;
use super::operator::{OperatorScheme, OperatorUri};
use super::product::{ASSIGNED_PREFIX, ProductUri};
use super::{digital_link, epc};

/// A value in canonical form, and what was done to bring it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalised<T> {
    /// The value.
    pub value: T,
    /// What was changed, in words; empty if the text was canonical.
    pub notes: Vec<String>,
}

/// Reads a product: a GTIN of 8 to 14 digits, a GS1 Digital Link on any host, an EPC URN (`sgtin`,
/// `lgtin`, `idpat:sgtin`), or a canonical URI in another encoding.
pub fn product(text: &str) -> Result<Normalised<ProductUri>, IdentifierError> {
    let (found, mut notes) = trimmed(text);
    let value = if digital_link::is_url(found) {
        ProductUri::read(&digital_link::on_canonical_host(found, &mut notes)?)?
    } else if found.starts_with(epc::PREFIX) {
        epc::product(found)?
    } else if found.starts_with(ASSIGNED_PREFIX) {
        ProductUri::read(found)?
    } else {
        ProductUri::from_gtin(&Gtin::pad(found)?)
    };
    note_change(&mut notes, found, value.as_str());
    Ok(Normalised { value, notes })
}

/// Reads an operator: a GLN, a GS1 Digital Link with `/417/` on any host, an EPC URN (`pgln`), or a
/// URI of another scheme, its value in either case and with spaces.
pub fn operator(text: &str) -> Result<Normalised<OperatorUri>, IdentifierError> {
    let (found, mut notes) = trimmed(text);
    let value = if digital_link::is_url(found) {
        digital_link::on_canonical_host(found, &mut notes)?.parse()?
    } else if found.starts_with(epc::PREFIX) {
        OperatorUri::from(&epc::party(found)?)
    } else if found.starts_with(|first: char| first.is_ascii_digit()) {
        OperatorUri::from(&found.parse::<Gln>()?)
    } else {
        tidy_operator(found)?
    };
    note_change(&mut notes, found, value.as_str());
    Ok(Normalised { value, notes })
}

/// Reads a place: a GLN, a GS1 Digital Link with `/414/` on any host, or an EPC URN (`sgln`). What
/// tells places within it apart is dropped.
pub fn place(text: &str) -> Result<Normalised<Gln>, IdentifierError> {
    let (found, mut notes) = trimmed(text);
    let value = if digital_link::is_url(found) {
        let (gln, extension) = place_link(&digital_link::on_canonical_host(found, &mut notes)?)?;
        notes.extend(extension.map(|extension| format!("extension {extension:?} dropped")));
        gln
    } else if found.starts_with(epc::PREFIX) {
        let (gln, extension) = epc::place(found)?;
        notes.extend(extension.map(|extension| format!("extension {extension:?} dropped")));
        gln
    } else {
        found.parse()?
    };
    note_change(&mut notes, found, value.as_str());
    Ok(Normalised { value, notes })
}

/// The place of a Digital Link, and what stands behind it (AI 254).
fn place_link(link: &str) -> Result<(Gln, Option<String>), IdentifierError> {
    let expected = "https://id.gs1.org/414/{gln}, /254/{extension} behind it or nothing";
    let malformed = || IdentifierError::malformed("place", link, expected);
    let rest = link.strip_prefix("https://id.gs1.org/414/").ok_or_else(malformed)?;
    match rest.split_once('/') {
        None => Ok((rest.parse()?, None)),
        Some((gln, rest)) => {
            let extension = rest.strip_prefix("254/").filter(|of| !of.contains('/'));
            Ok((gln.parse()?, Some(extension.ok_or_else(malformed)?.to_owned())))
        }
    }
}

/// Reads a lot, white space around it left out.
pub fn lot(text: &str) -> Result<Normalised<Lot>, IdentifierError> {
    let (found, notes) = trimmed(text);
    Ok(Normalised { value: Cset82::parse("lot", found)?, notes })
}

/// Reads a serial, white space around it left out.
pub fn serial(text: &str) -> Result<Normalised<Serial>, IdentifierError> {
    let (found, notes) = trimmed(text);
    Ok(Normalised { value: Cset82::parse("serial", found)?, notes })
}

fn trimmed(text: &str) -> (&str, Vec<String>) {
    let trimmed = text.trim();
    let is_same = trimmed.len() == text.len();
    (trimmed, if is_same { Vec::new() } else { vec!["white space around it removed".to_owned()] })
}

fn note_change(notes: &mut Vec<String>, found: &str, canonical: &str) {
    if found != canonical {
        notes.push(format!("{found:?} read as {canonical:?}"));
    }
}

fn tidy_operator(text: &str) -> Result<OperatorUri, IdentifierError> {
    for scheme in OperatorScheme::ALL {
        let Some(value) = text.strip_prefix(scheme.prefix()) else { continue };
        let tidy = value.replace(' ', "").to_ascii_uppercase();
        // Customs writes Greece GR, taxes write it EL; people write either.
        let (wrong, right) = match scheme {
            OperatorScheme::Eori => ("EL", "GR"),
            OperatorScheme::Vat => ("GR", "EL"),
            OperatorScheme::Gln | OperatorScheme::Lei | OperatorScheme::Nando => ("", ""),
        };
        let tidy = match tidy.strip_prefix(wrong) {
            Some(number) => format!("{right}{number}"),
            None => tidy,
        };
        return OperatorUri::new(scheme, &tidy);
    }
    // It begins like no operator: the strict reader says what one looks like.
    text.parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_come_in_many_forms() {
        let bear = "https://id.gs1.org/01/09521000200012";
        for (text, expected, notes) in [
            (bear, bear, 0),
            ("9521000200012", bear, 1),
            (" 09521000200012\n", bear, 2),
            ("http://shop.example:8080/01/9521000200012?17=261231#x", bear, 5),
            ("HTTPS://ID.GS1.ORG/01/09521000200012", bear, 3),
            (
                "urn:probant:product:urn%3anando%3A0099:a+b",
                "urn:probant:product:urn%3Anando%3A0099:a%2Bb",
                1,
            ),
        ] {
            let found = product(text).unwrap();
            assert_eq!((found.value.as_str(), found.notes.len()), (expected, notes), "{text}");
        }
        for bad in [
            "",
            "95210 00200012",
            "urn:probant:product:urn:nando:0099:a",
            "https://shop.example",
            "https:///01/09521000200012",
            "https://a@b/01/09521000200012",
            "https://shop.example/p/01/09521000200012",
            "https://shop.example/417/9521000200005",
            "ftp://id.gs1.org/01/09521000200012",
            "https://id.gs1.org/01/09521000200012/",
            "https://id.gs1.org/01/9521000200012 /10/L",
        ] {
            product(bad).unwrap_err();
        }
    }

    #[test]
    fn operators_come_in_many_forms() {
        for (text, expected) in [
            ("9521000200005", "https://id.gs1.org/417/9521000200005"),
            ("http://x.example/417/9521000200005", "https://id.gs1.org/417/9521000200005"),
            ("urn:epc:id:pgln:9521000.20000", "https://id.gs1.org/417/9521000200005"),
            ("urn:vat:fr 72 999000110", "urn:vat:FR72999000110"),
            ("urn:vat:GR123456789", "urn:vat:EL123456789"),
            ("urn:eori:EL123456789", "urn:eori:GR123456789"),
            ("urn:lei:969500ksv493xwy0ps33", "urn:lei:969500KSV493XWY0PS33"),
        ] {
            let found = operator(text).unwrap();
            assert_eq!(found.value.as_str(), expected);
            assert!(!found.notes.is_empty());
        }
        assert_eq!(operator("urn:nando:0099").unwrap().notes, [""; 0]);
        for bad in ["", "952100020000", "0099", "https://x.example/414/9521000200005", "urn:lei:"] {
            operator(bad).unwrap_err();
        }
    }

    #[test]
    fn values_are_trimmed_and_never_changed() {
        let found = lot(" L2610A\t").unwrap();
        assert_eq!((found.value.as_str(), found.notes.len()), ("L2610A", 1));
        assert_eq!(serial("s-1").unwrap().notes, [""; 0]);
        lot("L 2610A").unwrap_err();
        let found = place("urn:epc:id:sgln:9521000.20000.7").unwrap();
        assert_eq!((found.value.as_str(), found.notes.len()), ("9521000200005", 2));
    }

    #[test]
    fn a_place_is_behind_its_own_key_alone() {
        for (text, notes) in [
            ("9521000200005", 0),
            ("https://id.gs1.org/414/9521000200005", 1),
            ("http://x.example/414/9521000200005/254/A1", 4),
        ] {
            let found = place(text).unwrap();
            assert_eq!(
                (found.value.as_str(), found.notes.len()),
                ("9521000200005", notes),
                "{text}"
            );
        }
        for bad in [
            "https://id.gs1.org/14/9521000200005",
            "https://id.gs1.org/417/9521000200005",
            "https://id.gs1.org/414/9521000200006",
            "https://id.gs1.org/414/9521000200005/10/L",
            "https://id.gs1.org/414/9521000200005/254/A/1",
        ] {
            place(bad).unwrap_err();
        }
    }
}
