//! Every decoder of outside bytes, on bytes that nobody would send: it answers, and does not panic.
//!
//! Targets are plain functions of bytes, so that a coverage-guided fuzzer can run them as well. Here
//! they run over mutations of good input: `PROBANT_FUZZ_ROUNDS` sets how many (2,000 a target),
//! `PROBANT_FUZZ_SEED` where the sequence starts (1); both are printed if one fails.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str;

use probant::attestation::{PredicateKind, Statement};
use probant::encoding::base64_decode;
use probant::entry::{Entry, EntryBundle, PayloadBundle};
use probant::envelope::Envelope;
use probant::genesis::Genesis;
use probant::identifier::{LookupForm, SubjectUri, input};
use probant::import::{Reading, Source, Terms, epcis, untp};
use probant::json;
use probant::log_key::{CHANGES_MAX, Handover};
use probant::map::MapProof;
use probant::merkle::TileId;
use probant::note::{AddCheckpoint, Checkpoint, Note, TlogProof, VerifierKey, WitnessPolicy};
use probant::time::{Date, Timestamp};
use serde_json::Value;

use crate::attestations::example;

type Target = fn(&[u8]);

/// Each decoder with the name of its seed inputs.
const TARGETS: [(&str, Target); 20] = [
    ("record", fuzz_record),
    ("dsse", fuzz_dsse),
    ("statement", fuzz_statement),
    ("statement", fuzz_json),
    ("entry", fuzz_entry),
    ("entries", fuzz_entry_bundle),
    ("payloads", fuzz_payload_bundle),
    ("map_proof", fuzz_map_proof),
    ("note", fuzz_note),
    ("note", fuzz_checkpoint),
    ("receipt", fuzz_tlog_proof),
    ("add_checkpoint", fuzz_add_checkpoint),
    ("vkey", fuzz_vkey),
    ("witness_policy", fuzz_witness_policy),
    ("genesis", fuzz_genesis),
    ("uri", fuzz_uri),
    ("tile", fuzz_tile_path),
    ("handover", fuzz_handover),
    ("untp", fuzz_untp),
    ("epcis", fuzz_epcis),
];

fn fuzz_record(bytes: &[u8]) {
    if let Ok(envelope) = Envelope::decode(bytes) {
        assert_eq!(envelope.encode(), bytes, "a record has one encoding");
    }
}

fn fuzz_dsse(bytes: &[u8]) {
    if let Ok(envelope) = Envelope::from_json(bytes) {
        again(&envelope, Envelope::from_json(envelope.to_json().as_bytes()).ok());
        // Another reader sees the same payload and the same signatures.
        let seen: Value = serde_json::from_slice(bytes).unwrap();
        let decode = |of: &Value| base64_decode(of.as_str().unwrap()).unwrap();
        assert_eq!(seen["payloadType"], envelope.payload_type());
        assert_eq!(decode(&seen["payload"]), envelope.payload());
        let signatures = seen["signatures"].as_array().unwrap().iter();
        let seen: BTreeMap<String, Vec<u8>> = signatures
            .map(|of| (of["keyid"].as_str().unwrap().to_owned(), decode(&of["sig"])))
            .collect();
        let signatures = envelope.signatures().iter();
        let read = signatures.map(|(key, of)| (key.to_string(), of.as_bytes().to_vec()));
        assert_eq!(read.collect::<BTreeMap<_, _>>(), seen);
    }
}

fn fuzz_statement(bytes: &[u8]) {
    if let Ok(statement) = Statement::parse(bytes) {
        let written = Statement::write(statement.subjects(), statement.predicate()).unwrap();
        again(&statement, Statement::parse(&written).ok());
    }
}

fn fuzz_json(bytes: &[u8]) {
    if json::check(bytes).is_ok() {
        let value: Value = serde_json::from_slice(bytes).unwrap();
        let canonical = json::canonical(&value).unwrap();
        assert_eq!(json::from_slice::<Value>(&canonical), Ok(value), "nothing is lost");
    }
}

fn fuzz_entry(bytes: &[u8]) {
    if let Ok(entry) = Entry::decode(bytes) {
        assert_eq!(entry.encode(), bytes, "an entry has one encoding");
    }
}

fn fuzz_entry_bundle(bytes: &[u8]) {
    for width in [1, 2, 16, 256] {
        if let Ok(entries) = EntryBundle::decode(bytes, width) {
            assert_eq!(entries.len(), width);
        }
    }
}

fn fuzz_payload_bundle(bytes: &[u8]) {
    for width in [1, 2, 16, 256] {
        if let Ok(payloads) = PayloadBundle::decode(bytes, width) {
            assert_eq!(payloads.len(), width);
        }
    }
}

fn fuzz_map_proof(bytes: &[u8]) {
    if let Ok(proof) = MapProof::decode(bytes) {
        assert_eq!(proof.encode(), bytes, "a proof has one encoding");
        let zero = probant::hash::Digest::ZERO;
        drop(proof.verify(&zero, &zero));
    }
}

fn fuzz_note(bytes: &[u8]) {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes, "a note has one encoding");
    }
}

fn fuzz_checkpoint(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes)
        && let Ok(checkpoint) = text.parse::<Checkpoint>()
    {
        assert_eq!(checkpoint.to_string(), text, "a checkpoint has one encoding");
    }
}

fn fuzz_tlog_proof(bytes: &[u8]) {
    if let Ok(proof) = TlogProof::parse(bytes) {
        assert_eq!(proof.to_string().as_bytes(), bytes, "a proof has one encoding");
    }
}

fn fuzz_add_checkpoint(bytes: &[u8]) {
    if let Ok(request) = AddCheckpoint::parse(bytes) {
        assert_eq!(request.to_string().as_bytes(), bytes, "a request has one encoding");
    }
}

fn fuzz_vkey(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes)
        && let Ok(key) = text.parse::<VerifierKey>()
    {
        assert_eq!(key.to_string(), text, "a verifier key has one encoding");
    }
}

fn fuzz_witness_policy(bytes: &[u8]) {
    drop(WitnessPolicy::parse(bytes));
}

fn fuzz_genesis(bytes: &[u8]) {
    if let Ok(genesis) = Genesis::parse(bytes) {
        assert_eq!(genesis.bytes(), bytes);
    }
}

fn fuzz_uri(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(uri) = text.parse::<SubjectUri>() {
        assert_eq!(uri.as_str(), text, "a canonical URI has one form");
    }
    if let Ok(product) = input::product(text) {
        again(&product.value, product.value.as_str().parse().ok());
    }
    if let Ok(operator) = input::operator(text) {
        again(&operator.value, operator.value.as_str().parse().ok());
    }
    if let Ok(form) = LookupForm::of(text) {
        again(&form, form.as_str().parse().ok());
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        again(&time, time.to_string().parse().ok());
    }
    if let Ok(date) = text.parse::<Date>() {
        again(&date, date.to_string().parse().ok());
    }
}

fn fuzz_tile_path(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes)
        && let Ok(tile) = text.parse::<TileId>()
    {
        assert_eq!(tile.to_string(), text, "a tile has one path");
    }
}

fn fuzz_handover(bytes: &[u8]) {
    // That there is one encoding, the decoder makes sure itself.
    if let Ok(handover) = Handover::decode(bytes) {
        assert!(handover.shown().count() <= CHANGES_MAX);
    }
}

fn fuzz_untp(bytes: &[u8]) {
    let source = Source { name: "credential.json", bytes };
    expect_sound(&untp::read(&source, &terms(&OF_CREDENTIALS)));
}

fn fuzz_epcis(bytes: &[u8]) {
    let source = Source { name: "events.json", bytes };
    epcis::read(&source, &terms(&OF_EVENTS)).iter().for_each(expect_sound);
}

/// What good documents need besides, so that what is left of them can become statements.
const OF_CREDENTIALS: [(&str, &str); 5] = [
    ("header.document.languages", "en"),
    ("scope.types.1.designation", "LP-BEAR-30"),
    ("accreditation", "XX-L-9901"),
    ("sample.id", "S-1"),
    ("sample.received", "2026-08-01"),
];
const OF_EVENTS: [(&str, &str); 1] = [("header.issuer.role", "manufacturer")];

fn terms(supplements: &[(&str, &str)]) -> Terms {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Terms {
        by: "https://id.gs1.org/417/9521000200005".parse().unwrap(),
        issuer: None,
        zone: "+01:00".parse().ok(),
        supplements: supplements.iter().map(owned).collect(),
    }
}

/// Either a statement that everybody reads, or why there is none.
fn expect_sound(reading: &Reading) {
    match &reading.outcome {
        Ok(draft) => drop(Statement::parse(&draft.statement).unwrap()),
        Err(defects) => assert!(!defects.is_empty(), "refused for nothing"),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the caller has made it for this")]
fn again<T: PartialEq + Debug>(value: &T, read_back: Option<T>) {
    assert_eq!(read_back.as_ref(), Some(value), "what is written reads back");
}

#[test]
fn no_decoder_panics_or_reads_one_value_from_two_encodings() {
    let rounds = setting("PROBANT_FUZZ_ROUNDS", 2_000);
    let seed = setting("PROBANT_FUZZ_SEED", 1);
    for (name, target) in TARGETS {
        let inputs = inputs(name);
        assert!(!inputs.is_empty(), "no input for {name}");
        let mut random = Random(seed);
        for round in 0..rounds {
            let input = mutate(&inputs, &mut random);
            let outcome = catch_unwind(AssertUnwindSafe(|| target(&input)));
            let shown = String::from_utf8_lossy(&input);
            assert!(outcome.is_ok(), "{name}: seed {seed}, round {round}, input {shown:?}");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long to run is set from outside")]
pub(crate) fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

/// Good input, and the vectors' bad input, for a target.
fn inputs(name: &str) -> Vec<Vec<u8>> {
    let ledger: Value = serde_json::from_str(include_str!("../vectors/ledger.json")).unwrap();
    let tlog: Value = serde_json::from_str(include_str!("../vectors/tlog.json")).unwrap();
    let hex = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().as_bytes().to_vec();
    let each = |of: &Value, read: &dyn Fn(&Value) -> Vec<u8>| -> Vec<Vec<u8>> {
        of.as_array().unwrap().iter().map(read).collect()
    };
    let file = |beginning: &str| -> Vec<Vec<u8>> {
        let files = ledger["files_hex"].as_object().unwrap();
        files
            .iter()
            .filter(|(path, _)| path.starts_with(beginning))
            .map(|(_, of)| hex(of))
            .collect()
    };
    match name {
        "record" => each(&ledger["envelopes"], &|of| hex(&of["envelope_record_hex"])),
        "dsse" => each(&ledger["envelopes"], &|of| text(&of["dsse_json"])),
        "statement" => {
            let mut statements = vec![include_bytes!("../vectors/declaration.json").to_vec()];
            let kinds = PredicateKind::ALL.iter().map(|kind| kind.name());
            statements.extend(kinds.map(|name| example(name).to_string().into_bytes()));
            statements
        }
        "entry" => each(&ledger["entries"], &|of| hex(&of["entry_hex"])),
        "entries" => file("tile/entries/"),
        "payloads" => file("payload/"),
        "map_proof" => each(&ledger["map_proofs"], &|of| hex(&of["proof_hex"])),
        "note" => {
            let mut notes = each(&ledger["seals"], &|of| text(&of["checkpoint"]));
            let body = |note: &Vec<u8>| {
                let end = note.windows(2).rposition(|pair| pair == b"\n\n").unwrap();
                note[..=end].to_vec()
            };
            notes.extend(notes.iter().map(body).collect::<Vec<_>>());
            notes
        }
        "receipt" => vec![text(&ledger["receipt_of_entry_6"])],
        "add_checkpoint" => vec![text(&tlog["add_checkpoint_body_256_to_257"])],
        "vkey" => vec![text(&ledger["log_vkey"])],
        "witness_policy" => {
            let mut policy = format!("log {}\n", tlog["log_vkey"].as_str().unwrap());
            for (number, witness) in (0_u8..).zip(tlog["witnesses"].as_array().unwrap()) {
                let vkey = witness["vkey"].as_str().unwrap();
                policy.extend(["witness w", &number.to_string(), " ", vkey, "\n"]);
            }
            vec![format!("{policy}group g 2 w0 w1 w2\nquorum g\n").into_bytes()]
        }
        "genesis" => vec![text(&ledger["entries"][0]["payload"])],
        "uri" => {
            let mut uris = each(&ledger["subjects"], &|of| text(&of["uri"]));
            uris.push(b"urn:epc:class:lgtin:9521000.020001.L2610A".to_vec());
            uris.push(b"https://shop.example/01/09521000200012/10/L2610A?17=261231".to_vec());
            uris.push(b"2026-11-23T00:00:00.123Z".to_vec());
            uris.push(b"2026-11-23".to_vec());
            uris.push(" Zertifikat №\u{a0}ﬁ-Ⅷ/straße \u{e9}E\u{301}\u{ff21}ı ".as_bytes().to_vec());
            uris
        }
        "tile" => [&b"tile/0/x001/234.p/17"[..], b"payload/000", b"tile/entries/001.p/3"]
            .map(<[u8]>::to_vec)
            .to_vec(),
        "handover" => crate::log_key::examples(),
        "untp" | "epcis" => crate::imports::documents(name),
        other => panic!("no inputs for {other}"),
    }
}

/// One of the inputs with a few changes: bits, bytes, cuts, repeats, and pieces of another one.
pub(crate) fn mutate(inputs: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = inputs[random.below(inputs.len())].clone();
    for _ in 0..=random.below(4) {
        let length = bytes.len();
        let at = random.below(length + 1);
        match random.below(7) {
            0 if at < length => bytes[at] ^= 1 << random.below(8),
            1 if at < length => bytes[at] = random.below(256) as u8,
            2 => bytes.truncate(at),
            3 => bytes.insert(at, random.below(256) as u8),
            4 if at < length => drop(bytes.remove(at)),
            5 => {
                let end = at + random.below(length - at + 1).min(64);
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let other = &inputs[random.below(inputs.len())];
                let from = random.below(other.len() + 1);
                let to = from + random.below(other.len() - from + 1).min(64);
                bytes.splice(at..at, other[from..to].iter().copied());
            }
        }
    }
    bytes
}

/// `SplitMix64`: the same sequence for the same seed, everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end.max(1) as u64) as usize
    }
}
