//! How many witnesses two quorums have in common at the least. A log shows two histories unnoticed
//! where one reader's quorum cosigns one, another's the other, and all who cosign both are faulty: for
//! k1 of n and k2 of n witnesses, if k1 + k2 ≤ n + faulty. Knows nothing of cosignatures.

use std::collections::BTreeSet;

use crate::note::witness_policy::{Rule, Witness, WitnessPolicy};

/// Witnesses in both of two different quorums up to which every choice of them is tried.
const COMMON_MAX: usize = 16;

/// What a witness in both quorums weighs against one that is in the other alone: with as few as can be
/// in both, as few as can be at all.
const BOTH: usize = 1 << 32;

/// Two sets of witnesses, each of which meets a quorum, with as few as can be in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap<'a> {
    /// Meets the one quorum.
    pub one: Vec<&'a Witness>,
    /// Meets the other one.
    pub other: Vec<&'a Witness>,
    /// Those of the first that are in the second too, by their keys.
    pub both: Vec<&'a Witness>,
}

/// Two quorums that are too large to be held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the two quorums have {found} witnesses in common, at most {COMMON_MAX} are looked at")]
pub struct OverlapError {
    /// How many witnesses both name.
    pub found: usize,
}

impl Overlap<'_> {
    /// Whether a log can show two histories, if so many witnesses cosign whatever they are shown.
    pub const fn allows_split_view(&self, faulty: usize) -> bool {
        self.both.len() <= faulty
    }
}

impl WitnessPolicy {
    /// The fewest witnesses that meet the quorum, or some that are as few. None where no witness is
    /// asked for.
    pub fn fewest(&self) -> Vec<&Witness> {
        self.named(&self.cheapest(|_witness| Some(1)).unwrap_or_default())
    }

    /// How many witnesses may be silent, whichever they are, and the rest still meets the quorum.
    /// `None` where no witness is asked for.
    pub fn silent_max(&self) -> Option<usize> {
        let quorum = self.quorum?;
        // For each rule, how many have to be silent to break it.
        let mut breaking: Vec<usize> = Vec::with_capacity(self.rules.len());
        for rule in &self.rules {
            breaking.push(match rule {
                Rule::Witness(_) => 1,
                Rule::Group { threshold, members, .. } => {
                    let members = members.iter().filter_map(|it| breaking.get(*it).copied());
                    let mut members: Vec<usize> = members.collect();
                    members.sort_unstable();
                    members.iter().take(members.len() + 1 - threshold).sum()
                }
            });
        }
        breaking.get(quorum)?.checked_sub(1)
    }

    /// The witnesses that the quorum is about, in the order of the policy.
    pub fn quorum_witnesses(&self) -> Vec<&Witness> {
        self.named(&self.counted())
    }

    /// Two sets that meet this quorum and that of `other`, with as few in both as can be. Exact for a
    /// quorum and itself, and for two that have at most 16 witnesses in common.
    pub fn overlap<'a>(&'a self, other: &'a Self) -> Result<Overlap<'a>, OverlapError> {
        if self.is_like(other) {
            let (one, two) = self.least_alike();
            return Ok(self.overlap_of(other, &one, &two));
        }
        let theirs = other.counted();
        let common: Vec<(usize, usize)> = (self.counted().into_iter())
            .filter_map(|own| {
                let key = self.witnesses.get(own)?.key.public_key();
                let mut theirs = theirs.iter().copied();
                let same = |place: &usize| {
                    other.witnesses.get(*place).is_some_and(|it| it.key.public_key() == key)
                };
                Some((own, theirs.find(same)?))
            })
            .collect();
        let is_asked = self.quorum.is_some() && other.quorum.is_some();
        let found = common.len();
        if is_asked && found > COMMON_MAX {
            return Err(OverlapError { found });
        }
        let choices = if is_asked { 1_u32 << found } else { 1 };
        let mut best: Option<(usize, BTreeSet<usize>, BTreeSet<usize>)> = None;
        for choice in 0..choices {
            // Of the witnesses in both, these may cosign the one history.
            let place = |(_, of): (u32, &(usize, usize))| *of;
            let chosen = (0..).zip(&common).filter(|(bit, _)| choice >> bit & 1 == 1).map(place);
            let (own, chosen): (BTreeSet<usize>, BTreeSet<usize>) = chosen.unzip();
            let is_kept = |witness: usize| common.iter().any(|(one, _)| *one == witness);
            let one =
                self.cheapest(|witness| (!is_kept(witness) || own.contains(&witness)).then_some(1));
            let two =
                other.cheapest(|witness| Some(if chosen.contains(&witness) { BOTH } else { 1 }));
            let (one, two) = match (one, two) {
                (Some(one), Some(two)) => (one, two),
                (one, two) if !is_asked => (one.unwrap_or_default(), two.unwrap_or_default()),
                _ => continue,
            };
            let both = common.iter().filter(|(a, b)| one.contains(a) && two.contains(b)).count();
            if best.as_ref().is_none_or(|(least, ..)| both < *least) {
                best = Some((both, one, two));
            }
        }
        // With all of them, both quorums are met.
        let (_, one, two) = best.unwrap_or_default();
        Ok(self.overlap_of(other, &one, &two))
    }

    fn overlap_of<'a>(
        &'a self,
        other: &'a Self,
        one: &BTreeSet<usize>,
        two: &BTreeSet<usize>,
    ) -> Overlap<'a> {
        let (one, other) = (self.named(one), other.named(two));
        let is_in_both = |witness: &&Witness| {
            other.iter().any(|it| it.key.public_key() == witness.key.public_key())
        };
        let both = one.iter().copied().filter(is_in_both).collect();
        Overlap { one, other, both }
    }

    /// Whether the quorum of `other` is this one, by the same keys.
    fn is_like(&self, other: &Self) -> bool {
        let keys = |of: &Self| -> Vec<_> {
            of.witnesses.iter().map(|witness| *witness.key.public_key()).collect()
        };
        let is_same = |(one, two): (&Rule, &Rule)| match (one, two) {
            (Rule::Witness(one), Rule::Witness(two)) => one == two,
            (
                Rule::Group { threshold, members, .. },
                Rule::Group { threshold: other_threshold, members: other_members, .. },
            ) => (threshold, members) == (other_threshold, other_members),
            _ => false,
        };
        self.quorum == other.quorum
            && keys(self) == keys(other)
            && self.rules.len() == other.rules.len()
            && self.rules.iter().zip(&other.rules).all(is_same)
    }

    /// Two sets that meet the quorum, with as few in both as can be.
    ///
    /// Of k of m members, 2k - m have to be in both at the least: those that cost the fewest. The
    /// others are in one each, which costs nothing. A witness is in one group only.
    fn least_alike(&self) -> (BTreeSet<usize>, BTreeSet<usize>) {
        let mut values: Vec<Alike> = Vec::with_capacity(self.rules.len());
        for rule in self.rules_to_quorum() {
            let value = match rule {
                Rule::Witness(place) => Alike::of(*place),
                Rule::Group { threshold, members, .. } => {
                    let taken = |it: &usize| values.get_mut(*it).map(std::mem::take);
                    Alike::join(*threshold, members.iter().filter_map(taken).collect())
                }
            };
            values.push(value);
        }
        values.pop().map(|it| (it.one, it.other)).unwrap_or_default()
    }

    /// The witnesses that the quorum is about.
    fn counted(&self) -> BTreeSet<usize> {
        let mut sets: Vec<BTreeSet<usize>> = Vec::with_capacity(self.rules.len());
        for rule in self.rules_to_quorum() {
            let set = match rule {
                Rule::Witness(place) => BTreeSet::from([*place]),
                Rule::Group { members, .. } => {
                    let taken = |it: &usize| sets.get_mut(*it).map(std::mem::take);
                    members.iter().filter_map(taken).flatten().collect()
                }
            };
            sets.push(set);
        }
        sets.pop().unwrap_or_default()
    }

    /// The cheapest set that meets the quorum; a witness without a cost is not to be had.
    fn cheapest(&self, cost: impl Fn(usize) -> Option<usize>) -> Option<BTreeSet<usize>> {
        let mut values: Vec<Option<(usize, BTreeSet<usize>)>> =
            Vec::with_capacity(self.rules.len());
        for rule in self.rules_to_quorum() {
            let value = match rule {
                Rule::Witness(place) => cost(*place).map(|cost| (cost, BTreeSet::from([*place]))),
                Rule::Group { threshold, members, .. } => {
                    // A rule is in one group at most, so what it has found goes there.
                    let met = members.iter().filter_map(|it| values.get_mut(*it)?.take());
                    let mut met: Vec<(usize, BTreeSet<usize>)> = met.collect();
                    met.sort_by_key(|(cost, _)| *cost);
                    let is_met = met.len() >= *threshold;
                    met.truncate(*threshold);
                    let join = |(sum, mut all): (usize, BTreeSet<usize>), (cost, set)| {
                        all.extend::<BTreeSet<usize>>(set);
                        (sum + cost, all)
                    };
                    is_met.then(|| met.into_iter().fold((0, BTreeSet::new()), join))
                }
            };
            values.push(value);
        }
        values.pop().flatten().map(|(_, set)| set)
    }

    /// The rules up to the quorum. What it is about comes before it, and is in no other group.
    fn rules_to_quorum(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().take(self.quorum.map_or(0, |quorum| quorum + 1))
    }

    fn named(&self, places: &BTreeSet<usize>) -> Vec<&Witness> {
        places.iter().filter_map(|place| self.witnesses.get(*place)).collect()
    }
}

/// Ways to meet a rule: once with the fewest, and twice with as few in both as can be.
#[derive(Default)]
struct Alike {
    fewest: BTreeSet<usize>,
    one: BTreeSet<usize>,
    other: BTreeSet<usize>,
    both: usize,
}

impl Alike {
    fn of(witness: usize) -> Self {
        let set = BTreeSet::from([witness]);
        Self { fewest: set.clone(), one: set.clone(), other: set, both: 1 }
    }

    fn join(threshold: usize, mut members: Vec<Self>) -> Self {
        let mut sum = Self::default();
        members.sort_by_key(|member| member.fewest.len());
        sum.fewest = members.iter().take(threshold).flat_map(|it| it.fewest.clone()).collect();
        let in_both = (2 * threshold).saturating_sub(members.len());
        members.sort_by_key(|member| member.both);
        let mut apart = members.split_off(in_both);
        for member in members {
            sum.one.extend(member.one);
            sum.other.extend(member.other);
            sum.both += member.both;
        }
        apart.sort_by_key(|member| member.fewest.len());
        for (place, member) in apart.into_iter().take(2 * (threshold - in_both)).enumerate() {
            let set = if place % 2 == 0 { &mut sum.one } else { &mut sum.other };
            set.extend(member.fewest);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::key::{PrivateKey, Signer as _};
    use crate::note::verifier_key::{KeyType, VerifierKey};

    fn witness(seed: u8) -> Witness {
        let key = *PrivateKey::from_seed([seed; 32]).public_key();
        let name: crate::note::KeyName = format!("w{seed}.example").parse().unwrap();
        let key = VerifierKey::new(name, KeyType::CosignatureV1, key);
        Witness { name: format!("w{seed}"), key, url: None }
    }

    /// A policy of these witnesses: each number joins so many of the rules that are in no group yet.
    fn policy(seeds: &[u8], groups: &[(usize, usize)]) -> WitnessPolicy {
        let mut policy = WitnessPolicy::none();
        policy.witnesses = seeds.iter().map(|seed| witness(*seed)).collect();
        policy.rules = (0..seeds.len()).map(Rule::Witness).collect();
        let mut free: Vec<usize> = (0..seeds.len()).collect();
        for (count, threshold) in groups {
            let members: Vec<usize> = free.drain(..(*count).clamp(1, free.len())).collect();
            let threshold = 1 + threshold % members.len();
            free.push(policy.rules.len());
            policy.rules.push(Rule::Group { name: String::new(), threshold, members });
        }
        policy.quorum = free.last().copied();
        policy
    }

    fn k_of(k: usize, seeds: &[u8]) -> WitnessPolicy {
        policy(seeds, &[(seeds.len(), k - 1)])
    }

    /// The sets of witnesses that meet the quorum, by the definition.
    fn meeting(policy: &WitnessPolicy) -> Vec<BTreeSet<String>> {
        (0..1_u32 << policy.witnesses.len())
            .filter_map(|bits| {
                let place = |of: &Witness| policy.witnesses.iter().position(|it| it == of).unwrap();
                let is_met = policy.is_met_by(|of| bits >> place(of) & 1 == 1);
                let chosen = policy.witnesses.iter().filter(|of| bits >> place(of) & 1 == 1);
                is_met.then(|| chosen.map(|it| it.key.to_string()).collect())
            })
            .collect()
    }

    /// The fewest witnesses in both, tried out.
    fn fewest_in_both(one: &WitnessPolicy, other: &WitnessPolicy) -> usize {
        let (one, other) = (meeting(one), meeting(other));
        let pairs = one.iter().flat_map(|a| other.iter().map(move |b| a.intersection(b).count()));
        pairs.min().unwrap()
    }

    fn check(one: &WitnessPolicy, other: &WitnessPolicy) {
        let expected = fewest_in_both(one, other);
        let overlap = one.overlap(other).unwrap();
        assert_eq!(overlap.both.len(), expected, "{one:?} {other:?}");
        for (policy, set) in [(one, &overlap.one), (other, &overlap.other)] {
            assert!(policy.is_met_by(|witness| set.contains(&witness)), "{policy:?} {set:?}");
        }
        let keys = |set: &[&Witness]| -> BTreeSet<String> {
            set.iter().map(|it| it.key.to_string()).collect()
        };
        let both = &keys(&overlap.one) & &keys(&overlap.other);
        assert_eq!(both, keys(&overlap.both));
    }

    #[test]
    fn of_k_of_n_there_are_as_many_in_both_as_the_rule_says() {
        let seeds: Vec<u8> = (1..=5).collect();
        for n in 1..=5_usize {
            let seeds = &seeds[..n];
            for (k1, k2) in (1..=n).flat_map(|k1| (1..=n).map(move |k2| (k1, k2))) {
                let (one, other) = (k_of(k1, seeds), k_of(k2, seeds));
                let overlap = one.overlap(&other).unwrap();
                for faulty in 0..=n {
                    let expected = k1 + k2 <= n + faulty;
                    assert_eq!(
                        overlap.allows_split_view(faulty),
                        expected,
                        "{k1} {k2} {n} {faulty}"
                    );
                }
            }
        }
    }

    #[test]
    fn who_asks_no_witness_or_another_one_is_kept_apart_by_nobody() {
        let three = k_of(3, &[1, 2, 3]);
        for other in [WitnessPolicy::none(), k_of(2, &[4, 5])] {
            assert!(three.overlap(&other).unwrap().both.is_empty());
            assert!(other.overlap(&three).unwrap().allows_split_view(0));
        }
        assert!(WitnessPolicy::none().overlap(&WitnessPolicy::none()).unwrap().one.is_empty());
        // What the file calls a witness means nothing.
        let mut renamed = k_of(2, &[3, 2, 1]);
        renamed.witnesses[0].name = "other".to_owned();
        assert_eq!(three.overlap(&renamed).unwrap().both.len(), 2);
    }

    #[test]
    fn what_stands_behind_the_quorum_counts_for_nothing() {
        let mut inner = policy(&[1, 2, 3], &[(2, 0), (2, 1)]);
        inner.quorum = Some(3);
        let names = |of: Vec<&Witness>| of.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(inner.quorum_witnesses()), ["w1", "w2"]);
        assert_eq!((inner.fewest().len(), inner.silent_max()), (1, Some(1)));
        check(&inner, &inner);
        check(&inner, &k_of(3, &[1, 2, 3]));
    }

    #[test]
    fn beyond_the_limit_only_a_quorum_and_itself_are_compared() {
        let seeds: Vec<u8> = (1..=60).collect();
        let (one, other) = (k_of(40, &seeds), k_of(41, &seeds));
        assert_eq!(one.overlap(&one).unwrap().both.len(), 20);
        assert_eq!(one.overlap(&other), Err(OverlapError { found: 60 }));
    }

    fn groups() -> impl Strategy<Value = Vec<(usize, usize)>> {
        prop::collection::vec((1_usize..4, 0_usize..4), 0..4)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn two_quorums_have_as_few_in_common_as_trying_finds(
            seeds in prop::collection::btree_set(1_u8..9, 1..6),
            others in prop::collection::btree_set(1_u8..9, 1..6),
            shape in groups(),
            other_shape in groups(),
        ) {
            let seeds: Vec<u8> = seeds.into_iter().collect();
            let others: Vec<u8> = others.into_iter().rev().collect();
            let (one, other) = (policy(&seeds, &shape), policy(&others, &other_shape));
            check(&one, &other);
            check(&one, &one);
            check(&other, &one);

            let sets = meeting(&one);
            prop_assert_eq!(one.fewest().len(), sets.iter().map(BTreeSet::len).min().unwrap());
            // Whoever is silent is in no set that meets the quorum; all others are in one that does.
            let silent = one.silent_max().unwrap();
            let is_met_without = |bits: u32| {
                let place = |of: &Witness| one.witnesses.iter().position(|it| it == of).unwrap();
                one.is_met_by(|of| bits >> place(of) & 1 == 0)
            };
            for bits in 0..1_u32 << one.witnesses.len() {
                let count = bits.count_ones() as usize;
                prop_assert!(count > silent || is_met_without(bits));
            }
            prop_assert!(
                (0..1_u32 << one.witnesses.len())
                    .any(|bits| bits.count_ones() as usize == silent + 1 && !is_met_without(bits))
            );
        }
    }
}
