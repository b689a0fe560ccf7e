//! Dossiers: a whole one verifies, and none does from which anything is missing or in which
//! anything was changed.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;

use probant::attestation::types::VerdictWord;
use probant::dossier::{
    ChainError, ContainerError, DossierError, Limits, RecordFault, SealError, Trust,
    VerifiedDossier, build, to_json, verify,
};
use probant::entry::Body;
use probant::envelope::Envelope;
use probant::genesis::Genesis;
use probant::identifier::{Class, SubjectKey, SubjectUri};
use probant::key::{Signature, Signer};
use probant::merkle::EntryIndex;
use probant::note::{
    KeyType, Note, QuorumError, VerifiedCheckpoint, VerifierKey, WitnessPolicy, cosign,
};
use probant::policy::closure::{ChainSource, collect};
use probant::policy::{AsOf, Evidence, NormalQuery, PolicySet, QueryError, Verdict, evaluate};
use probant::proto;
use probant::record::Record;
use probant::registry::Unattributed;
use prost::Message as _;
use serde_json::json;

use crate::case::{Question, policies};
use crate::paper_log::{Paper, PaperLog};
pub(crate) use crate::verdict_plush_toy::{question, world};
use crate::world::{
    AUTHORITY, Draft, IMPORTER, LAB, MAKER, OTHER_TOY, RIVAL, TOY, World, concern, erasure, key,
    lots, measure, status_change, target,
};

const NOW: &str = "2026-11-23T06:00:00Z";
const DAY_MS: u64 = 86_400_000;

pub(crate) fn recall() -> Draft {
    measure(MAKER, "manufacturer", "M-1", lots(TOY, &["L2610A"]))
        .document("M-1", "2026-11-20")
        .set("/start", json!("2026-11-20"))
}

/// A world on paper: the same entries at the same indexes, sealed on the day of the question.
pub(crate) fn paper(world: &World) -> PaperLog {
    paper_at(world, "2026-11-23T00:00:00Z")
}

/// The same, sealed at this time.
pub(crate) fn paper_at(world: &World, time: &str) -> PaperLog {
    let mut log = PaperLog::begun(&world.genesis, world.log[0].time());
    for (candidate, record) in world.candidates.iter().zip(&world.log) {
        log.now = record.time();
        let index = log.attest(candidate.envelope().envelope());
        assert_eq!(index, record.index());
    }
    log.at(time).seal();
    log
}

/// The chains of a paper log: what its payloads say, whoever signed them.
struct PaperChains<'a> {
    log: &'a PaperLog,
}

impl ChainSource for PaperChains<'_> {
    type Error = Infallible;

    fn chain(
        &mut self,
        class: Class,
        subject: &SubjectUri,
    ) -> Result<Vec<Arc<Record>>, Infallible> {
        let chain = self.log.chain(&SubjectKey::of(class, subject).digest());
        Ok(chain.iter().map(|index| Arc::new(record(self.log, *index))).collect())
    }
}

fn record(log: &PaperLog, index: EntryIndex) -> Record {
    let entry = log.entry_at(index);
    match &log.payloads[usize::try_from(index.get()).unwrap()] {
        Paper::Bytes(bytes) => {
            let envelope = Envelope::decode(bytes).unwrap();
            // Whatever signed it: the keys of these tests are derived from their labels.
            let keys: BTreeMap<_, _> = crate::world::REGISTRARS
                .iter()
                .copied()
                .chain(LABELS)
                .map(|label| (key(label).public_key().id(), *key(label).public_key()))
                .collect();
            let envelope = envelope.verify(|id| keys.get(id).copied()).unwrap();
            Record::check(index, entry, &envelope).unwrap()
        }
        Paper::Absent | Paper::Withheld => Record::erased(index, entry).unwrap(),
    }
}

/// The operators whose first keys sign in these tests, and the log keys that are announced.
const LABELS: [&str; 15] = [
    "log-2",
    "log-3",
    MAKER,
    IMPORTER,
    LAB,
    RIVAL,
    crate::world::AGENT,
    crate::world::BODY,
    crate::world::PLATFORM,
    AUTHORITY,
    crate::world::CONNECTOR,
    crate::world::VERIFIER,
    crate::world::ACCREDITOR,
    crate::world::NOTIFIER,
    crate::case::VOLTARIS,
];

pub(crate) fn dossier_of(log: &PaperLog) -> Vec<u8> {
    dossier_on(log, &question())
}

/// The dossier on another question.
pub(crate) fn dossier_on(log: &PaperLog, question: &Question) -> Vec<u8> {
    let (query, evidence, verdict) = evaluated(log, question);
    build(log, &evidence, &query, &rule_set(&verdict), &verdict).unwrap()
}

/// What the records of a log give, and with what.
pub(crate) fn evaluated(log: &PaperLog, question: &Question) -> (NormalQuery, Evidence, Verdict) {
    evaluated_with(log, question, &policies())
}

/// The same, where these rule sets are accepted.
pub(crate) fn evaluated_with(
    log: &PaperLog,
    question: &Question,
    policies: &PolicySet,
) -> (NormalQuery, Evidence, Verdict) {
    let seal = log.entries.last().unwrap();
    let Body::Seal { map_root, .. } = *seal.body() else { panic!() };
    let query: NormalQuery = question.normal(log.size().get());
    let as_of = AsOf {
        origin: crate::world::ORIGIN.to_owned(),
        size: log.size(),
        map_root,
        seal_time: seal.time(),
    };
    let evidence =
        collect(&query, policies, &log.genesis, as_of, &mut PaperChains { log }).unwrap();
    let verdict = evaluate(&query, &evidence, policies).unwrap();
    (query, evidence, verdict)
}

pub(crate) fn rule_set(verdict: &Verdict) -> Vec<u8> {
    let sha256 = verdict.body().policy.as_ref().map(|policy| policy.sha256);
    sha256.map_or_else(Vec::new, |of| policies().by_sha256(&of).unwrap().bytes().to_vec())
}

fn limits() -> Limits {
    Limits { age_max_ms: Some(DAY_MS), now: NOW.parse().unwrap() }
}

pub(crate) fn check(bytes: &[u8], genesis: &Genesis) -> Result<VerifiedDossier, DossierError> {
    let policies = policies();
    verify(bytes, &Trust { genesis, policies: &policies, witnesses: None }, &limits())
}

pub(crate) fn refused(bytes: &[u8], genesis: &Genesis) -> DossierError {
    check(bytes, genesis).map(|verified| verified.verdict().word()).unwrap_err()
}

/// A dossier after `change`, written in its one form again: what is called for by nothing any more
/// is taken out, and every position follows.
pub(crate) fn changed(bytes: &[u8], change: impl FnOnce(&mut proto::Dossier)) -> Vec<u8> {
    let mut dossier = proto::Dossier::decode(bytes).unwrap();
    change(&mut dossier);
    tidy(&mut dossier);
    dossier.encode_to_vec()
}

fn tidy(dossier: &mut proto::Dossier) {
    dossier.subjects.sort_by(|a, b| (a.class, &a.uri).cmp(&(b.class, &b.uri)));
    let used: BTreeSet<u32> =
        dossier.subjects.iter().flat_map(|chain| chain.entries.iter().copied()).collect();
    let place: BTreeMap<u32, u32> = used.iter().copied().zip(0..).collect();
    dossier.entries = used.iter().map(|of| dossier.entries[*of as usize].clone()).collect();
    for chain in &mut dossier.subjects {
        chain.entries = chain.entries.iter().map(|of| place[of]).collect();
    }
    let used: BTreeSet<u32> = dossier
        .entries
        .iter()
        .flat_map(|entry| &entry.inclusion)
        .chain(&dossier.seal_inclusion)
        .copied()
        .collect();
    let place: BTreeMap<u32, u32> = used.iter().copied().zip(0..).collect();
    dossier.hashes = used.iter().map(|of| dossier.hashes[*of as usize].clone()).collect();
    for entry in &mut dossier.entries {
        entry.inclusion = entry.inclusion.iter().map(|of| place[of]).collect();
    }
    dossier.seal_inclusion = dossier.seal_inclusion.iter().map(|of| place[of]).collect();
}

fn chain_of<'a>(
    dossier: &'a mut proto::Dossier,
    class: Class,
    uri: &str,
) -> &'a mut proto::SubjectChain {
    let is_it = |chain: &&mut proto::SubjectChain| {
        chain.class == u32::from(class.byte()) && chain.uri == uri
    };
    dossier.subjects.iter_mut().find(is_it).unwrap()
}

fn lot() -> String {
    format!("{TOY}/10/L2610A")
}

#[test]
fn a_whole_dossier_verifies_and_says_what_the_ledger_says() {
    let log = paper(&world());
    let bytes = dossier_of(&log);
    let verified = check(&bytes, &log.genesis).unwrap();
    assert_eq!(verified.verdict().word(), VerdictWord::Listable, "{:#?}", verified.verdict());
    assert_eq!(verified.seen().to_string(), "2026-11-23T00:00:00Z");
    assert_eq!(verified.container().verdict(), verified.verdict().bytes());
    // Making it again gives the same bytes, and so does writing what was read.
    assert_eq!(dossier_of(&log), bytes);
    assert_eq!(changed(&bytes, |_| {}), bytes);
    let view = to_json(&bytes).unwrap();
    assert_eq!(view["verdict"]["verdict"], json!("LISTABLE"));
    assert_eq!(view["entries"].as_array().unwrap().len(), verified.container().entries().len());
}

#[test]
fn a_dossier_of_a_recalled_product_verifies_and_denies() {
    let mut world = world();
    world.add(recall());
    let log = paper(&world);
    let verified = check(&dossier_of(&log), &log.genesis).unwrap();
    assert_eq!(verified.verdict().word(), VerdictWord::NotListable);
}

#[test]
fn a_dossier_without_a_concern_does_not_verify() {
    let mut world = world();
    let raised = world.add(concern(AUTHORITY, "market_surveillance", TOY)).index();
    let log = paper(&world);
    let bytes = dossier_of(&log);
    let verified = check(&bytes, &log.genesis).unwrap();
    assert_eq!(verified.verdict().word(), VerdictWord::Review);
    let without = changed(&bytes, |dossier| {
        chain_of(dossier, Class::Concerns, TOY).entries.clear();
    });
    let error = refused(&without, &log.genesis);
    let is_count = matches!(error, DossierError::Chain { cause: ChainError::Count { .. }, .. });
    assert!(is_count, "{error:?}");
    let without = changed(&bytes, |dossier| {
        let concerns = u32::from(Class::Concerns.byte());
        dossier.subjects.retain(|chain| chain.class != concerns || chain.uri != TOY);
    });
    let error = refused(&without, &log.genesis);
    assert!(
        matches!(error, DossierError::ChainMissing { class: Class::Concerns, .. }),
        "{error:?}"
    );
    let gone = changed(&bytes, |dossier| {
        let is_it = |entry: &&mut proto::DossierEntry| entry.index == raised.get();
        dossier.entries.iter_mut().find(is_it).unwrap().record.clear();
    });
    let error = refused(&gone, &log.genesis);
    let is_erased =
        matches!(error, DossierError::Record { cause: RecordFault::ErasedWithoutOrder { .. }, .. });
    assert!(is_erased, "{error:?}");
}

#[test]
fn a_dossier_from_before_a_recall_does_not_stand_after_it() {
    let mut world = world();
    world.add(recall());
    let log = paper(&world);
    let bytes = dossier_of(&log);
    // The dossier from before the recall, under the checkpoint after it.
    let before = paper(&self::world());
    let old = proto::Dossier::decode(&dossier_of(&before)[..]).unwrap();
    let new = proto::Dossier::decode(&bytes[..]).unwrap();
    let mixed = proto::Dossier { checkpoint: new.checkpoint, ..old.clone() }.encode_to_vec();
    assert!(matches!(refused(&mixed, &log.genesis), DossierError::Seal(SealError::Inclusion(_))));
    // And as it was then, for a reader who asks for a fresh one.
    let late = Limits { now: "2026-11-24T00:00:01Z".parse().unwrap(), ..limits() };
    let policies = policies();
    let trust = Trust { genesis: &log.genesis, policies: &policies, witnesses: None };
    let error = verify(&old.encode_to_vec(), &trust, &late).unwrap_err();
    assert!(matches!(error, DossierError::TooOld { age_ms: 86_401_000, .. }), "{error:?}");
    let any_age = Limits { age_max_ms: None, ..late };
    assert!(verify(&old.encode_to_vec(), &trust, &any_age).is_ok());
}

#[test]
fn a_dossier_without_any_one_entry_or_chain_does_not_verify() {
    let log = paper(&world());
    let bytes = dossier_of(&log);
    let whole = proto::Dossier::decode(&bytes[..]).unwrap();
    for place in 0..u32::try_from(whole.entries.len()).unwrap() {
        let without = changed(&bytes, |dossier| {
            for chain in &mut dossier.subjects {
                chain.entries.retain(|of| *of != place);
            }
        });
        let error = refused(&without, &log.genesis);
        assert!(matches!(error, DossierError::Chain { .. }), "entry {place}: {error:?}");
    }
    for place in 0..whole.subjects.len() {
        let gone = &whole.subjects[place];
        let without = changed(&bytes, |dossier| {
            dossier.subjects.remove(place);
        });
        let error = refused(&without, &log.genesis);
        match &error {
            DossierError::ChainMissing { class, uri } => {
                assert_eq!(
                    (u32::from(class.byte()), uri.as_str()),
                    (gone.class, gone.uri.as_str())
                );
            }
            // Entries that stand in no other chain went with it, and somebody's right with them.
            DossierError::Record { .. } => {}
            other => panic!("without {}: {other:?}", gone.uri),
        }
        assert!(!error.is_undecided());
    }
}

#[test]
fn entries_that_are_cut_swapped_or_moved_do_not_verify() {
    let log = paper(&world());
    let bytes = dossier_of(&log);
    let genesis = &log.genesis;
    let reversed = changed(&bytes, |dossier| {
        chain_of(dossier, Class::All, MAKER).entries.reverse();
    });
    let error = refused(&reversed, genesis);
    let order = |error: &DossierError| {
        matches!(error, DossierError::Container(ContainerError::Order { .. }))
    };
    assert!(order(&error), "{error:?}");
    let swapped = {
        let mut dossier = proto::Dossier::decode(&bytes[..]).unwrap();
        dossier.entries.swap(3, 4);
        dossier.encode_to_vec()
    };
    assert!(order(&refused(&swapped, genesis)));
    let exchanged = changed(&bytes, |dossier| {
        let (three, four) = (dossier.entries[3].clone(), dossier.entries[4].clone());
        dossier.entries[3] = proto::DossierEntry { index: three.index, ..four.clone() };
        dossier.entries[4] = proto::DossierEntry { index: four.index, ..three };
    });
    let error = refused(&exchanged, genesis);
    assert!(matches!(error, DossierError::Inclusion { .. }), "{error:?}");
    let moved = changed(&bytes, |dossier| dossier.entries[0].index = 0);
    assert!(matches!(refused(&moved, genesis), DossierError::Inclusion { .. }));
    let cut = changed(&bytes, |dossier| {
        let entry = &mut dossier.entries[3].entry;
        *entry = entry.slice(..entry.len() - 1);
    });
    let error = refused(&cut, genesis);
    assert!(matches!(error, DossierError::Container(ContainerError::Entry { .. })), "{error:?}");
    let altered = changed(&bytes, |dossier| {
        let mut record = dossier.entries[3].record.to_vec();
        *record.last_mut().unwrap() ^= 1;
        dossier.entries[3].record = record.into();
    });
    let error = refused(&altered, genesis);
    assert!(matches!(error, DossierError::Record { .. }), "{error:?}");
    let exchanged_records = changed(&bytes, |dossier| {
        let last = dossier.entries.len() - 1;
        dossier.entries[last].record = dossier.entries[last - 1].record.clone();
    });
    let error = refused(&exchanged_records, genesis);
    assert!(
        matches!(
            error,
            DossierError::Record { cause: RecordFault::Unattributed(Unattributed::Record(_)), .. }
        ),
        "{error:?}"
    );
}

#[test]
fn a_map_proof_of_another_subject_or_of_absence_does_not_verify() {
    let log = paper(&world());
    let bytes = dossier_of(&log);
    let other = changed(&bytes, |dossier| {
        let proof = chain_of(dossier, Class::All, LAB).map_proof.clone();
        chain_of(dossier, Class::All, MAKER).map_proof = proof;
    });
    let is_proof = |error: &DossierError| {
        matches!(error, DossierError::Chain { cause: ChainError::Proof(_), .. })
    };
    let error = refused(&other, &log.genesis);
    assert!(is_proof(&error), "{error:?}");
    // A chain that is there, shown as absent by the proof of one that is not.
    let absent = changed(&bytes, |dossier| {
        let proof = chain_of(dossier, Class::Adverse, &lot()).map_proof.clone();
        let chain = chain_of(dossier, Class::All, &lot());
        chain.map_proof = proof;
        chain.entries.clear();
    });
    assert!(is_proof(&refused(&absent, &log.genesis)));
    let garbage = changed(&bytes, |dossier| {
        chain_of(dossier, Class::All, MAKER).map_proof = vec![0; 7].into();
    });
    assert!(is_proof(&refused(&garbage, &log.genesis)));
}

#[test]
fn a_chain_that_nothing_calls_for_does_not_verify() {
    use probant::dossier::ProofSource as _;

    let log = paper(&world());
    let bytes = dossier_of(&log);
    let uri: SubjectUri = OTHER_TOY.parse().unwrap();
    let extra = changed(&bytes, |dossier| {
        let proof = log.map_proof(&SubjectKey::of(Class::All, &uri).digest()).unwrap();
        dossier.subjects.push(proto::SubjectChain {
            uri: OTHER_TOY.to_owned(),
            class: 0,
            map_proof: proof.encode().into(),
            entries: Vec::new(),
        });
    });
    let expected = DossierError::ChainUncalled { class: Class::All, uri };
    assert_eq!(refused(&extra, &log.genesis), expected);
}

#[test]
fn another_verdict_query_or_policy_does_not_verify() {
    let mut world = world();
    world.add(recall());
    let log = paper(&world);
    let bytes = dossier_of(&log);
    let genesis = &log.genesis;
    let replace = |text: &[u8], from: &str, to: &str| {
        let text = str::from_utf8(text).unwrap();
        assert!(text.contains(from), "{text}");
        prost::bytes::Bytes::from(text.replace(from, to).into_bytes())
    };
    let listable = changed(&bytes, |dossier| {
        let (from, to) = (r#""verdict":"NOT_LISTABLE""#, r#""verdict":"LISTABLE""#);
        dossier.verdict = replace(&dossier.verdict, from, to);
    });
    let error = refused(&listable, genesis);
    let (expected, found) = (VerdictWord::NotListable, Some(VerdictWord::Listable));
    assert!(
        matches!(error, DossierError::Verdict { expected: e, found: f, .. }
            if (e, f) == (expected, found)),
        "{error:?}"
    );

    let other_lot = changed(&bytes, |dossier| {
        dossier.query = replace(&dossier.query, "L2610A", "L2610B");
    });
    let error = refused(&other_lot, genesis);
    assert!(matches!(error, DossierError::ChainMissing { .. }), "{error:?}");
    let other_size = changed(&bytes, |dossier| {
        let (from, to) = (format!(r#""as_of":{}"#, log.size()), r#""as_of":7"#);
        dossier.query = replace(&dossier.query, &from, to);
    });
    let error = refused(&other_size, genesis);
    assert!(matches!(error, DossierError::QueryAsOf { .. }), "{error:?}");
    let spaced = changed(&bytes, |dossier| {
        dossier.query = replace(&dossier.query, ",", ", ");
    });
    assert_eq!(refused(&spaced, genesis), DossierError::Query(QueryError::NotNormal));

    // What is not accepted can't be judged, which is another thing than being wrong.
    let unknown = changed(&bytes, |dossier| {
        dossier.policy = replace(&dossier.policy, "deny", "warn");
    });
    let error = refused(&unknown, genesis);
    assert!(matches!(error, DossierError::PolicyNotAccepted { .. }), "{error:?}");
    assert!(error.is_undecided());
    let radio = policies().iter().find(|of| of.name().to_string().contains("radio")).cloned();
    let lenient = changed(&bytes, |dossier| {
        dossier.policy = radio.unwrap().bytes().to_vec().into();
    });
    let error = refused(&lenient, genesis);
    assert!(matches!(error, DossierError::PolicyOther { .. }), "{error:?}");
    assert!(error.is_undecided());
    let empty = PolicySet::empty();
    let trust = Trust { genesis, policies: &empty, witnesses: None };
    assert!(verify(&bytes, &trust, &limits()).unwrap_err().is_undecided());
    assert!(!refused(&listable, genesis).is_undecided());
}

#[test]
fn another_ledger_or_checkpoint_does_not_verify() {
    let log = paper(&world());
    let bytes = dossier_of(&log);
    let renamed = changed(&bytes, |dossier| dossier.origin = "ledger.example/other".to_owned());
    assert!(matches!(refused(&renamed, &log.genesis), DossierError::Origin { .. }));
    // The same registrars and the same name, but not the same log key.
    let other_key = key("another log");
    let name = log.genesis.origin().clone();
    let other_key = VerifierKey::new(name, KeyType::Ed25519, *other_key.public_key());
    let registrars = log.genesis.registrars();
    let other = Genesis::new(&other_key, 1, registrars).unwrap();
    let error = refused(&bytes, &other);
    assert!(matches!(error, DossierError::Checkpoint(_)), "{error:?}");
    // Other registrars: nobody whom they admitted has a right to say anything.
    let other = Genesis::new(log.genesis.log_key(), 1, &registrars[2..]).unwrap();
    let error = refused(&bytes, &other);
    assert!(
        matches!(
            error,
            DossierError::Record {
                cause: RecordFault::Unattributed(Unattributed::KeyUnknown { .. }),
                ..
            }
        ),
        "{error:?}"
    );
    let early = Limits { now: "2026-11-22T23:54:59Z".parse().unwrap(), ..limits() };
    let policies = policies();
    let trust = Trust { genesis: &log.genesis, policies: &policies, witnesses: None };
    let error = verify(&bytes, &trust, &early).unwrap_err();
    assert!(matches!(error, DossierError::Future { .. }), "{error:?}");
}

#[test]
fn witnesses_that_are_asked_for_must_have_seen_the_checkpoint() {
    let log = paper(&world());
    let bytes = dossier_of(&log);
    let witness = key("witness");
    let name = "witness.example".parse().unwrap();
    let witness_key = VerifierKey::new(name, KeyType::CosignatureV1, *witness.public_key());
    let policy = format!("witness w {witness_key}\nquorum w\n");
    let witnesses = WitnessPolicy::parse(policy.as_bytes()).unwrap();
    let policies = policies();
    let trust = Trust { genesis: &log.genesis, policies: &policies, witnesses: Some(&witnesses) };
    let error = verify(&bytes, &trust, &limits()).unwrap_err();
    assert!(matches!(error, DossierError::Witnesses(QuorumError::NotMet { .. })), "{error:?}");

    let cosigned = |time: &str| {
        changed(&bytes, |dossier| {
            let note = dossier.checkpoint.as_bytes();
            let checkpoint = VerifiedCheckpoint::verify(note, log.genesis.log_key()).unwrap();
            let name = "witness.example".parse().unwrap();
            let line = cosign(&checkpoint, &name, time.parse().unwrap(), &witness).unwrap();
            let note = Note::parse(note).unwrap().with_signatures([line]).unwrap();
            dossier.checkpoint = note.to_string();
        })
    };
    let verified = verify(&cosigned("2026-11-23T02:00:00Z"), &trust, &limits()).unwrap();
    assert_eq!(verified.seen().to_string(), "2026-11-23T02:00:00Z");
    let error = verify(&cosigned("2026-11-23T06:05:01Z"), &trust, &limits()).unwrap_err();
    assert!(matches!(error, DossierError::Witnesses(QuorumError::Future { .. })), "{error:?}");
    let error = verify(&cosigned("2026-11-22T05:59:59Z"), &trust, &limits()).unwrap_err();
    assert!(matches!(error, DossierError::TooOld { .. }), "{error:?}");
}

#[test]
fn an_erased_record_needs_an_order_and_is_never_an_adverse_one() {
    let mut world = world();
    let declaration = world.log[world.log.len() - 3].clone();
    let mut log = paper(&world);
    log.erase(declaration.index());
    let error = refused(&dossier_of(&log), &log.genesis);
    let cause = RecordFault::ErasedWithoutOrder { statement: *declaration.digest() };
    assert_eq!(error, DossierError::Record { index: declaration.index(), cause });

    world.add(erasure(MAKER, "manufacturer", &declaration));
    let mut log = paper(&world);
    log.erase(declaration.index());
    let verified = check(&dossier_of(&log), &log.genesis).unwrap();
    assert_eq!(verified.verdict().word(), VerdictWord::NotListable);
    let body = str::from_utf8(verified.verdict().bytes()).unwrap().to_owned();
    assert!(body.contains("EVIDENCE_ERASED"), "{body}");

    // No ledger lets in an order to erase a recall; one that did would gain nothing by it.
    let mut world = self::world();
    let recall = world.add(recall());
    let order = world.envelope(erasure(MAKER, "manufacturer", &recall));
    let mut log = paper(&world);
    log.attest(&order);
    log.seal();
    log.erase(recall.index());
    let error = refused(&dossier_of(&log), &log.genesis);
    assert!(
        matches!(error, DossierError::Record { cause: RecordFault::ErasedAdverse { .. }, index }
            if index == recall.index()),
        "{error:?}"
    );
}

#[test]
fn what_nobody_had_the_right_to_sign_does_not_verify() {
    let mut world = world();
    let declaration = world.log[world.log.len() - 3].clone();
    // A manufacturer that poses as an authority, and a ledger that lets it.
    let posing = status_change(MAKER, "market_surveillance", "WITHDRAW", target(&declaration));
    let posing = world.envelope(posing);
    let mut log = paper(&world);
    let index = log.attest(&posing);
    log.seal();
    let error = refused(&dossier_of(&log), &log.genesis);
    assert!(
        matches!(error, DossierError::Record { index: found, cause: RecordFault::Unattributed(Unattributed::Authority(_)) }
            if found == index),
        "{error:?}"
    );

    // A signature that does not hold, under an entry that commits to it.
    let good = world.envelope(recall());
    let mut signatures = good.signatures().to_vec();
    let mut bytes = *signatures[0].1.as_bytes();
    bytes[40] ^= 1;
    let honest = paper_with(&self::world(), &good);
    signatures[0].1 = Signature::new(bytes);
    let forged = Envelope::new(good.payload_type(), good.payload().to_vec(), signatures).unwrap();
    let log = paper_with(&self::world(), &forged);
    let index = log.find(&forged.statement_digest());
    let bytes = changed(&dossier_of_forged(&honest, &log), |_| {});
    let error = refused(&bytes, &log.genesis);
    assert!(
        matches!(error, DossierError::Record { index: found, cause: RecordFault::Unattributed(Unattributed::Envelope(_)) }
            if found == index),
        "{error:?}"
    );
}

fn paper_with(world: &World, envelope: &Envelope) -> PaperLog {
    let mut log = paper(world);
    log.attest(envelope);
    log.seal();
    log
}

/// The dossier that `forged` gives where an honest reader would have stopped at the signature: its
/// chains are those of `honest`, its entries and proofs its own.
fn dossier_of_forged(honest: &PaperLog, forged: &PaperLog) -> Vec<u8> {
    let (query, evidence, verdict) = evaluated(honest, &question());
    build(forged, &evidence, &query, &rule_set(&verdict), &verdict).unwrap()
}

#[test]
fn what_was_ordered_to_be_erased_is_evidence_no_more() {
    let mut world = world();
    let declaration = world.log[world.log.len() - 3].clone();
    let order = world.add(erasure(MAKER, "manufacturer", &declaration)).index();
    // Whoever kept the payload would have the verdict from before.
    let log = paper(&world);
    assert_eq!(evaluated(&log, &question()).2.word(), VerdictWord::Listable);
    let error = refused(&dossier_of(&log), &log.genesis);
    let cause = RecordFault::NotErased { order };
    assert_eq!(error, DossierError::Record { index: declaration.index(), cause });
}

#[test]
fn an_order_that_can_not_be_for_it_erases_nothing() {
    let mut world = world();
    let declaration = world.log[world.log.len() - 3].clone();
    let kind = |name| json!(format!("urn:probant:attestation:{name}:v1"));
    for order in [
        erasure(RIVAL, "manufacturer", &declaration),
        erasure(MAKER, "manufacturer", &declaration).set("/predicate_type", kind("role-grant")),
        erasure(MAKER, "manufacturer", &declaration)
            .set("/document", json!(null))
            .set("/predicate_type", kind("traceability-event")),
        erasure(MAKER, "manufacturer", &declaration).about(&[TOY]),
    ] {
        let order = world.envelope(order);
        let mut log = paper_with(&world, &order);
        log.erase(declaration.index());
        let error = refused(&dossier_of(&log), &log.genesis);
        let cause = RecordFault::ErasedWithoutOrder { statement: *declaration.digest() };
        assert_eq!(error, DossierError::Record { index: declaration.index(), cause });
    }
}

#[test]
fn an_entry_that_was_given_an_earlier_time_does_not_verify() {
    let mut world = world();
    let recall = world.envelope(recall());
    let mut log = paper(&self::world());
    let index = log.at("2026-10-01T00:00:00Z").attest(&recall);
    log.at("2026-11-23T00:00:00Z").seal();
    let error = refused(&dossier_of(&log), &log.genesis);
    assert!(
        matches!(error, DossierError::Time { index: found, .. } if found == index),
        "{error:?}"
    );
    let mut log = paper(&self::world());
    let index = log.at("2026-09-30T00:00:00Z").seal();
    let policies = policies();
    let trust = Trust { genesis: &log.genesis, policies: &policies, witnesses: None };
    let any_age = Limits { age_max_ms: None, ..limits() };
    let error = verify(&dossier_of(&log), &trust, &any_age).unwrap_err();
    assert!(
        matches!(error, DossierError::Time { index: found, .. } if found == index),
        "{error:?}"
    );
}

#[test]
fn an_inclusion_proof_beyond_all_measure_is_not_spelled_out() {
    let log = paper(&world());
    let whole = proto::Dossier::decode(&dossier_of(&log)[..]).unwrap();
    let mut of_seal = whole.clone();
    of_seal.seal_inclusion = vec![0; 64];
    let mut of_entry = whole;
    of_entry.entries[0].inclusion = vec![0; 64];
    for long in [of_seal, of_entry] {
        let error = refused(&long.encode_to_vec(), &log.genesis);
        let limit =
            matches!(error, DossierError::Container(ContainerError::TooMany { limit: 63, .. }));
        assert!(limit, "{error:?}");
    }
}
