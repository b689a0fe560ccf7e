//! Product models: the GMN of GS1 (AI 8013).

use super::cset82;
use super::error::IdentifierError;
use super::text::text_identifier;

const KIND: &str = "GMN";

/// The characters of the check, by value.
const CHECK_ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// The weights, from the character before the check to the left.
const WEIGHTS: [u32; 23] =
    [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83];

text_identifier!(
    /// A global model number: up to 25 characters of CSET 82, the first five digits, the last two a
    /// check (GS1 General Specifications, 7.9.5).
    Gmn,
    "[0-9]{5}[!\"%-?A-Z_a-z]{3,20}",
    |text| {
        let malformed = || {
            let expected = "5 digits, then up to 18 characters of CSET 82 and 2 of the check";
            IdentifierError::malformed(KIND, text, expected)
        };
        let is_shape = (8..=25).contains(&text.len())
            && text.bytes().take(5).all(|byte| byte.is_ascii_digit())
            && text.chars().all(cset82::contains);
        let (body, check) = text.split_at_checked(text.len().saturating_sub(2))
            .filter(|_| is_shape)
            .ok_or_else(malformed)?;
        let expected = check_pair(body).ok_or_else(malformed)?;
        if check == expected { Ok(()) } else { Err(IdentifierError::check(KIND, text, expected)) }
    }
);

fn check_pair(body: &str) -> Option<String> {
    let mut sum = 0;
    for (character, weight) in body.chars().rev().zip(WEIGHTS) {
        sum += cset82::value(character)? * weight;
    }
    let check = usize::try_from(sum % 1021).ok()?;
    let pair = [CHECK_ALPHABET.get(check / 32)?, CHECK_ALPHABET.get(check % 32)?];
    Some(pair.into_iter().copied().map(char::from).collect())
}
