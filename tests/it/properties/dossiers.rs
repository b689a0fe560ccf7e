//! Nothing that is taken out of a dossier goes unnoticed, however well the rest is put in order.

use probant::dossier::build;
use probant::policy::evaluate;
use probant::proto;
use proptest::prelude::*;
use prost::Message as _;

use super::story::asked_about;
use super::{Line, tried};
use crate::case::policies;
use crate::dossier::{changed, check, dossier_on, evaluated, paper, refused, rule_set};
use crate::world::World;

/// What somebody takes out of a dossier, or puts in the place of something. Numbers are taken modulo
/// how much there is.
#[derive(Clone, Debug)]
enum Forgery {
    /// An entry out of every chain.
    Entry(usize),
    /// An entry out of one chain.
    FromChain(usize, usize),
    /// A whole chain.
    Chain(usize),
    /// The last entries of a chain: what came in since.
    Newest(usize, usize),
    /// The proof of another chain.
    Proof(usize, usize),
    /// A chain emptied, under the proof that another one is absent.
    Absent(usize),
    /// The content of an entry, as if it had been erased.
    Payload(usize),
    /// A run of bytes.
    Bytes(usize, usize),
    /// The end of the file.
    End(usize),
}

impl Forgery {
    /// The dossier after it; none if there is nothing to take.
    fn of(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let whole = proto::Dossier::decode(bytes).unwrap();
        let place = |number: usize| u32::try_from(number % whole.entries.len()).unwrap();
        let chain = |number: usize| number % whole.subjects.len();
        let forged = match *self {
            Self::Entry(number) => changed(bytes, |dossier| {
                for chain in &mut dossier.subjects {
                    chain.entries.retain(|of| *of != place(number));
                }
            }),
            Self::FromChain(number, entry) => changed(bytes, |dossier| {
                let entries = &mut dossier.subjects[chain(number)].entries;
                if !entries.is_empty() {
                    let entry = entry % entries.len();
                    entries.remove(entry);
                }
            }),
            Self::Chain(number) => changed(bytes, |dossier| {
                dossier.subjects.remove(chain(number));
            }),
            Self::Newest(number, count) => changed(bytes, |dossier| {
                let entries = &mut dossier.subjects[chain(number)].entries;
                let left = entries.len().saturating_sub(1 + count % 3);
                entries.truncate(left);
            }),
            Self::Proof(to, from) => changed(bytes, |dossier| {
                dossier.subjects[chain(to)].map_proof =
                    dossier.subjects[chain(from)].map_proof.clone();
            }),
            Self::Absent(number) => changed(bytes, |dossier| {
                let absent = dossier.subjects.iter().find(|of| of.entries.is_empty());
                let proof = absent.map(|of| of.map_proof.clone());
                let subject = &mut dossier.subjects[chain(number)];
                subject.entries.clear();
                subject.map_proof = proof.unwrap_or_default();
            }),
            Self::Payload(number) => changed(bytes, |dossier| {
                dossier.entries[place(number) as usize].record.clear();
            }),
            Self::Bytes(from, count) => {
                let from = from % bytes.len();
                let to = (from + 1 + count % 64).min(bytes.len());
                [&bytes[..from], &bytes[to..]].concat()
            }
            Self::End(count) => bytes[..bytes.len() - 1 - count % bytes.len()].to_vec(),
        };
        // Nothing was there to be taken, or two chains have one proof.
        (forged != bytes).then_some(forged)
    }
}

fn forgery() -> impl Strategy<Value = Forgery> {
    let number = || any::<prop::sample::Index>().prop_map(|of| of.index(1 << 20));
    prop_oneof![
        number().prop_map(Forgery::Entry),
        (number(), number()).prop_map(|(chain, entry)| Forgery::FromChain(chain, entry)),
        number().prop_map(Forgery::Chain),
        (number(), number()).prop_map(|(chain, count)| Forgery::Newest(chain, count)),
        (number(), number()).prop_map(|(to, from)| Forgery::Proof(to, from)),
        number().prop_map(Forgery::Absent),
        number().prop_map(Forgery::Payload),
        (number(), number()).prop_map(|(from, count)| Forgery::Bytes(from, count)),
        number().prop_map(Forgery::End),
    ]
}

/// A history on paper: what was erased has no payload there either.
fn on_paper(world: &World) -> crate::paper_log::PaperLog {
    let mut log = paper(world);
    for record in world.log.iter().filter(|record| record.is_erased()) {
        log.erase(record.index());
    }
    log
}

proptest! {
    #![proptest_config(tried(4))]

    #[test]
    fn what_is_taken_out_of_a_dossier_is_noticed(
        (story, asked) in asked_about(),
        forgeries in prop::collection::vec(forgery().prop_map(Line), 24),
    ) {
        let log = on_paper(&story.world());
        let question = asked[0].question(story.goods);
        let bytes = dossier_on(&log, &question);
        prop_assert!(check(&bytes, &log.genesis).is_ok());
        for forgery in &forgeries {
            if let Some(forged) = forgery.of(&bytes) {
                let found = check(&forged, &log.genesis).map(|of| of.verdict().word());
                prop_assert!(found.is_err(), "{:?}: {:?}", forgery, found);
            }
        }
    }

    /// An adversary who leaves a record out and writes the verdict that the others give.
    #[test]
    fn a_verdict_on_fewer_records_is_noticed((story, asked) in asked_about(), gone in 0..64_usize) {
        let world = story.world();
        let log = on_paper(&world);
        let question = asked[0].question(story.goods);
        let (query, evidence, verdict) = evaluated(&log, &question);
        let held: Vec<_> = evidence.records().map(|record| record.index()).collect();
        let gone = held[gone % held.len()];
        let mut fewer = world;
        fewer.log.retain(|record| record.index() != gone);
        let less = fewer.evidence_as_of(&query, evidence.as_of().clone()).0;
        let other = evaluate(&query, &less, &policies()).unwrap();
        // As a whole, put together from what is left; the old file with the new verdict; and the
        // other way round.
        if let Ok(bytes) = build(&log, &less, &query, &rule_set(&other), &other) {
            refused(&bytes, &log.genesis);
        }
        let bytes = build(&log, &evidence, &query, &rule_set(&verdict), &verdict).unwrap();
        if other.bytes() != verdict.bytes() {
            let swapped = changed(&bytes, |dossier| {
                dossier.verdict = other.bytes().to_vec().into();
            });
            refused(&swapped, &log.genesis);
        }
    }
}
