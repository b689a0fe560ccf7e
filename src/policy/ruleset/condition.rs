//! Conditions on the attributes of a product: when a rule holds, when a rule set does not.

use serde::Deserialize;

use crate::attestation::types::{Attributes, ClassAttribute};
use crate::attestation::{Attribute, Decimal};

/// Something that is true or false of a product's attributes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected { attribute, equals }, { attribute, among }, { voltage_from, voltage_to }, \
                 { capacity_above_wh }, { any = […] } or { all = […] }"
)]
pub enum Condition {
    /// A flag has a value.
    #[serde(rename_all = "snake_case")]
    Flag(FlagIs),
    /// A class is one of some.
    Class(ClassIn),
    /// The rated voltage lies in a range.
    Voltage(VoltageIn),
    /// A battery holds more than so much.
    Capacity(CapacityAbove),
    /// One of these at least.
    Any(AnyOf),
    /// All of these.
    All(AllOf),
}

/// `{ attribute = "radio", equals = true }`: a flag has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlagIs {
    /// The flag.
    pub attribute: Attribute,
    /// The value.
    pub equals: bool,
}

/// `{ voltage_from = 50, voltage_to = 1500 }`: the rated voltage lies in a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoltageIn {
    /// Volts, included.
    pub voltage_from: u32,
    /// Volts, included.
    pub voltage_to: u32,
}

/// `{ attribute = "ppe_category", among = ["II", "III"], or_unstated = true }`: a class is one of
/// these, or perhaps not stated.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassIn {
    /// The attribute.
    pub attribute: ClassAttribute,
    /// The classes, in the words of statements.
    pub among: Vec<String>,
    /// Whether it is true as well where nobody has stated the class.
    #[serde(default)]
    pub or_unstated: bool,
}

/// `{ capacity_above_wh = 2000, or_unstated = true }`: a battery holds more than that, or perhaps
/// nobody has stated how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapacityAbove {
    /// Watt-hours, not included.
    pub capacity_above_wh: u32,
    /// Whether it is true as well where nobody has stated the capacity.
    #[serde(default)]
    pub or_unstated: bool,
}

/// `{ any = […] }`: one of them at least; of none it is false.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnyOf {
    /// The conditions.
    pub any: Vec<Condition>,
}

/// `{ all = […] }`: every one of them; of none it is true.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllOf {
    /// The conditions.
    pub all: Vec<Condition>,
}

/// What is known of a product's attributes: from its identity, or else from an offer.
pub trait AttributeSource {
    /// A flag; `None` if it is not known.
    fn flag(&self, attribute: Attribute) -> Option<bool>;

    /// The rated voltage in volts, rounded up; `None` if it is not known.
    fn voltage(&self) -> Option<u32>;

    /// The class, in the words of statements; `None` if it is not known.
    fn class(&self, attribute: ClassAttribute) -> Option<&'static str>;

    /// What a battery holds, in watt-hours, rounded up; `None` if it is not known.
    fn capacity_wh(&self) -> Option<u32>;
}

impl AttributeSource for Attributes {
    fn flag(&self, attribute: Attribute) -> Option<bool> {
        Some(Self::flag(self, attribute))
    }

    fn voltage(&self) -> Option<u32> {
        // A negative voltage is in no range.
        self.voltage.as_ref().and_then(rounded_up)
    }

    fn class(&self, attribute: ClassAttribute) -> Option<&'static str> {
        Self::class(self, attribute)
    }

    fn capacity_wh(&self) -> Option<u32> {
        self.capacity_wh.as_ref().and_then(rounded_up)
    }
}

/// A number rounded up; what is beyond `u32` is beyond everything that a rule set can name. `None`
/// if it is negative.
fn rounded_up(number: &Decimal) -> Option<u32> {
    let text = number.as_str();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.starts_with('-') {
        return None;
    }
    let whole: u32 = whole.parse().unwrap_or(u32::MAX);
    let has_fraction = fraction.bytes().any(|digit| digit != b'0');
    Some(whole.saturating_add(u32::from(has_fraction)))
}

impl Condition {
    /// Refuses one that says nothing of any product.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        match self {
            Self::Voltage(of) if of.voltage_from > of.voltage_to => {
                Err("voltage_from is greater than voltage_to")
            }
            Self::Class(of) if of.among.is_empty() => Err("among names no class"),
            Self::Class(of)
                if !of.among.iter().all(|word| of.attribute.words().contains(&word.as_str())) =>
            {
                Err("among names a class that the attribute does not have")
            }
            Self::Flag(_) | Self::Class(_) | Self::Voltage(_) | Self::Capacity(_) => Ok(()),
            Self::Any(AnyOf { any: of }) | Self::All(AllOf { all: of }) => {
                if of.is_empty() {
                    return Err("any and all need a condition");
                }
                of.iter().try_for_each(Self::check)
            }
        }
    }

    /// Whether it is true of these attributes. What is not known makes nothing true, unless the
    /// condition says so.
    pub fn holds(&self, attributes: &impl AttributeSource) -> bool {
        match self {
            Self::Flag(of) => attributes.flag(of.attribute) == Some(of.equals),
            Self::Class(of) => match attributes.class(of.attribute) {
                Some(class) => of.among.iter().any(|word| word == class),
                None => of.or_unstated,
            },
            Self::Capacity(of) => match attributes.capacity_wh() {
                Some(held) => of.capacity_above_wh < held,
                None => of.or_unstated,
            },
            Self::Voltage(of) => attributes
                .voltage()
                .is_some_and(|volts| (of.voltage_from..=of.voltage_to).contains(&volts)),
            Self::Any(of) => of.any.iter().any(|condition| condition.holds(attributes)),
            Self::All(of) => of.all.iter().all(|condition| condition.holds(attributes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Known(&'static [(Attribute, bool)], Option<u32>);

    impl AttributeSource for Known {
        fn flag(&self, attribute: Attribute) -> Option<bool> {
            self.0.iter().find(|(known, _)| *known == attribute).map(|(_, flag)| *flag)
        }

        fn voltage(&self) -> Option<u32> {
            self.1
        }

        fn class(&self, _attribute: ClassAttribute) -> Option<&'static str> {
            None
        }

        fn capacity_wh(&self) -> Option<u32> {
            None
        }
    }

    #[test]
    fn what_is_not_known_holds_no_condition() {
        let flag = |attribute, equals| Condition::Flag(FlagIs { attribute, equals });
        let radio = || flag(Attribute::Radio, true);
        let wired = || flag(Attribute::Radio, false);
        let any = |any| Condition::Any(AnyOf { any });
        let all = |all| Condition::All(AllOf { all });
        let mains = || Condition::Voltage(VoltageIn { voltage_from: 50, voltage_to: 1500 });
        for (known, condition, expected) in [
            (Known(&[(Attribute::Radio, true)], None), radio(), true),
            (Known(&[(Attribute::Radio, false)], None), radio(), false),
            (Known(&[(Attribute::Radio, false)], None), wired(), true),
            (Known(&[], None), radio(), false),
            (Known(&[], None), wired(), false),
            (Known(&[], None), any(vec![]), false),
            (Known(&[], None), all(vec![]), true),
            (Known(&[(Attribute::Radio, true)], None), any(vec![wired(), radio()]), true),
            (Known(&[(Attribute::Radio, true)], None), all(vec![wired(), radio()]), false),
            (Known(&[], None), mains(), false),
            (Known(&[], Some(49)), mains(), false),
            (Known(&[], Some(50)), mains(), true),
            (Known(&[], Some(1500)), mains(), true),
            (Known(&[], Some(1501)), mains(), false),
        ] {
            assert_eq!(condition.holds(&known), expected, "{condition:?}");
        }
    }

    fn stated(members: &str) -> Attributes {
        let json = format!(
            r#"{{"electrical":true,"battery":false,"button_cell":false,"radio":false,
            "food_contact":false,"internet_connected":false,"processes_personal_data":false,
            "transfers_money":false{members}}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn numbers_are_rounded_up() {
        for (text, expected) in [
            ("230", Some(230)),
            ("49.5", Some(50)),
            ("5.0", Some(5)),
            ("-12", None),
            ("-0.5", None),
            ("99999999999", Some(u32::MAX)),
        ] {
            let attributes = stated(&format!(r#","voltage":"{text}","capacity_wh":"{text}""#));
            assert_eq!((attributes.voltage(), attributes.capacity_wh()), (expected, expected));
        }
    }

    #[test]
    fn what_is_left_unsaid_is_what_the_condition_takes_it_for() {
        let read = |text: &str| -> Condition {
            #[derive(Deserialize)]
            struct Row {
                when: Condition,
            }
            toml::from_str::<Row>(&format!("when = {text}")).unwrap().when
        };
        let class = r#"attribute = "ppe_category", among = ["II", "III"]"#;
        let capacity = "capacity_above_wh = 2000";
        for (members, condition, unless_unstated, or_unstated) in [
            ("", class, false, true),
            (r#","ppe_category":"I""#, class, false, false),
            (r#","ppe_category":"III""#, class, true, true),
            ("", capacity, false, true),
            (r#","capacity_wh":"2000.0""#, capacity, false, false),
            (r#","capacity_wh":"2000.1""#, capacity, true, true),
        ] {
            let of = stated(members);
            let strict = read(&format!("{{ {condition}, or_unstated = true }}"));
            assert_eq!(
                read(&format!("{{ {condition} }}")).holds(&of),
                unless_unstated,
                "{members}"
            );
            assert_eq!(strict.holds(&of), or_unstated, "{members}");
            strict.check().unwrap();
        }
        for bad in ["[]", r#"["IV"]"#] {
            let bad = read(&format!(r#"{{ attribute = "ppe_category", among = {bad} }}"#));
            bad.check().unwrap_err();
        }
    }
}
