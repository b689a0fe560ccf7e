//! What all identifiers share: they are strings, and are written and read as strings.

/// Gives types with `as_str` and a strict `FromStr` the traits of a string.
macro_rules! text_traits {
    ($($type:ident),*) => {$(
        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

/// Declares an identifier that is nothing but a text that passes `check`; `pattern` is what of that
/// a regular expression can tell.
macro_rules! text_identifier {
    ($(#[$meta:meta])* $type:ident, $pattern:literal, $check:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema)]
        #[schemars(
            with = "String",
            extend("pattern" = $crate::identifier::text::whole(Self::PATTERN))
        )]
        pub struct $type(std::sync::Arc<str>);

        impl $type {
            /// What the text looks like, as a part of a regular expression.
            pub(in $crate::identifier) const PATTERN: &str = $pattern;

            /// The canonical text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::identifier::IdentifierError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let check: fn(&str) -> Result<(), Self::Err> = $check;
                check(text)?;
                Ok(Self(text.into()))
            }
        }

        $crate::identifier::text::text_traits!($type);
    };
}

pub(super) use text_identifier;
pub(super) use text_traits;

/// The regular expression that takes what `pattern` takes as a whole.
pub(super) fn whole(pattern: impl std::fmt::Display) -> String {
    format!("^(?:{pattern})$")
}

/// Whether `text` is `count` ASCII digits.
pub(super) fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `text` follows `pattern`, in which `9` stands for a digit, `@` for a capital letter, `*`
/// for either, and every other character for itself.
pub(super) fn is_like(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(found, expected)| match expected {
            b'9' => found.is_ascii_digit(),
            b'@' => found.is_ascii_uppercase(),
            b'*' => found.is_ascii_digit() || found.is_ascii_uppercase(),
            literal => found == literal,
        })
}
