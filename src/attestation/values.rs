//! Small values that several predicates share, each with the one form it may take.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::encoding;
use crate::hash::Digest;
use crate::key::{KeyId, PublicKey};
use crate::time::Date;

/// A list with at least one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("minItems" = 1))]
pub struct NonEmpty<T>(Vec<T>);

impl<T> NonEmpty<T> {
    /// The list, or `None` if it is empty.
    pub fn new(list: Vec<T>) -> Option<Self> {
        if list.is_empty() { None } else { Some(Self(list)) }
    }

    /// The members as a plain list.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T> Deref for NonEmpty<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for NonEmpty<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("the list is empty: expected at least one member"))
    }
}

/// Whether `text` can tell versions and revisions apart: 1 to 80 characters of printable ASCII and
/// À to ÿ without × and ÷, single spaces and none at the ends. Whatever looks like another character
/// is refused, so that no two versions of a document read alike.
fn is_label(text: &str) -> bool {
    let is_allowed =
        |character| matches!(character, ' '..='~' | 'À'..='ÿ') && !matches!(character, '×' | '÷');
    (1..=80).contains(&text.chars().count())
        && text.chars().all(is_allowed)
        && !text.starts_with(' ')
        && !text.ends_with(' ')
        && !text.contains("  ")
}

/// The JSON Schema of a version or revision.
pub(super) fn label_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": concat!(
            r"^[!-~\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]+",
            r"(?: [!-~\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]+)*$"
        ),
        "maxLength": 80,
    })
}

/// Reads a version or revision.
pub(super) fn label<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if is_label(&text) {
        return Ok(text);
    }
    let found: String = text.chars().take(80).collect();
    let expected = "1 to 80 characters of printable ASCII or À to ÿ, single spaces";
    Err(D::Error::custom(format!("found {found:?}, expected {expected}")))
}

/// Reads a version or revision that may be absent.
pub(super) fn optional_label<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    label(deserializer).map(Some)
}

/// Base64 as the readers take it: standard alphabet, padded.
pub(super) const BASE64_PATTERN: &str =
    r"^(?:[0-9A-Za-z+/]{4})*(?:[0-9A-Za-z+/]{4}|[0-9A-Za-z+/]{2}==|[0-9A-Za-z+/]{3}=)$";

/// Text by language: BCP 47 tag → string.
pub type Text = BTreeMap<Language, String>;

/// Members that a signer adds for its own use; nothing here reads them.
pub type Extensions = serde_json::Map<String, serde_json::Value>;

/// The digests of a named thing; SHA-256 and no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Digests {
    /// SHA-256, 64 lower-case hex digits.
    pub sha256: Digest,
}

/// A file that supports a statement, by digest (in-toto `ResourceDescriptor`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Resource {
    /// The file's name, as its holder knows it.
    pub name: String,
    /// What the bytes must hash to.
    pub digest: Digests,
    /// Media type (RFC 6838).
    pub media_type: String,
    /// Where the file may be had; never fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download_location: Option<String>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Extensions>,
}

/// A key in a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, try_from = "KeyRecordText", into = "KeyRecordText")]
#[schemars(!try_from, !into)]
pub struct KeyRecord {
    /// SHA-256 of the raw public key.
    pub keyid: KeyId,
    /// The key itself.
    pub public_key: PublicKey,
    /// Names of the predicates it may sign, or `*` for all.
    #[schemars(inner(regex(pattern = r"^(?:\*|[a-z-]{1,64})$")))]
    pub purposes: NonEmpty<String>,
    /// The last day on which it counts; open if absent.
    pub until: Option<Date>,
}

impl KeyRecord {
    /// Whether the key may sign predicates of the type `name` at all.
    pub fn is_for(&self, name: &str) -> bool {
        self.purposes.iter().any(|purpose| purpose == "*" || purpose == name)
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyRecordText {
    keyid: KeyId,
    public_key: String,
    purposes: NonEmpty<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Date>,
}

impl TryFrom<KeyRecordText> for KeyRecord {
    type Error = String;

    fn try_from(text: KeyRecordText) -> Result<Self, String> {
        let public_key = PublicKey::from_base64(&text.public_key)
            .map_err(|error| format!("public_key: {error}"))?;
        // What is neither would be a key that may sign nothing, and looks as if it might.
        let is_purpose = |purpose: &String| {
            let is_name = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
            purpose == "*" || (purpose.len() <= 64 && purpose.bytes().all(is_name))
        };
        if let Some(purpose) = text.purposes.iter().find(|purpose| !is_purpose(purpose)) {
            let found: String = purpose.chars().take(80).collect();
            return Err(format!("purposes: {found:?} is neither * nor the name of a predicate"));
        }
        if public_key.id() != text.keyid {
            return Err(format!("keyid is {}, the key has {}", text.keyid, public_key.id()));
        }
        Ok(Self { keyid: text.keyid, public_key, purposes: text.purposes, until: text.until })
    }
}

impl From<KeyRecord> for KeyRecordText {
    fn from(key: KeyRecord) -> Self {
        let public_key = encoding::base64_encode(key.public_key.as_bytes());
        Self { keyid: key.keyid, public_key, purposes: key.purposes, until: key.until }
    }
}

/// The attributes of a product that decide which law applies to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// Runs on electricity.
    Electrical,
    /// Holds or comes with a battery.
    Battery,
    /// Holds a button or coin cell.
    ButtonCell,
    /// Sends or receives radio waves.
    Radio,
    /// Is meant to touch food.
    FoodContact,
    /// Can connect to the internet, itself or through another device.
    InternetConnected,
    /// Processes personal, traffic or location data.
    ProcessesPersonalData,
    /// Lets its user transfer money.
    TransfersMoney,
}

macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident, { $($schema:tt)* }, $expected:literal, $is_valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
        #[schemars(with = "String", extend($($schema)*))]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let is_valid: fn(&str) -> bool = $is_valid;
                if is_valid(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    let found: String = text.chars().take(80).collect();
                    Err(format!("found {found:?}, expected {}", $expected))
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    };
}

text_value! {
    /// A decimal number as text: `12`, `-0.5`; no exponent, no leading zeros, no `-0`.
    Decimal,
    {
        "pattern" = r"^(?:(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|-(?:[1-9][0-9]*(?:\.[0-9]+)?|0\.[0-9]*[1-9][0-9]*))$",
        "maxLength" = 41
    },
    "a decimal number such as 12.50", |text| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        digits.len() <= 40
            && all_digits(whole)
            && all_digits(fraction)
            && (whole == "0" || !whole.starts_with('0'))
            && (!text.starts_with('-') || digits.bytes().any(|b| matches!(b, b'1'..=b'9')))
    }
}

text_value! {
    /// A language tag (BCP 47) in its one case: `fr`, `pt-BR`, `zh-Hant`.
    Language,
    {
        "pattern" = concat!(
            "^[a-z]{2,3}(?:-(?:[0-9A-Z]{2}|[0-9A-Z][0-9a-z]{3}|[0-9a-z]{3}|[0-9a-z]{5,8}))*",
            "(?:-[0-9a-z](?:-[0-9a-z]{1,8})*)?$"
        ),
        "maxLength" = 35
    },
    "a language tag such as fr or pt-BR", |text| {
        let mut parts = text.split('-');
        let is_primary = parts.next().is_some_and(|part| {
            (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase())
        });
        // SPEC: RFC 5646, section 2.1.1: capitals for two letters, one capital for four, none
        // otherwise nor behind a singleton. Tags compare without case, so each has one here.
        let mut is_behind_singleton = false;
        let mut is_subtag = |part: &str| {
            let is_in_case = match part.len() {
                2 if !is_behind_singleton => !part.bytes().any(|b| b.is_ascii_lowercase()),
                4 if !is_behind_singleton => {
                    !part.starts_with(|c: char| c.is_ascii_lowercase())
                        && !part.bytes().skip(1).any(|b| b.is_ascii_uppercase())
                }
                _ => !part.bytes().any(|b| b.is_ascii_uppercase()),
            };
            is_behind_singleton |= part.len() == 1;
            is_in_case
                && (1..=8).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        is_primary && text.len() <= 35 && parts.all(&mut is_subtag)
    }
}

text_value! {
    /// A conformity assessment module, or a chain of two (Decision 768/2008/EC, Annex II).
    Module,
    { "enum" = MODULES },
    "a module such as A, B+C or H1", |text| MODULES.contains(&text)
}

/// Every module token that a statement may use.
const MODULES: [&str; 22] = [
    "A", "A1", "A2", "B", "B+C", "B+C1", "B+C2", "B+D", "B+E", "B+F", "C", "C1", "C2", "D", "D1",
    "E", "E1", "F", "F1", "G", "H", "H1",
];
