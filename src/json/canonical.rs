//! The canonical form of JSON: equal values, equal bytes (RFC 8785).

use serde::Serialize;

use super::check::check;
use super::error::JsonError;

/// The canonical JSON of a value. What it holds must pass [`check`]: no fraction, no integer beyond
/// 2^53 − 1.
pub fn canonical<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, JsonError> {
    let bytes = serde_json_canonicalizer::to_vec(&value)
        .map_err(|cause| JsonError::Unwritable { found: cause.to_string() })?;
    // RFC 8785 rounds great integers to doubles; rounded is not what the caller gave.
    check(&bytes)?;
    Ok(bytes)
}

/// The compact JSON of a value, members in the order of its type; for bytes that are kept as they
/// are from then on.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, JsonError> {
    let text = serde_json::to_string(value)
        .map_err(|cause| JsonError::Unwritable { found: cause.to_string() })?;
    check(text.as_bytes())?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_sorted_by_utf_16_and_space_is_gone() {
        // The sorting example of RFC 8785, section 3.2.3.
        let value = json!({
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet",
            "1": "One", "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control",
            "\u{f6}": "Latin Small Letter O With Diaeresis",
        });
        let expected = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
            \"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\",\
            \"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet\"}";
        assert_eq!(String::from_utf8(canonical(&value).unwrap()).unwrap(), expected);
    }

    #[test]
    fn what_could_not_be_read_back_is_not_written() {
        assert_eq!(canonical(&json!([1, "a\u{1}/\u{7f}"])).unwrap(), b"[1,\"a\\u0001/\x7f\"]");
        for value in [json!(1.5), json!(1_u64 << 53), json!(u64::MAX), json!(i64::MIN)] {
            canonical(&value).unwrap_err();
        }
    }
}
