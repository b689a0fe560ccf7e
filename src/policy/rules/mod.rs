//! The rule sets that this program brings with it, as TOML.

/// The names of the embedded rule sets.
pub const NAMES: [&str; 4] = ["eu-lvd", "eu-radio", "eu-toys", "prohibited"];

/// The text of an embedded rule set; `None` if there is none of this name.
pub fn embedded(name: &str) -> Option<&'static str> {
    match name {
        "eu-lvd" => Some(include_str!("eu-lvd.toml")),
        "eu-radio" => Some(include_str!("eu-radio.toml")),
        "eu-toys" => Some(include_str!("eu-toys.toml")),
        "prohibited" => Some(include_str!("prohibited.toml")),
        _ => None,
    }
}
