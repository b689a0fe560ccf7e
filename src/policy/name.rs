//! The name of a rule set: its id and version.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A rule set by name, `id@version`, as `eu-toys@2026.11.0`. Only a digest names its content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyName {
    id: String,
    version: String,
}

/// Text that names no rule set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} names no rule set: expected id@version, as eu-toys@2026.11.0")]
pub struct PolicyNameError {
    /// The text, cut after 80 characters.
    pub found: String,
}

impl PolicyName {
    /// The name out of its parts, 1 to 64 of `A-Z a-z 0-9 - . _` each.
    pub fn new(id: &str, version: &str) -> Result<Self, PolicyNameError> {
        if is_part(id) && is_part(version) {
            Ok(Self { id: id.to_owned(), version: version.to_owned() })
        } else {
            Err(PolicyNameError { found: format!("{id}@{version}").chars().take(80).collect() })
        }
    }

    /// The id, which all versions share.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The version.
    pub fn version(&self) -> &str {
        &self.version
    }
}

fn is_part(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id, self.version)
    }
}

impl FromStr for PolicyName {
    type Err = PolicyNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, version) = text.split_once('@').unwrap_or((text, ""));
        Self::new(id, version)
    }
}

impl Serialize for PolicyName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PolicyName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
