//! Businesses before the tax office: VAT numbers of the European Union and of Northern Ireland.

use super::error::IdentifierError;
use super::text::{is_like, text_identifier};

const KIND: &str = "VAT number";

/// The shapes behind each country, as the Commission's VIES takes them.
const SHAPES: [(&str, &[&str]); 28] = [
    ("AT", &["U99999999"]),
    ("BE", &["0999999999", "1999999999"]),
    ("BG", &["999999999", "9999999999"]),
    ("CY", &["99999999@"]),
    ("CZ", &["99999999", "999999999", "9999999999"]),
    ("DE", &["999999999"]),
    ("DK", &["99999999"]),
    ("EE", &["999999999"]),
    ("EL", &["999999999"]),
    ("ES", &["@9999999*", "99999999@"]),
    ("FI", &["99999999"]),
    ("FR", &["**999999999"]),
    ("HR", &["99999999999"]),
    ("HU", &["99999999"]),
    ("IE", &["9999999@", "9999999@@", "9@99999@"]),
    ("IT", &["99999999999"]),
    ("LT", &["999999999", "999999999999"]),
    ("LU", &["99999999"]),
    ("LV", &["99999999999"]),
    ("MT", &["99999999"]),
    ("NL", &["999999999B99"]),
    ("PL", &["9999999999"]),
    ("PT", &["999999999"]),
    (
        "RO",
        &["99", "999", "9999", "99999", "999999", "9999999", "99999999", "999999999", "9999999999"],
    ),
    ("SE", &["999999999999"]),
    ("SI", &["99999999"]),
    ("SK", &["9999999999"]),
    ("XI", &["999999999", "999999999999", "GD999", "HA999"]),
];

text_identifier!(
    /// A VAT number with its country (`EL` is Greece, `XI` Northern Ireland); for France the key is
    /// checked where it is a number.
    Vat,
    "[A-Z]{2}[0-9A-Z]{2,12}",
    |text| {
        let malformed = || {
            let expected = "a country of the EU (EL for Greece) or XI, and its form of number";
            IdentifierError::malformed(KIND, text, expected)
        };
        let (country, number) = text.split_at_checked(2).ok_or_else(malformed)?;
        let (_, shapes) =
            SHAPES.iter().find(|(name, _)| *name == country).ok_or_else(malformed)?;
        if !shapes.iter().any(|shape| is_like(number, shape)) {
            return Err(malformed());
        }
        if country == "FR" { check_french_key(text, number) } else { Ok(()) }
    }
);

fn check_french_key(text: &str, number: &str) -> Result<(), IdentifierError> {
    let malformed =
        || IdentifierError::malformed(KIND, text, "FR, a key of 2 digits or letters, and a SIREN");
    let (key, siren) = number.split_at_checked(2).ok_or_else(malformed)?;
    if key.contains(['I', 'O']) {
        return Err(malformed());
    }
    let siren: u32 = siren.parse().map_err(|_cause| malformed())?;
    let expected = format!("{:02}", (12 + 3 * (siren % 97)) % 97);
    // Keys with letters follow a rule that the tax office does not publish.
    let is_number = key.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && key != expected {
        return Err(IdentifierError::check(KIND, text, expected));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_form_of_their_country() {
        for good in [
            "ATU12345678",
            "BE0123456789",
            "DE123456789",
            "EL123456789",
            "ESX1234567X",
            "ES12345678X",
            "FR72999000110",
            "FRK7999000110",
            "IE1234567FA",
            "NL123456789B01",
            "RO12",
            "XI123456789",
            "XIGD123",
        ] {
            assert_eq!(good.parse::<Vat>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "FR",
            "AT12345678",
            "BE2123456789",
            "GR123456789",
            "GB123456789",
            "ES123456789",
            "FR73999000110",
            "FRO7999000110",
            "FR7299900011",
            "de123456789",
            "DE12345678Ä",
            "DE123456789 ",
        ] {
            bad.parse::<Vat>().unwrap_err();
        }
    }
}
