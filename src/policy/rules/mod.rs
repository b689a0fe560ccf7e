//! The rule sets that this program brings with it, as TOML.

/// The names of the embedded rule sets.
pub const NAMES: [&str; 8] = [
    "eu-batteries",
    "eu-cosmetics",
    "eu-gpsr",
    "eu-lvd",
    "eu-ppe",
    "eu-radio",
    "eu-toys",
    "prohibited",
];

/// The text of an embedded rule set; `None` if there is none of this name.
pub fn embedded(name: &str) -> Option<&'static str> {
    match name {
        "eu-batteries" => Some(include_str!("eu-batteries.toml")),
        "eu-cosmetics" => Some(include_str!("eu-cosmetics.toml")),
        "eu-gpsr" => Some(include_str!("eu-gpsr.toml")),
        "eu-lvd" => Some(include_str!("eu-lvd.toml")),
        "eu-ppe" => Some(include_str!("eu-ppe.toml")),
        "eu-radio" => Some(include_str!("eu-radio.toml")),
        "eu-toys" => Some(include_str!("eu-toys.toml")),
        "prohibited" => Some(include_str!("prohibited.toml")),
        _ => None,
    }
}

/// The cases that an embedded rule set is tried out on, as TOML; `None` if it has none.
pub fn cases(name: &str) -> Option<&'static str> {
    match name {
        "eu-batteries" => Some(include_str!("eu-batteries.cases.toml")),
        "eu-cosmetics" => Some(include_str!("eu-cosmetics.cases.toml")),
        "eu-gpsr" => Some(include_str!("eu-gpsr.cases.toml")),
        "eu-lvd" => Some(include_str!("eu-lvd.cases.toml")),
        "eu-ppe" => Some(include_str!("eu-ppe.cases.toml")),
        "eu-radio" => Some(include_str!("eu-radio.cases.toml")),
        "eu-toys" => Some(include_str!("eu-toys.cases.toml")),
        "prohibited" => Some(include_str!("prohibited.cases.toml")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attestation::types::Attributes;
    use crate::identifier::{Celex, Country};
    use crate::policy::RuleSet;

    #[test]
    fn every_embedded_rule_set_is_sound_and_explains_itself() {
        for name in NAMES {
            let set = RuleSet::parse(embedded(name).unwrap().as_bytes())
                .unwrap_or_else(|error| panic!("{name}.toml: {error}"));
            assert_eq!(set.name().to_string(), format!("{name}@2026.11.0"));
            assert!(!set.test_identifiers && set.connectors.is_empty());
            assert!(cases(name).is_some(), "{name} has no cases");
            for rule in &set.requirements {
                assert!(rule.title.is_some() && rule.fix.is_some(), "{name}: {}", rule.code);
            }
            for rule in &set.negative {
                assert!(rule.title.is_some() && rule.fix.is_some(), "{name}: {}", rule.code);
            }
            let members = Country::EU.expand();
            let has_all = members.iter().all(|country| set.languages.contains_key(country));
            assert!(has_all || set.requirements.is_empty(), "{name}: a member state is missing");
        }
        assert_eq!(embedded("eu-medicines"), None);
    }

    #[test]
    fn what_a_manufacturer_leaves_unsaid_makes_no_act_go_away() {
        let emc = "32014L0030";
        let (rohs, batteries) = ("32011L0065", "32023R1542");
        for (name, flags, expected) in [
            ("eu-lvd", &[][..], &["32014L0035", emc, rohs][..]),
            ("eu-lvd", &["battery"], &["32014L0035", emc, rohs, batteries]),
            ("eu-radio", &["radio"], &["32014L0053", rohs]),
            ("eu-toys", &[], &["32009L0048"]),
            ("eu-toys", &["battery"], &["32009L0048", emc, rohs, batteries]),
            ("eu-toys", &["button_cell"], &["32009L0048", emc, rohs]),
            ("eu-ppe", &[], &["32016R0425"]),
            ("eu-ppe", &["battery"], &["32016R0425", emc, rohs, batteries]),
            ("eu-ppe", &["electrical", "voltage"], &["32016R0425", "32014L0035", emc, rohs]),
            ("eu-batteries", &[], &[batteries]),
            ("eu-batteries", &["battery"], &[batteries]),
            ("eu-batteries", &["electrical"], &[batteries, emc, rohs]),
            ("eu-batteries", &["electrical", "voltage"], &[batteries, "32014L0035", emc, rohs]),
        ] {
            let set = RuleSet::parse(embedded(name).unwrap().as_bytes()).unwrap();
            let is_set = |flag: &str| flags.contains(&flag);
            let mut attributes = serde_json::Map::new();
            for flag in [
                "electrical",
                "battery",
                "button_cell",
                "radio",
                "food_contact",
                "internet_connected",
                "processes_personal_data",
                "transfers_money",
            ] {
                attributes.insert(flag.to_owned(), is_set(flag).into());
            }
            if is_set("voltage") {
                attributes.insert("voltage".to_owned(), "230".into());
            }
            let attributes: Attributes = serde_json::from_value(attributes.into()).unwrap();
            let found: Vec<&str> =
                set.acts_for(&attributes).into_iter().map(Celex::as_str).collect();
            assert_eq!(found, expected, "{name} {flags:?}");
        }
    }

    #[test]
    fn a_variant_for_examples_is_derived_by_two_replacements() {
        for name in NAMES.iter().filter(|name| **name != "prohibited") {
            let text = embedded(name).unwrap();
            let (flag, connectors) = ("test_identifiers = false", "connectors = []");
            assert_eq!((text.matches(flag).count(), text.matches(connectors).count()), (1, 1));
            let text = text
                .replace(flag, "test_identifiers = true")
                .replace(connectors, "connectors = [\"urn:lei:ZZZZ00CONNECTORXX093\"]");
            let set = RuleSet::parse(text.as_bytes()).unwrap();
            assert!(set.test_identifiers && set.connectors.len() == 1);
        }
    }
}
