//! Check digits: modulo 10 of GS1, and Luhn.

/// The check digit that belongs behind `body`, by modulo 10 of GS1 (General Specifications, 7.9):
/// weights 3, 1, 3, 1 … from the right. `None` if `body` is not all digits.
pub fn gs1_check_digit(body: &str) -> Option<char> {
    let mut sum = 0;
    for (character, weight) in body.chars().rev().zip([3, 1].into_iter().cycle()) {
        sum = (sum + character.to_digit(10)? * weight) % 10;
    }
    char::from_digit((10 - sum) % 10, 10)
}

/// Whether `text` is all digits and passes the Luhn check (ISO/IEC 7812-1, annex B).
pub fn is_luhn(text: &str) -> bool {
    let mut sum = 0;
    for (position, character) in text.chars().rev().enumerate() {
        let Some(digit) = character.to_digit(10) else { return false };
        let weighted = if position % 2 == 0 { digit } else { digit * 2 };
        sum = (sum + weighted / 10 + weighted % 10) % 10;
    }
    sum == 0 && !text.is_empty()
}

/// The text without its last character, and that character.
pub(super) fn split_check(text: &str) -> Option<(&str, char)> {
    let check = text.chars().next_back()?;
    Some((text.strip_suffix(check)?, check))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_fit_or_not() {
        for text in ["02345673", "416000336108", "12345678901231", "9521000200005"] {
            let (body, check) = split_check(text).unwrap();
            assert_eq!(gs1_check_digit(body), Some(check), "{text}");
        }
        assert_eq!(gs1_check_digit("12x"), None);
        assert!(is_luhn("999000110"));
        for bad in ["", "999000111", "99900011x"] {
            assert!(!is_luhn(bad), "{bad}");
        }
    }
}
