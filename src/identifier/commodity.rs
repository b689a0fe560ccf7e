//! Kinds of goods: GPC bricks of GS1 and codes of the Combined Nomenclature.

use super::error::IdentifierError;
use super::text::{is_digits, text_identifier};

text_identifier!(
    /// A brick of GS1's Global Product Classification: 8 digits.
    Gpc,
    "[0-9]{8}",
    |text| if is_digits(text, 8) {
        Ok(())
    } else {
        Err(IdentifierError::malformed("GPC brick", text, "8 digits"))
    }
);

text_identifier!(
    /// A code of the Combined Nomenclature, or its beginning: 2, 4 or 6 digits, 8 for a full code,
    /// 10 with the digits of TARIC.
    CnCode,
    "(?:[0-9]{2}){1,5}",
    |text| if [2, 4, 6, 8, 10].iter().any(|count| is_digits(text, *count)) {
        Ok(())
    } else {
        Err(IdentifierError::malformed("CN code", text, "2, 4, 6, 8 or 10 digits"))
    }
);

impl CnCode {
    /// Whether these goods belong to `prefix`: a code is within itself and within all its beginnings.
    pub fn is_within(&self, prefix: &Self) -> bool {
        self.0.starts_with(prefix.as_str())
    }

    /// Whether this is a full code of 8 digits, as statements have it.
    pub fn is_full(&self) -> bool {
        self.0.len() == 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_within_its_beginnings_only() {
        let code = |text: &str| text.parse::<CnCode>().unwrap();
        let plush = code("95030041");
        assert!(plush.is_full() && !code("9503").is_full());
        for (prefix, is_within) in [
            ("95", true),
            ("9503", true),
            ("95030041", true),
            ("9504", false),
            ("9503004100", false),
        ] {
            assert_eq!(plush.is_within(&code(prefix)), is_within, "{prefix}");
        }
        for bad in ["", "9", "950", "9503.00", "950300419", "95030041 "] {
            bad.parse::<CnCode>().unwrap_err();
        }
    }
}
