//! Customs declarations: the MRN.

use super::error::IdentifierError;
use super::text::{is_like, text_identifier};

text_identifier!(
    /// The master reference number of a customs declaration: year, country, 14 letters or digits.
    Mrn,
    "[0-9]{2}[A-Z]{2}[0-9A-Z]{14}",
    |text| if is_like(text, "99@@**************") {
        Ok(())
    } else {
        let expected = "2 digits of the year, 2 capitals of the country, 14 capitals or digits";
        Err(IdentifierError::malformed("MRN", text, expected))
    }
);
