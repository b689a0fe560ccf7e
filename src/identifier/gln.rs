//! Parties and places: the GLN of GS1.

use super::check_digit::{gs1_check_digit, split_check};
use super::error::IdentifierError;
use super::text::{is_digits, text_identifier};

const KIND: &str = "GLN";

text_identifier!(
    /// A global location number: 13 digits. Names a party (417) or a place (414).
    Gln,
    "[0-9]{13}",
    |text| {
        let malformed = || IdentifierError::malformed(KIND, text, "13 digits");
        if !is_digits(text, 13) {
            return Err(malformed());
        }
        let (body, check) = split_check(text).ok_or_else(malformed)?;
        let expected = gs1_check_digit(body).ok_or_else(malformed)?;
        if check != expected {
            return Err(IdentifierError::check(KIND, text, expected));
        }
        if text.bytes().all(|digit| digit == b'0') {
            return Err(IdentifierError::refused(KIND, text, "all zeros"));
        }
        Ok(())
    }
);

impl Gln {
    /// Whether the number is from the range for examples, prefix 952.
    pub fn is_test(&self) -> bool {
        self.0.starts_with("952")
    }
}
