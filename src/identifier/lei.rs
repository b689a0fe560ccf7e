//! Legal entities: the LEI of ISO 17442.

use super::error::IdentifierError;
use super::text::{is_like, text_identifier};

const KIND: &str = "LEI";

text_identifier!(
    /// A legal entity identifier: 18 letters or digits and two check digits (ISO 7064, mod 97-10).
    Lei,
    "[0-9A-Z]{18}[0-9]{2}",
    |text| {
        let malformed =
            || IdentifierError::malformed(KIND, text, "18 capitals or digits and 2 check digits");
        if !is_like(text, "******************99") {
            return Err(malformed());
        }
        let (body, check) = text.split_at_checked(18).ok_or_else(malformed)?;
        let remainder = remainder_97(body).ok_or_else(malformed)?;
        // Recomputed, not merely divided: 00, 01 and 99 would leave the same remainder as 97, 98
        // and 02, and give an entity a second name.
        let expected = format!("{:02}", 98 - remainder * 100 % 97);
        if check == expected { Ok(()) } else { Err(IdentifierError::check(KIND, text, expected)) }
    }
);

/// `body` modulo 97, with A = 10 … Z = 35.
fn remainder_97(body: &str) -> Option<u32> {
    body.chars().try_fold(0, |remainder, character| {
        let value = character.to_digit(36)?;
        let shift = if value < 10 { 10 } else { 100 };
        Some((remainder * shift + value) % 97)
    })
}
