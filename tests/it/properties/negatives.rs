//! Adding something negative never improves a verdict.

use probant::attestation::types::VerdictWord::{self, Listable, NotListable, Review};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::act::negative;
use super::story::asked_about;
use super::{Line, tried};
use crate::case::said;

const fn gravity(word: VerdictWord) -> u8 {
    match word {
        Listable => 0,
        Review => 1,
        NotListable => 2,
    }
}

proptest! {
    #![proptest_config(tried(20))]

    #[test]
    fn adding_a_negative_never_improves_a_verdict(
        ((story, asked), negatives) in asked_about().prop_flat_map(|(story, asked)| {
            let negatives = prop::collection::vec(negative(story.goods).prop_map(Line), 3);
            (Just((story, asked)), negatives)
        })
    ) {
        let mut world = story.world();
        let questions: Vec<_> = asked.iter().map(|of| of.question(story.goods)).collect();
        let mut before: Vec<_> = questions.iter().map(|of| said(&world.ask(of))).collect();
        for act in &negatives {
            if act.happen(&mut world, story.goods).is_none() {
                continue;
            }
            for (question, before) in questions.iter().zip(&mut before) {
                let after = said(&world.ask(question));
                prop_assert!(
                    gravity(before.word) <= gravity(after.word),
                    "{:?}\n{:?}\n{:?}\n{}", act, before, after, question.query,
                );
                *before = after;
            }
        }
    }
}

/// Enough of the histories are in order, and enough of what is added matters: else nothing would be
/// tested.
#[test]
fn many_histories_are_in_order_until_something_negative_is_added() {
    let mut runner = TestRunner::new(tried(1));
    let (mut in_order, mut worse) = (0, 0);
    for _ in 0..24 {
        let (story, asked) = asked_about().new_tree(&mut runner).unwrap().current();
        let question = asked[0].question(story.goods);
        let mut world = story.world();
        let before = gravity(world.ask(&question).word());
        let act = negative(story.goods).new_tree(&mut runner).unwrap().current();
        act.happen(&mut world, story.goods);
        in_order += usize::from(before == 0);
        worse += usize::from(before < gravity(world.ask(&question).word()));
    }
    assert!(in_order >= 3 && worse >= 2, "{in_order} in order, {worse} worse");
}
