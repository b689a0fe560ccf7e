//! Acts of the European Union: their CELEX number.

use super::error::IdentifierError;
use super::text::{is_like, text_identifier};

text_identifier!(
    /// The CELEX number of a regulation (R), directive (L) or decision (D), as `32009L0048`.
    Celex,
    "3[0-9]{4}[RLD][0-9]{4}",
    |text| if ["39999R9999", "39999L9999", "39999D9999"].iter().any(|shape| is_like(text, shape)) {
        Ok(())
    } else {
        let expected = "3, the year, R, L or D, and 4 digits, as 32009L0048";
        Err(IdentifierError::malformed("CELEX number", text, expected))
    }
);
