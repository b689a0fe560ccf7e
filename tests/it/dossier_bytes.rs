//! Dossiers, byte by byte: no byte of one is idle.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use probant::dossier::{Chain, DossierError, Limits, Trust, VerifiedDossier, build, verify};
use probant::genesis::Genesis;
use probant::identifier::Class;
use probant::policy::PolicySet;
use serde_json::json;

use crate::case::{Question, policies};
use crate::dossier::{evaluated_with, paper, question, recall, world};
use crate::fuzz::setting;
use crate::paper_log::PaperLog;
use crate::world::{MAKER, World, grant, lots, measure, registration};

/// A rule set of one rule.
const POLICY: &str = r#"
[policy]
id = "recalls"
version = "1"
jurisdiction = ["EU"]
applies_from = 2026-01-01
categories = { cn = ["9503"] }
restricted = true
assurance_min = "A2"
shelf_life_hours = 24
view_age_max_s = 3600
test_identifiers = true
[[negative]]
code = "MEASURE"
types = ["safety-measure"]
on_hit = "deny"
on_approx = "review"
[[requirement]]
code = "ID"
severity = "deny"
type = "product-identity"
by = ["manufacturer"]
"#;

/// A dossier and what its reader trusts.
struct Case {
    bytes: Vec<u8>,
    genesis: Genesis,
    policies: PolicySet,
}

impl Case {
    fn new(log: &PaperLog, question: &Question, policies: PolicySet) -> Self {
        let (query, evidence, verdict) = evaluated_with(log, question, &policies);
        let applied = verdict.body().policy.as_ref().unwrap().sha256;
        let rule_set = policies.by_sha256(&applied).unwrap().bytes().to_vec();
        let bytes = build(log, &evidence, &query, &rule_set, &verdict).unwrap();
        Self { bytes, genesis: log.genesis.clone(), policies }
    }

    fn verify(&self, bytes: &[u8]) -> Result<VerifiedDossier, DossierError> {
        let (genesis, policies) = (&self.genesis, &self.policies);
        let trust = Trust { genesis, policies, witnesses: None };
        let now = "2026-11-23T06:00:00Z".parse().unwrap();
        verify(bytes, &trust, &Limits { age_max_ms: Some(86_400_000), now })
    }

    /// Those of every `step`-th place where a byte can be changed by a bit so that the dossier still
    /// verifies. Which bit it is differs from place to place.
    fn accepted(&self, step: usize) -> Vec<usize> {
        let next = AtomicUsize::new(0);
        let search = || {
            let mut accepted = Vec::new();
            let mut bytes = self.bytes.clone();
            loop {
                let place = next.fetch_add(step, Ordering::Relaxed);
                let Some(byte) = bytes.get(place).copied() else { return accepted };
                bytes[place] = byte ^ 1 << (place % 8);
                if self.verify(&bytes).is_ok() {
                    accepted.push(place);
                }
                bytes[place] = byte;
            }
        };
        let count = thread::available_parallelism().map_or(1, NonZero::get);
        thread::scope(|scope| {
            let searches: Vec<_> = (0..count).map(|_| scope.spawn(search)).collect();
            searches.into_iter().flat_map(|of| of.join().unwrap()).collect()
        })
    }
}

/// A recalled batch of a product with its maker's own number, asked about by its maker.
fn small() -> Case {
    let mut world = World::empty(2);
    world.add(registration(MAKER, "CN", &[]));
    world.add(grant(MAKER, "manufacturer"));
    world.at("2026-11-20T00:00:00Z");
    let product = "urn:probant:product:https%3A%2F%2Fid.gs1.org%2F417%2F9521000200005:BEAR";
    world.add(measure(MAKER, "manufacturer", "M-1", lots(product, &["L1"])));
    let question = Question::of(json!({
        "product": {"id": product, "batches": ["L1"]},
        "category": {"cn": "95030041"},
        "trader": {"operator": MAKER},
        "offer": {
            "platform": MAKER, "destinations": ["FR"], "languages": ["fr"],
            "goods_location": {"kind": "DIRECT_IMPORT"},
        },
        "legal_at": "2026-11-23T00:00:00Z",
    }));
    let policies = PolicySet::empty().with(POLICY.as_bytes()).unwrap();
    Case::new(&paper(&world), &question, policies)
}

#[test]
fn no_byte_of_a_small_dossier_is_idle() {
    let case = small();
    let verified = case.verify(&case.bytes).unwrap();
    // It has all that a dossier can have.
    let chains = verified.container().chains();
    let adverse = chains.iter().filter(|chain| chain.class == Class::Adverse);
    assert!(adverse.clone().any(|chain| !chain.is_empty()));
    assert!(adverse.clone().any(Chain::is_empty));
    assert!(verified.evidence().records().any(|record| record.signers().len() == 3));
    assert!(verified.evidence().records().any(|record| record.signers().len() == 1));

    // One bit in every byte, another one from place to place.
    let accepted = case.accepted(1);
    assert!(accepted.is_empty(), "bytes {accepted:?} of {}", case.bytes.len());
}

#[test]
fn no_byte_of_a_large_dossier_that_is_tried_is_idle() {
    let mut world = world();
    world.add(recall());
    let case = Case::new(&paper(&world), &question(), policies());
    assert!(case.verify(&case.bytes).is_ok());
    // A prime that no structure of the file has.
    let accepted = case.accepted(setting("PROBANT_FLIP_STEP", 83) as usize);
    assert!(accepted.is_empty(), "bytes {accepted:?} of {}", case.bytes.len());
    for cut in (0..case.bytes.len()).step_by(4099) {
        assert!(case.verify(&case.bytes[..cut]).is_err(), "{cut} bytes");
    }
}
