//! Percent-encoding as canonical URIs have it: `A-Z a-z 0-9 - . _ ~` stand for themselves, every
//! other byte is `%XX` in upper-case hex (RFC 3986, section 2).

use std::fmt::Write as _;

/// The encoded text.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _infallible = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// What [`encode`] writes of 1 to `bytes_max` bytes, as a part of a regular expression.
pub(super) fn pattern(bytes_max: usize) -> String {
    format!("(?:[0-9A-Za-z._~-]|%[0-9A-F]{{2}}){{1,{bytes_max}}}")
}

/// The text behind `encoded`, decoded once; `None` if an escape is broken or the bytes are not UTF-8.
/// Takes lower-case hex and needless escapes too: whoever needs the canonical form encodes again
/// and compares.
pub(super) fn decode(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte == b'%' {
            let (hex_digits, behind) = rest.split_first_chunk::<2>()?;
            let mut decoded = [0];
            hex::decode_to_slice(hex_digits, &mut decoded).ok()?;
            bytes.extend(decoded);
            rest = behind;
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_comes_back() {
        for character in (0..0x300).filter_map(char::from_u32) {
            let text = format!("a{character}b");
            let encoded = encode(&text);
            assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic()));
            assert_eq!(decode(&encoded), Some(text));
        }
        assert_eq!(encode("É~a/%2F"), "%C3%89~a%2F%252F");
    }

    #[test]
    fn broken_escapes_are_refused() {
        for bad in ["%", "a%2", "%2g", "%+1", "%%41", "%C3", "%FF"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
        assert_eq!(decode("%2f%41+").as_deref(), Some("/A+"));
    }
}
