//! The same input gives the same bytes: whatever order it comes in, on whichever thread, and again.

use probant::policy::{NormalQuery, PolicySet, Query, Verdict, evaluate, rules};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::story::asked_about;
use super::tried;
use crate::case::{Question, rule_set};
use crate::fuzz::Random;

/// The same lists in another order, and members of objects too.
fn shuffled(value: &Value, random: &mut Random) -> Value {
    match value {
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(|of| shuffled(of, random)).collect();
            for place in (1..list.len()).rev() {
                list.swap(place, random.below(place + 1));
            }
            Value::Array(list)
        }
        Value::Object(members) => {
            members.iter().map(|(name, of)| (name.clone(), shuffled(of, random))).collect()
        }
        other => other.clone(),
    }
}

/// What the normal form says, as a platform would write it.
fn as_written(query: &NormalQuery) -> Value {
    let mut written = serde_json::to_value(query).unwrap();
    let members = written.as_object_mut().unwrap();
    members.remove("products");
    members.remove("merchant_id");
    let first = query.products[0].clone();
    let lots = query.products.iter().filter_map(|of| of.qualifiers().lot.clone());
    let lots: Vec<String> = lots.map(|lot| lot.as_str().to_owned()).collect();
    let mut product = json!({"id": first.without_serial().without_lot(), "batches": lots});
    if let Some(serial) = &first.qualifiers().serial {
        product["serial"] = json!(serial.as_str());
    }
    members.insert("product".to_owned(), product);
    written
}

fn normal(query: &Value) -> NormalQuery {
    let query = Query::parse(query.to_string().as_bytes()).unwrap();
    let defaults = probant::policy::query::Defaults {
        seal_time: query.legal_at.unwrap(),
        size: query.as_of.unwrap(),
    };
    query.normalise(defaults).unwrap().0
}

proptest! {
    #![proptest_config(tried(12))]

    #[test]
    fn the_same_input_gives_the_same_bytes((story, asked) in asked_about(), seed in 0..u64::MAX) {
        let mut random = Random(seed);
        let world = story.world();
        let question = asked[0].question(story.goods);
        let question = question.set("/offer/destinations", json!(["FR", "DE", "BE"]));
        let question = question.set("/offer/languages", json!(["nl", "fr", "de"]));
        let query = question.normal(world.size());
        let bytes = world.verdict(&query).bytes().to_vec();

        // The question in another order.
        let other = Question::of(shuffled(&question.query, &mut random)).normal(world.size());
        prop_assert_eq!(&other, &query);
        // The rule sets in another order.
        let mut names = rules::NAMES.to_vec();
        for place in (1..names.len()).rev() {
            names.swap(place, random.below(place + 1));
        }
        let policies = names.iter().fold(PolicySet::empty(), |set, name| {
            set.with(rule_set(name).as_bytes()).unwrap()
        });
        let (evidence, _) = world.evidence(&query);
        let again = evaluate(&query, &evidence, &policies).unwrap();
        prop_assert_eq!(again.bytes(), &bytes[..]);
        // The records loaded anew, on threads of their own.
        let all: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let judge = || world.verdict(&query).bytes().to_vec();
            let threads: Vec<_> = (0..2).map(|_| scope.spawn(judge)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        prop_assert!(all.iter().all(|other| *other == bytes));
        // And what was written reads back as the same.
        let parsed = Verdict::parse(&bytes).unwrap();
        let written = Verdict::new(parsed.body().clone()).unwrap();
        prop_assert_eq!(written.bytes(), &bytes[..]);
    }

    #[test]
    fn the_normal_form_of_a_query_is_a_fixpoint((story, asked) in asked_about()) {
        for asked in asked {
            let query = asked.question(story.goods).normal(17);
            let bytes = query.to_bytes().unwrap();
            prop_assert_eq!(NormalQuery::parse(&bytes).unwrap(), query.clone());
            prop_assert_eq!(normal(&as_written(&query)), query);
        }
    }
}
