//! Operators before customs: the EORI number.

use super::error::IdentifierError;
use super::text::{is_digits, text_identifier};

const KIND: &str = "EORI number";

text_identifier!(
    /// An economic operator's number: a country and up to 15 letters or digits, for France
    /// the 14 digits of a SIRET.
    Eori,
    "(?:FR[0-9]{14}|(?:[A-DG-Z][A-Z]|E[A-KM-Z]|F[A-QS-Z])[0-9A-Z]{1,15})",
    |text| {
        let malformed = || {
            IdentifierError::malformed(KIND, text, "2 capitals and 1 to 15 capitals or digits")
        };
        let (country, number) = text.split_at_checked(2).ok_or_else(malformed)?;
        let is_number = (1..=15).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !is_number || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(malformed());
        }
        match country {
            // The shape of a SIRET only: what customs has issued stands, whatever its check digit.
            "FR" if !is_digits(number, 14) => {
                Err(IdentifierError::malformed(KIND, text, "FR and the 14 digits of a SIRET"))
            }
            // Customs writes Greece GR, taxes write it EL: one operator must not have two names.
            "EL" => Err(IdentifierError::not_canonical(KIND, text, &format!("GR{number}"))),
            _ => Ok(()),
        }
    }
);
