//! Names of note keys, which are also the origins of logs (c2sp.org/signed-note).

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes that a name may have: an entry holds the origin behind a length, cosigners one byte of it.
const NAME_BYTES_MAX: usize = 255;

/// The name of a key that signs notes: 1 to 255 bytes, no space of any kind, no `+`, no control
/// character. The name of a log's key is the log's origin.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

/// Text that names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a key name: expected 1 to 255 bytes, no space, no +")]
pub struct KeyNameError {
    /// The text, cut after 80 characters.
    pub found: String,
}

impl KeyName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a signature line may carry this name. Lines of unknown keys are ignored, so no more is
/// asked of them than C2SP does.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '+')
}

impl FromStr for KeyName {
    type Err = KeyNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_key_name =
            is_name(text) && text.len() <= NAME_BYTES_MAX && !text.contains(char::is_control);
        if is_key_name {
            Ok(Self(text.to_owned()))
        } else {
            Err(KeyNameError { found: text.chars().take(80).collect() })
        }
    }
}

impl AsRef<str> for KeyName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for KeyName {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for KeyName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for KeyName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_holds_no_space_plus_or_control_character() {
        let long = "x".repeat(256);
        for good in ["ledger.example/eu-1", "ä", long.strip_prefix('x').unwrap()] {
            assert_eq!(good.parse::<KeyName>().unwrap().as_str(), good);
        }
        for bad in ["", " ", "a b", "a\u{a0}b", "a\u{2003}", "a+b", "a\nb", "a\u{7f}", &long] {
            bad.parse::<KeyName>().unwrap_err();
        }
    }
}
