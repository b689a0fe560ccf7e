//! Whether two rule sets could both be for the same goods. A query that names neither is then
//! judged by neither: `POLICY_NOT_FOUND`.

use std::collections::{BTreeMap, BTreeSet};

use crate::attestation::Attribute;
use crate::attestation::types::ClassAttribute;
use crate::identifier::Country;
use crate::policy::ruleset::{AttributeSource, Categories, Condition, RuleSet};
use crate::time::Date;

/// Whether a rule set is for any goods of which a condition holds.
pub(super) fn is_ever(rules: &RuleSet, condition: &Condition) -> bool {
    let mut named = Named::default();
    rules.not_when.iter().chain([condition]).for_each(|of| named.add(of));
    let is_out = |goods: &Goods| rules.not_when.iter().any(|of| of.holds(goods));
    named.goods().any(|goods| condition.holds(&goods) && !is_out(&goods))
}

/// Goods that two rule sets are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// A category that both hold: a GPC brick, or the longer of two CN codes.
    pub category: String,
    /// A country in which both are law.
    pub country: Country,
    /// The first day on which both may be used.
    pub from: Date,
}

/// Some goods that both are for, if there are any. The attributes of goods with an identity are all
/// known, so conditions that no such goods get past keep two rule sets apart.
pub fn overlap(one: &RuleSet, other: &RuleSet) -> Option<Overlap> {
    let category = category(&one.categories, &other.categories)?;
    let countries = one.jurisdiction.iter().flat_map(|of| of.expand());
    let country = countries.into_iter().find(|country| other.is_law_in(*country))?;
    let is_for = |rules: &RuleSet, goods: &Goods| !rules.not_when.iter().any(|of| of.holds(goods));
    if !all_goods(one, other).any(|goods| is_for(one, &goods) && is_for(other, &goods)) {
        return None;
    }
    Some(Overlap { category, country, from: one.applies_from.max(other.applies_from) })
}

fn category(one: &Categories, other: &Categories) -> Option<String> {
    if let Some(gpc) = one.gpc.iter().find(|gpc| other.gpc.contains(gpc)) {
        return Some(format!("GPC {}", gpc.as_str()));
    }
    let pairs = one.cn.iter().flat_map(|a| other.cn.iter().map(move |b| (a, b)));
    let mut longer = pairs
        .filter_map(|(a, b)| if a.is_within(b) { Some(a) } else { b.is_within(a).then_some(b) });
    longer.next().map(|code| format!("CN {}", code.as_str()))
}

/// Attributes that some goods have.
#[derive(Clone, Debug, Default)]
struct Goods {
    flags: BTreeMap<Attribute, bool>,
    voltage: Option<u32>,
    classes: BTreeMap<ClassAttribute, Option<&'static str>>,
    capacity_wh: Option<u32>,
}

impl AttributeSource for Goods {
    fn flag(&self, attribute: Attribute) -> Option<bool> {
        self.flags.get(&attribute).copied()
    }

    fn voltage(&self) -> Option<u32> {
        self.voltage
    }

    fn class(&self, attribute: ClassAttribute) -> Option<&'static str> {
        self.classes.get(&attribute).copied().flatten()
    }

    fn capacity_wh(&self) -> Option<u32> {
        self.capacity_wh
    }
}

/// Goods of every kind that the conditions of the two can tell apart: each flag that is named, on
/// and off, each class, each voltage and capacity at which a range begins or is over, and without
/// them. One after the other, for there may be many.
fn all_goods(one: &RuleSet, other: &RuleSet) -> impl Iterator<Item = Goods> {
    let mut named = Named::default();
    one.not_when.iter().chain(&other.not_when).for_each(|condition| named.add(condition));
    named.goods()
}

/// What conditions name.
#[derive(Debug, Default)]
struct Named {
    flags: BTreeSet<Attribute>,
    classes: BTreeSet<ClassAttribute>,
    volts: BTreeSet<u32>,
    capacities: BTreeSet<u32>,
}

impl Named {
    fn add(&mut self, condition: &Condition) {
        match condition {
            Condition::Flag(of) => {
                self.flags.insert(of.attribute);
            }
            Condition::Class(of) => {
                self.classes.insert(of.attribute);
            }
            Condition::Voltage(of) => {
                self.volts.extend([0, of.voltage_from, of.voltage_to.saturating_add(1)]);
            }
            Condition::Capacity(of) => {
                self.capacities.extend([0, of.capacity_above_wh.saturating_add(1)]);
            }
            Condition::Any(of) => of.any.iter().for_each(|inner| self.add(inner)),
            Condition::All(of) => of.all.iter().for_each(|inner| self.add(inner)),
        }
    }

    fn goods(self) -> impl Iterator<Item = Goods> {
        let Self { flags, classes, volts, capacities } = self;
        let with_none = |of: BTreeSet<u32>| -> Vec<Option<u32>> {
            std::iter::once(None).chain(of.into_iter().map(Some)).collect()
        };
        let (voltages, capacities) = (with_none(volts), with_none(capacities));
        let mut of_classes = vec![BTreeMap::new()];
        for attribute in classes {
            let words = attribute.words().iter().map(|word| Some(*word)).chain([None]);
            let with = |word: Option<&'static str>| {
                of_classes.iter().cloned().map(move |mut classes: BTreeMap<_, _>| {
                    classes.insert(attribute, word);
                    classes
                })
            };
            of_classes = words.flat_map(with).collect();
        }
        // A bit for each flag: there are fewer attributes than bits.
        (0..1_u32 << flags.len()).flat_map(move |bits| {
            let of_bits = |(place, flag): (usize, &Attribute)| (*flag, bits >> place & 1 == 1);
            let flags: BTreeMap<_, _> = flags.iter().enumerate().map(of_bits).collect();
            let mut goods = Vec::new();
            for (voltage, capacity_wh) in
                voltages.iter().flat_map(|of| capacities.iter().map(move |other| (*of, *other)))
            {
                goods.extend(of_classes.iter().cloned().map(|classes| Goods {
                    flags: flags.clone(),
                    voltage,
                    classes,
                    capacity_wh,
                }));
            }
            goods
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rules;

    fn rule_set(cn: &str, not_when: &str, from: &str, jurisdiction: &str) -> RuleSet {
        let text = format!(
            "[policy]\nid = \"t\"\nversion = \"1\"\njurisdiction = [\"{jurisdiction}\"]\n\
             applies_from = {from}\ncategories = {{ gpc = [\"10005160\"], cn = [\"{cn}\"] }}\n\
             not_when = [{not_when}]\nassurance_min = \"A2\"\nshelf_life_hours = 24\n\
             view_age_max_s = 3600\n"
        );
        let text = if cn.starts_with("85") { text.replace("\"10005160\"", "") } else { text };
        RuleSet::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn no_two_embedded_rule_sets_are_for_the_same_goods() {
        let read = |name: &&str| RuleSet::parse(rules::embedded(name).unwrap().as_bytes()).unwrap();
        let all: Vec<RuleSet> = rules::NAMES.iter().map(read).collect();
        for (place, one) in all.iter().enumerate() {
            for other in &all[place + 1..] {
                assert_eq!(overlap(one, other), None, "{} {}", one.name(), other.name());
            }
            assert_eq!(overlap(one, one).is_some(), !one.categories.is_empty(), "{}", one.name());
        }
    }

    #[test]
    fn goods_that_both_are_for_are_named() {
        let toys = rule_set("9503", "", "2026-01-01", "EU");
        let some = overlap(&toys, &rule_set("95030041", "", "2027-01-01", "FR")).unwrap();
        assert_eq!((some.category.as_str(), some.country.as_str()), ("GPC 10005160", "FR"));
        assert_eq!(some.from.to_string(), "2027-01-01");
        let wired = rule_set("8504", "", "2026-01-01", "EU");
        let some = overlap(&wired, &rule_set("850440", "", "2026-01-01", "EU")).unwrap();
        assert_eq!(some.category, "CN 850440");
        assert_eq!(overlap(&rule_set("8517", "", "2026-01-01", "EU"), &wired), None);
        assert_eq!(overlap(&rule_set("8504", "", "2026-01-01", "US"), &wired), None);
    }

    #[test]
    fn conditions_keep_apart_only_what_they_leave_nothing_of() {
        let with = |not_when: &str| rule_set("8504", not_when, "2026-01-01", "EU");
        let radio = "{ attribute = \"radio\", equals = true }";
        let wired = "{ attribute = \"radio\", equals = false }";
        let battery = "{ attribute = \"battery\", equals = false }";
        let low = "{ voltage_from = 0, voltage_to = 49 }";
        let high = "{ voltage_from = 50, voltage_to = 4294967295 }";
        for (one, other, is_apart) in [
            (radio, wired, true),
            (radio, radio, false),
            (radio, battery, false),
            (&format!("{radio}, {battery}"), wired, true),
            (&format!("{{ any = [{radio}, {battery}] }}"), wired, true),
            (&format!("{{ all = [{radio}, {battery}] }}"), wired, false),
            // Goods without a rated voltage are in no range.
            (low, high, false),
            (&format!("{low}, {radio}"), &format!("{high}, {wired}"), true),
        ] {
            let found = overlap(&with(one), &with(other));
            assert_eq!(found.is_none(), is_apart, "{one} | {other}: {found:?}");
            assert_eq!(overlap(&with(other), &with(one)).is_none(), is_apart);
        }
    }
}
