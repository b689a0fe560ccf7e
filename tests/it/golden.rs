//! The golden case: one query, one rule set, one body of evidence, and the verdict's exact bytes.
//! `tests/vectors/golden/` is enough for another implementation to arrive at the same verdict.

use probant::dossier::{self, Limits, Trust};
use probant::genesis::Genesis;
use probant::policy::{PolicySet, Verdict};

const GENESIS: &[u8] = include_bytes!("../vectors/golden/genesis.toml");
const POLICY: &[u8] = include_bytes!("../vectors/golden/demo-toys.toml");
const DOSSIER: &[u8] = include_bytes!("../vectors/golden/l2610a.dossier");
const VERDICT: &[u8] = include_bytes!("../vectors/golden/verdict.json");

#[test]
fn the_golden_evidence_gives_the_golden_verdict_byte_for_byte() {
    let genesis = Genesis::parse(GENESIS).unwrap();
    let policies = PolicySet::empty().with(POLICY).unwrap();
    let trust = Trust { genesis: &genesis, policies: &policies, witnesses: None };
    let now = "2026-11-23T09:00:00Z".parse().unwrap();
    let limits = Limits { age_max_ms: Some(24 * 60 * 60 * 1000), now };
    let verified = dossier::verify(DOSSIER, &trust, &limits).unwrap();
    let found = String::from_utf8_lossy(verified.verdict().bytes()).into_owned();
    assert_eq!(found, String::from_utf8_lossy(VERDICT));
    assert_eq!(Verdict::parse(VERDICT).unwrap().body(), verified.verdict().body());
}
