//! French businesses and their sites: SIREN and SIRET.

use super::check_digit::is_luhn;
use super::error::IdentifierError;
use super::text::{is_digits, text_identifier};

/// The one business whose sites outgrew the Luhn check: its SIRETs add up to a multiple of 5.
const LA_POSTE: &str = "356000000";

text_identifier!(
    /// A French business: 9 digits, Luhn.
    Siren,
    "[0-9]{9}",
    |text| checked("SIREN", text, 9, "9 digits that pass the Luhn check", is_luhn)
);

text_identifier!(
    /// A site of a French business: its SIREN and 5 digits, Luhn.
    Siret,
    "[0-9]{14}",
    |text| checked("SIRET", text, 14, "14 digits that pass the Luhn check", is_siret)
);

impl Siret {
    /// The first nine digits, which are those of the business.
    pub fn siren_digits(&self) -> &str {
        self.0.get(..9).unwrap_or_default()
    }
}

fn checked(
    kind: &'static str,
    text: &str,
    count: usize,
    expected: &'static str,
    check: fn(&str) -> bool,
) -> Result<(), IdentifierError> {
    if is_digits(text, count) && check(text) {
        return Ok(());
    }
    Err(IdentifierError::malformed(kind, text, expected))
}

fn is_siret(digits: &str) -> bool {
    let sum: u32 = digits.bytes().map(|digit| u32::from(digit.wrapping_sub(b'0'))).sum();
    is_luhn(digits) || (digits.starts_with(LA_POSTE) && sum.is_multiple_of(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn_decides_except_for_the_post() {
        let site: Siret = "99900011000018".parse().unwrap();
        assert_eq!(site.siren_digits(), "999000110");
        "35600000000048".parse::<Siret>().unwrap();
        "35600000000001".parse::<Siret>().unwrap();
        for bad in ["99900011000017", "35600000000002", "9990001100001", "99900011000018 ", ""] {
            bad.parse::<Siret>().unwrap_err();
        }
    }
}
