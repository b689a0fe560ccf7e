//! Conditions on the attributes of a product: when a rule holds, when a rule set does not.

use serde::Deserialize;

use crate::attestation::Attribute;
use crate::attestation::types::Attributes;

/// Something that is true or false of a product's attributes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected { attribute, equals }, { voltage_from, voltage_to }, \
                               { any = […] } or { all = […] }"
)]
pub enum Condition {
    /// A flag has a value.
    #[serde(rename_all = "snake_case")]
    Flag(FlagIs),
    /// The rated voltage lies in a range.
    Voltage(VoltageIn),
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
}

impl AttributeSource for Attributes {
    fn flag(&self, attribute: Attribute) -> Option<bool> {
        Some(Self::flag(self, attribute))
    }

    fn voltage(&self) -> Option<u32> {
        let text = self.voltage.as_ref()?.as_str();
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        // What is beyond u32 is beyond every range; a negative voltage is in none.
        let whole: u32 = whole.parse().ok()?;
        let has_fraction = fraction.bytes().any(|digit| digit != b'0');
        Some(whole.saturating_add(u32::from(has_fraction)))
    }
}

impl Condition {
    /// Refuses one that says nothing of any product.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        match self {
            Self::Voltage(of) if of.voltage_from > of.voltage_to => {
                Err("voltage_from is greater than voltage_to")
            }
            Self::Flag(_) | Self::Voltage(_) => Ok(()),
            Self::Any(AnyOf { any: of }) | Self::All(AllOf { all: of }) => {
                if of.is_empty() {
                    return Err("any and all need a condition");
                }
                of.iter().try_for_each(Self::check)
            }
        }
    }

    /// Whether it is true of these attributes. What is not known makes no flag or range true.
    pub fn holds(&self, attributes: &impl AttributeSource) -> bool {
        match self {
            Self::Flag(of) => attributes.flag(of.attribute) == Some(of.equals),
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

    #[test]
    fn a_voltage_is_rounded_up() {
        for (text, expected) in
            [("230", Some(230)), ("49.5", Some(50)), ("5.0", Some(5)), ("-12", None)]
        {
            let json = format!(
                r#"{{"electrical":true,"battery":false,"button_cell":false,"radio":false,
                "food_contact":false,"internet_connected":false,"processes_personal_data":false,
                "transfers_money":false,"voltage":"{text}"}}"#
            );
            let attributes: Attributes = serde_json::from_str(&json).unwrap();
            assert_eq!(attributes.voltage(), expected, "{text}");
        }
    }
}
