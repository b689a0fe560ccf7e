//! Whether witnesses saw a checkpoint, and when (formats.md, section 6, step 2).

use crate::note::name::KeyName;
use crate::note::signed::{NoteError, VerifiedSignature};
use crate::note::verified::VerifiedCheckpoint;
use crate::note::verifier_key::VerifierKey;
use crate::note::witness_policy::{Rule, Witness, WitnessPolicy};
use crate::time::Timestamp;

/// A verified checkpoint whose cosignatures meet a witness policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a cosigned checkpoint is evidence; dropping it drops the check"]
pub struct CosignedCheckpoint {
    checkpoint: VerifiedCheckpoint,
    witnessed_at: Option<Timestamp>,
    cosigners: Vec<VerifierKey>,
}

/// Why a checkpoint does not meet a witness policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuorumError {
    /// The policy names logs, and this is none of them.
    #[error("log {found} is not one that the witness policy names")]
    UnknownLog {
        /// The log's name.
        found: KeyName,
    },
    /// A cosignature of a known witness does not hold.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A cosignature is from the future.
    #[error("witness {witness} cosigned at {found_s} s since 1970, which is after {expected}")]
    Future {
        /// The witness's name.
        witness: KeyName,
        /// When it says that it cosigned.
        found_s: u64,
        /// The last instant that was acceptable.
        expected: Timestamp,
    },
    /// Too few cosignatures, or the wrong ones.
    #[error("cosignatures of {found} of {known} witnesses do not meet the quorum")]
    NotMet {
        /// How many of the policy's witnesses cosigned.
        found: usize,
        /// How many the policy names.
        known: usize,
    },
}

impl WitnessPolicy {
    /// Checks the cosignatures below a checkpoint. Every one of a known witness must hold and be
    /// from `latest` or before: the caller's now, and what it allows clocks to be wrong.
    pub fn verify(
        &self,
        checkpoint: VerifiedCheckpoint,
        latest: Timestamp,
    ) -> Result<CosignedCheckpoint, QuorumError> {
        // Whoever names a log by a key means the one to which that key was handed over, too.
        if !self.logs.is_empty() && !self.logs.iter().any(|log| checkpoint.is_of_log(&log.key)) {
            return Err(QuorumError::UnknownLog { found: checkpoint.log().name().clone() });
        }
        let keys: Vec<&VerifierKey> = self.witnesses.iter().map(|witness| &witness.key).collect();
        let signatures = checkpoint.note().verify_known(&keys)?;
        if let Some(future) = signatures.iter().find(|it| it.time_s() > Some(latest.seconds())) {
            return Err(QuorumError::Future {
                witness: future.key().name().clone(),
                found_s: future.time_s().unwrap_or_default(),
                expected: latest,
            });
        }

        let times: Vec<Option<u64>> =
            self.witnesses.iter().map(|witness| latest_time(&signatures, &witness.key)).collect();
        let cosigned = self.witnesses.iter().zip(&times).filter(|(_, time)| time.is_some());
        let cosigners: Vec<VerifierKey> = cosigned.map(|(it, _)| it.key.clone()).collect();
        let witnessed_at = match self.quorum {
            None => None,
            Some(quorum) => {
                let seen_s = self.quorum_time(&times, quorum).ok_or(QuorumError::NotMet {
                    found: cosigners.len(),
                    known: self.witnesses.len(),
                })?;
                // Not after `latest`, so it is in range.
                Some(Timestamp::from_ms(seen_s.saturating_mul(1000)).unwrap_or(latest))
            }
        };
        Ok(CosignedCheckpoint { checkpoint, witnessed_at, cosigners })
    }

    /// Whether these witnesses are enough for the quorum; a policy that asks for none has none.
    pub fn is_met_by(&self, mut cosigns: impl FnMut(&Witness) -> bool) -> bool {
        let times: Vec<Option<u64>> =
            self.witnesses.iter().map(|witness| cosigns(witness).then_some(0)).collect();
        self.quorum.is_some_and(|quorum| self.quorum_time(&times, quorum).is_some())
    }

    /// The latest time T such that the cosignatures with time >= T meet the rule `quorum`.
    ///
    /// For a witness that is its own time; for k of n members, the k-th latest of theirs. Members
    /// come before their group, so one pass in order is enough.
    fn quorum_time(&self, times: &[Option<u64>], quorum: usize) -> Option<u64> {
        let mut values: Vec<Option<u64>> = Vec::with_capacity(self.rules.len());
        for rule in &self.rules {
            let value = match rule {
                Rule::Witness(place) => times.get(*place).copied().flatten(),
                Rule::Group { threshold, members, .. } => {
                    let met = members.iter().filter_map(|it| values.get(*it).copied().flatten());
                    let mut met: Vec<u64> = met.collect();
                    met.sort_unstable_by(|a, b| b.cmp(a));
                    met.get(threshold.checked_sub(1)?).copied()
                }
            };
            values.push(value);
        }
        values.get(quorum).copied().flatten()
    }
}

/// A witness may have cosigned more than once.
fn latest_time(signatures: &[VerifiedSignature<'_>], key: &VerifierKey) -> Option<u64> {
    signatures.iter().filter(|it| it.key() == key).filter_map(VerifiedSignature::time_s).max()
}

impl CosignedCheckpoint {
    /// The checkpoint.
    pub const fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }

    /// When the quorum had seen it: the latest T for which the cosignatures with time >= T meet the
    /// quorum. `None` where the policy asks for no witness.
    pub const fn witnessed_at(&self) -> Option<Timestamp> {
        self.witnessed_at
    }

    /// The witnesses of the policy that cosigned, in its order.
    pub fn cosigners(&self) -> &[VerifierKey] {
        &self.cosigners
    }

    /// The checkpoint alone.
    pub fn into_checkpoint(self) -> VerifiedCheckpoint {
        self.checkpoint
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Digest;
    use crate::key::{PrivateKey, Signer as _};
    use crate::merkle::TreeSize;
    use crate::note::checkpoint::Checkpoint;
    use crate::note::cosignature::cosign;
    use crate::note::signature::NoteSignature;
    use crate::note::verifier_key::KeyType;

    fn key(seed: u8, key_type: KeyType) -> (PrivateKey, VerifierKey) {
        let signer = PrivateKey::from_seed([seed; 32]);
        let name = format!("k{seed}.example").parse().unwrap();
        let key = VerifierKey::new(name, key_type, *signer.public_key());
        (signer, key)
    }

    fn at(time_s: u64) -> Timestamp {
        Timestamp::from_ms(time_s * 1000).unwrap()
    }

    /// A checkpoint of log 0 that each of these witnesses cosigned at these times.
    fn cosigned(times_s: &[(u8, u64)]) -> VerifiedCheckpoint {
        let (signer, log) = key(0, KeyType::Ed25519);
        let size = TreeSize::new(5);
        let checkpoint = Checkpoint::new(log.name().clone(), size, Digest::ZERO).unwrap();
        let note = checkpoint.sign(&signer).unwrap();
        let verified = VerifiedCheckpoint::of_note(note, &log).unwrap();
        let lines = times_s.iter().map(|(seed, time_s)| {
            let (signer, witness) = key(*seed, KeyType::CosignatureV1);
            cosign(&verified, witness.name(), at(*time_s), &signer).unwrap()
        });
        let note = verified.note().clone().with_signatures(lines).unwrap();
        VerifiedCheckpoint::of_note(note, &log).unwrap()
    }

    fn policy(rules: &str) -> WitnessPolicy {
        let witness = |seed| format!("witness w{seed} {}", key(seed, KeyType::CosignatureV1).1);
        let mut lines: Vec<String> = (1..=5).map(witness).collect();
        lines.push(format!("{rules}\n"));
        WitnessPolicy::parse(lines.join("\n").as_bytes()).unwrap()
    }

    #[test]
    fn a_policy_that_names_a_log_by_an_earlier_key_means_it_all_the_same() {
        let (_, earlier) = key(9, KeyType::Ed25519);
        let named = WitnessPolicy::parse(format!("log {earlier}\nquorum none\n").as_bytes());
        let named = named.unwrap();
        let checkpoint = cosigned(&[]);
        let error = named.verify(checkpoint.clone(), at(0)).unwrap_err();
        assert!(matches!(error, QuorumError::UnknownLog { .. }), "{error}");
        assert!(named.verify(checkpoint.after(vec![earlier]), at(0)).is_ok());
    }

    #[test]
    fn the_age_is_that_of_the_latest_time_whose_cosignatures_meet_the_quorum() {
        let nested = "group g 2 w1 w2 w3\ngroup h any w4 w5\ngroup all all g h\nquorum all";
        for (rules, times_s, expected) in [
            ("quorum none", &[][..], Some(None)),
            ("quorum none", &[(1, 10)], Some(None)),
            ("quorum w1", &[(1, 10)], Some(Some(10))),
            ("quorum w1", &[(2, 10)], None),
            ("quorum w1", &[(1, 10), (1, 30), (1, 20)], Some(Some(30))),
            ("group g 2 w1 w2 w3\nquorum g", &[(1, 10), (2, 30), (3, 20)], Some(Some(20))),
            ("group g 2 w1 w2 w3\nquorum g", &[(1, 10), (1, 20)], None),
            ("group g all w1 w2 w3\nquorum g", &[(1, 10), (2, 30), (3, 20)], Some(Some(10))),
            ("group g any w1 w2 w3\nquorum g", &[(1, 10), (2, 30), (3, 20)], Some(Some(30))),
            (nested, &[(1, 10), (2, 20), (3, 30), (4, 15), (5, 5)], Some(Some(15))),
            (nested, &[(1, 10), (2, 20), (3, 30), (4, 25), (5, 50)], Some(Some(20))),
            (nested, &[(1, 10), (4, 20), (5, 30)], None),
            (nested, &[(1, 10), (2, 20), (3, 30)], None),
        ] {
            let found = policy(rules).verify(cosigned(times_s), at(100)).ok();
            let found = found.map(|it| it.witnessed_at().map(Timestamp::seconds));
            assert_eq!(found, expected, "{rules} {times_s:?}");
        }
    }

    #[test]
    fn the_time_is_the_latest_at_which_the_rule_holds_whatever_the_groups() {
        // The definition: who cosigned at `from` or later, and whether those meet the rule.
        fn is_met(policy: &WitnessPolicy, rule: usize, times: &[Option<u64>], from: u64) -> bool {
            match &policy.rules[rule] {
                Rule::Witness(place) => times[*place].is_some_and(|time| time >= from),
                Rule::Group { threshold, members, .. } => {
                    let met = members.iter().filter(|it| is_met(policy, **it, times, from));
                    met.count() >= *threshold
                }
            }
        }
        let mut quorums = 0;
        for rules in [
            "quorum w3",
            "group g all w1 w2 w3 w4 w5\nquorum g",
            "group g 3 w1 w2 w3 w4 w5\nquorum g",
            "group g 1 w1 w2\ngroup h all w3 w4\ngroup i any g h w5\nquorum i",
            "group g any w1 w2\ngroup h any w3 w4\ngroup i 2 g h w5\nquorum i",
            "group g 2 w1 w2 w3\ngroup h all g w4\ngroup i any h w5\nquorum i",
            "group g any w1\ngroup h any g\ngroup i all h w2\ngroup j 2 w3 w4 w5\nquorum h",
        ] {
            let policy = policy(rules);
            let quorum = policy.quorum.unwrap();
            // Each of five witnesses is silent, or cosigned at one of three times.
            for code in 0..4_u64.pow(5) {
                let digits = (0..5).map(|place| code / 4_u64.pow(place) % 4);
                let times: Vec<Option<u64>> =
                    digits.map(|digit| (digit > 0).then_some(digit * 10)).collect();
                let is_met = |from: &u64| is_met(&policy, quorum, &times, *from);
                let expected = times.iter().flatten().copied().filter(is_met).max();
                assert_eq!(policy.quorum_time(&times, quorum), expected, "{rules} {times:?}");
                quorums += usize::from(expected.is_some());
            }
        }
        assert!(quorums > 1000, "{quorums} met");
    }

    #[test]
    fn a_quorum_is_met_by_those_that_its_rule_asks_for_and_no_rule_by_nobody() {
        for (rules, who, is_met) in [
            ("quorum none", &["w1"][..], false),
            ("quorum w1", &["w1"], true),
            ("quorum w1", &["w2", "w3"], false),
            ("group g 2 w1 w2 w3\nquorum g", &["w1", "w3"], true),
            ("group g 2 w1 w2 w3\nquorum g", &["w1", "w4", "w5"], false),
        ] {
            let met = policy(rules).is_met_by(|witness| who.contains(&witness.name.as_str()));
            assert_eq!(met, is_met, "{rules} {who:?}");
        }
    }

    #[test]
    fn a_cosignature_from_the_future_is_refused() {
        let policy = policy("quorum w1");
        let checkpoint = cosigned(&[(1, 10), (2, 20)]);
        let found = policy.verify(checkpoint.clone(), at(20)).unwrap();
        assert_eq!((found.witnessed_at(), found.cosigners().len()), (Some(at(10)), 2));
        let error = policy.verify(checkpoint, at(19)).unwrap_err();
        assert!(matches!(error, QuorumError::Future { found_s: 20, .. }), "{error}");
    }

    #[test]
    fn a_bad_cosignature_of_a_known_witness_refuses_the_checkpoint() {
        let checkpoint = cosigned(&[(1, 10), (2, 20)]);
        let other = cosigned(&[(2, 30)]);
        let mut bytes = other.note().signatures()[1].bytes().to_vec();
        bytes[0] ^= 1;
        let (_, log) = key(0, KeyType::Ed25519);
        let line = NoteSignature::new(&key(2, KeyType::CosignatureV1).1, bytes);
        let note = checkpoint.note().clone().with_signatures([line]).unwrap();
        let checkpoint = VerifiedCheckpoint::of_note(note, &log).unwrap();
        let error = policy("quorum w1").verify(checkpoint, at(100)).unwrap_err();
        let name = "k2.example".parse().unwrap();
        assert_eq!(error, QuorumError::Note(NoteError::Signature { name }));
    }

    #[test]
    fn a_policy_that_names_logs_accepts_no_other() {
        for (seed, is_accepted) in [(0, true), (1, false)] {
            let log = key(seed, KeyType::Ed25519).1;
            let text = format!("log {log}\nquorum none\n");
            let policy = WitnessPolicy::parse(text.as_bytes()).unwrap();
            assert_eq!(policy.verify(cosigned(&[]), at(0)).is_ok(), is_accepted);
        }
    }
}
