//! Notified bodies: their number in NANDO.

use super::error::IdentifierError;
use super::text::{is_digits, text_identifier};

text_identifier!(
    /// The number of a notified body: 4 digits, leading zeros included.
    Nando,
    "[0-9]{4}",
    |text| if is_digits(text, 4) {
        Ok(())
    } else {
        Err(IdentifierError::malformed("NANDO number", text, "4 digits"))
    }
);
