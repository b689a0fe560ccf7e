//! Registrations of products and producers: EPREL, and the French numbers of extended producer
//! responsibility.

use super::error::IdentifierError;
use super::text::{is_digits, is_like, text_identifier};

text_identifier!(
    /// A registration in the European product registry for energy labelling: up to 12 digits.
    Eprel,
    "[0-9]{1,12}",
    |text| if (1..=12).contains(&text.len()) && is_digits(text, text.len()) {
        Ok(())
    } else {
        Err(IdentifierError::malformed("EPREL number", text, "1 to 12 digits"))
    }
);

text_identifier!(
    /// A French producer's number, as `FR123456_01ABCD`.
    EprFr,
    "FR[0-9]{6}_[0-9]{2}[A-Z]{4}",
    |text| if is_like(text, "FR999999_99@@@@") {
        Ok(())
    } else {
        let expected = "FR, 6 digits, an underscore, 2 digits, 4 capitals, as FR123456_01ABCD";
        Err(IdentifierError::malformed("French EPR number", text, expected))
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registrations_have_their_shape() {
        "1234567".parse::<Eprel>().unwrap();
        "FR123456_01ABCD".parse::<EprFr>().unwrap();
        for bad in ["", "1234567890123", "12a"] {
            bad.parse::<Eprel>().unwrap_err();
        }
        for bad in ["FR123456-01ABCD", "FR12345_01ABCD", "FR123456_01ABC1", "fr123456_01ABCD"] {
            bad.parse::<EprFr>().unwrap_err();
        }
    }
}
