//! Records on other goods, by and about others, change nothing in a verdict but what it is as of.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::story::{Goods, asked_about};
use super::{Line, tried};
use crate::case::Question;
use crate::world::*;

/// Others: they make, test, import, sell and complain of goods that nobody asks about.
const STRANGER: &str = "urn:nando:0042";
const OTHER_LAB: &str = "urn:nando:0043";
const ELSEWHERE: &str = "https://id.gs1.org/01/09506000134352";

#[derive(Clone, Copy, Debug)]
enum Other {
    Registered,
    Identified,
    Declared,
    Tested,
    TestedByTheSameLab,
    Certified,
    Recalled,
    Banned,
    Complained,
    Withdrawn,
    Stolen,
    Accredited,
    Verified,
    Listed,
    Packed,
}

impl Other {
    fn draft(self, world: &World) -> Option<Draft> {
        let number = format!("OTHER-{}", world.size());
        let by_stranger = |draft: Draft, role: &str| {
            let issuer = json!({"operator": STRANGER, "role": role});
            draft.set("/header/issuer", issuer).signed_by(&[STRANGER])
        };
        let type_of = || types_of(STRANGER, "T-1");
        Some(match self {
            Self::Registered => grant(STRANGER, "platform"),
            Self::Identified => identity(STRANGER, ELSEWHERE),
            Self::Declared => declaration(STRANGER, "manufacturer", STRANGER, &number)
                .set("/scope", scope(ELSEWHERE)),
            Self::Tested => report(OTHER_LAB, &number).set("/scope", type_of()),
            Self::TestedByTheSameLab => report(LAB, &number).set("/scope", type_of()),
            Self::Certified => certificate(BODY, &number, RADIO).set("/scope", type_of()),
            Self::Recalled => {
                measure(AUTHORITY, "market_surveillance", &number, lots(ELSEWHERE, &["L2610A"]))
            }
            Self::Banned => measure(AUTHORITY, "market_surveillance", &number, scope(ELSEWHERE))
                .set("/kind", json!("SALES_BAN"))
                .set("/operators", json!([STRANGER])),
            Self::Complained => concern(LAB, "lab", ELSEWHERE),
            Self::Withdrawn => {
                let is_other = |of: &&std::sync::Arc<probant::record::Record>| {
                    let statement = of.statement();
                    statement.is_some_and(|of| {
                        of.subjects().iter().any(|uri| {
                            uri.to_string().contains("urn%3Anando%3A0042")
                                || uri.as_str() == ELSEWHERE
                        })
                    })
                };
                let other = world.log.iter().find(is_other)?;
                status_change(AUTHORITY, "market_surveillance", "WITHDRAW", target(other))
            }
            Self::Stolen => key_event(OTHER_LAB, "lab", "COMPROMISE", OTHER_LAB, &[OTHER_LAB])
                .set("/suspect_from", json!("2026-01-05T00:00:00Z")),
            Self::Accredited => {
                accreditation(ACCREDITOR, &number, "GRANT").set("/body", json!(OTHER_LAB))
            }
            Self::Verified => verification(PLATFORM, STRANGER, "FAIL"),
            Self::Listed => listing("MK-1", "REJECTED")
                .set("/product", json!(ELSEWHERE))
                .set("/trader", json!(STRANGER)),
            Self::Packed => by_stranger(event(STRANGER, "manufacturer", ELSEWHERE), "manufacturer"),
        })
    }
}

const ALL: [Other; 15] = [
    Other::Registered,
    Other::Identified,
    Other::Declared,
    Other::Tested,
    Other::TestedByTheSameLab,
    Other::Certified,
    Other::Recalled,
    Other::Banned,
    Other::Complained,
    Other::Packed,
    Other::Withdrawn,
    Other::Stolen,
    Other::Accredited,
    Other::Verified,
    Other::Listed,
];

/// A verdict without what it is as of.
fn body(world: &World, question: &Question) -> Value {
    let mut body: Value = serde_json::from_slice(world.ask(question).bytes()).unwrap();
    for member in ["/as_of", "/query/as_of"] {
        *body.pointer_mut(member).unwrap() = Value::Null;
    }
    body
}

/// Others who are registered, in a world that is about these goods.
fn with_others(mut world: World) -> World {
    for (operator, role) in [(STRANGER, "manufacturer"), (OTHER_LAB, "lab")] {
        world.add(registration(operator, "DE", &[]));
        world.add(grant(operator, role));
    }
    world
}

proptest! {
    #![proptest_config(tried(12))]

    #[test]
    fn unrelated_records_change_nothing_but_as_of(
        (story, asked) in asked_about(),
        others in prop::collection::vec(select(&ALL[..]).prop_map(Line), 1..12),
    ) {
        let mut world = story.world();
        let questions: Vec<_> = asked.iter().map(|of| of.question(story.goods)).collect();
        let before: Vec<Value> = questions.iter().map(|of| body(&world, of)).collect();
        world = with_others(world);
        for Line(other) in others {
            if let Some(draft) = other.draft(&world) {
                let _refused = world.offer(draft);
            }
        }
        for (question, before) in questions.iter().zip(before) {
            prop_assert_eq!(body(&world, question), before);
        }
    }
}

/// Each of the records that are said to be unrelated is let in: else nothing would be tested.
#[test]
fn unrelated_records_are_let_in() {
    let mut world = with_others(crate::verdict_plush_toy::world());
    for other in ALL {
        let draft = other.draft(&world).unwrap();
        world.add(draft);
    }
    // And related ones are seen.
    let question = crate::verdict_plush_toy::question();
    let before = body(&world, &question);
    world.add(concern(PLATFORM, "platform", Goods::Toy.product()));
    assert_ne!(body(&world, &question), before);
}
