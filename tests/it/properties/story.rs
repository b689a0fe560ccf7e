//! Random histories: a worked case of which some records are missing or changed, and what is
//! logged besides; and questions about its goods.
//!
//! A history is a list of small facts, so that one that breaks a property shrinks to a few lines.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::Line;
use super::act::{Act, act};
use super::change::{Change, change};
use crate::case::{Question, VOLTARIS, parties};
use crate::verdict_charger as charger;
use crate::verdict_plush_toy as toy;
use crate::verdict_recall as recall;
use crate::world::{AGENT, Draft, IMPORTER, MAKER, RIVAL, TOY, World, mandate};

/// Days on which things happen, in this order. The question is about one of the last ones.
pub(super) const DAYS: [&str; 8] = [
    "2026-08-20",
    "2026-09-01",
    "2026-10-06",
    "2026-10-20",
    "2026-11-10",
    "2026-11-20",
    "2026-12-15",
    "2027-03-01",
];

pub(super) fn day() -> impl Strategy<Value = &'static str> {
    select(&DAYS[..])
}

/// A worked case: whose goods, and what can be said of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goods {
    Toy,
    Charger,
    Tambourine,
}

impl Goods {
    pub(super) const fn product(self) -> &'static str {
        match self {
            Self::Toy => TOY,
            Self::Charger => charger::CHARGER,
            Self::Tambourine => recall::TAMBOURINE,
        }
    }

    pub(super) const fn maker(self) -> &'static str {
        match self {
            Self::Toy => MAKER,
            Self::Charger => VOLTARIS,
            Self::Tambourine => RIVAL,
        }
    }

    pub(super) const fn designation(self) -> &'static str {
        match self {
            Self::Toy => "LP-BEAR-30",
            Self::Charger => "VOL-QI15",
            Self::Tambourine => "TAMB-1",
        }
    }

    /// The lots: the two that are in order in the worked case come first.
    pub(super) const fn lots(self) -> [&'static str; 3] {
        match self {
            Self::Toy => ["L2610A", "L2612Z", "l-2610a"],
            Self::Charger => ["W2646", "W2620", "w-2646"],
            Self::Tambourine => ["B2607", "B2608", "b-2608"],
        }
    }

    /// What is logged for goods that are in order.
    fn records(self) -> Vec<Draft> {
        match self {
            Self::Toy => vec![
                toy::test_report(),
                toy::plush_identity(),
                toy::doc("2026-09-01"),
                toy::importer_declaration("L2610A"),
                mandate("AUTHORISED_DISTRIBUTOR", MAKER, IMPORTER, TOY)
                    .valid("2026-09-01", "2031-10-05"),
            ],
            Self::Charger => vec![
                charger::eu_type("RED-1", "VOL-QI15", "2026-08-20", "2031-08-19"),
                charger::charger_identity(&["VOL-QI15"]),
                charger::doc("VD-781", "VOL-QI15", "RED-1", "2026-09-01"),
                mandate("RESPONSIBLE_PERSON", VOLTARIS, AGENT, charger::CHARGER)
                    .valid("2026-09-01", "2031-05-06"),
            ],
            Self::Tambourine => recall::history().into_iter().map(|(_, draft)| draft).collect(),
        }
    }

    fn question(self) -> Question {
        match self {
            Self::Toy => toy::question(),
            Self::Charger => charger::question(),
            Self::Tambourine => recall::asked(),
        }
    }
}

/// A history: the parties, the records of a case but some, and what was logged after.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) goods: Goods,
    left_out: Line<BTreeSet<usize>>,
    changes: Vec<Line<(usize, Change)>>,
    /// Records once more, under other numbers, with changes of their own.
    again: Vec<Line<(usize, Change)>>,
    acts: Vec<Line<Act>>,
}

impl Story {
    /// The history as a world. What the ledger refuses has not happened.
    pub(super) fn world(&self) -> World {
        static PARTIES: OnceLock<World> = OnceLock::new();
        let mut world = PARTIES.get_or_init(|| parties("2026-01-05")).clone();
        world.at("2026-10-06T00:00:00Z");
        let mut records = self.goods.records();
        let more: Vec<Draft> = self
            .again
            .iter()
            .zip(1..)
            .map(|(Line((place, change)), number)| {
                let draft = records[place % records.len()].clone();
                let draft = match draft.predicate.pointer("/header/document/number") {
                    Some(_) => draft.set("/header/document/number", json!(format!("N-{number}"))),
                    None => draft,
                };
                change.apply(draft, self.goods)
            })
            .collect();
        for Line((place, change)) in &self.changes {
            let place = place % records.len();
            let draft = records[place].clone();
            records[place] = change.apply(draft, self.goods);
        }
        let left = records.into_iter().enumerate().filter(|(at, _)| !self.left_out.contains(at));
        for draft in left.map(|(_, draft)| draft).chain(more) {
            let _refused = world.offer(draft);
        }
        world.at("2026-11-20T00:00:00Z");
        for act in &self.acts {
            act.happen(&mut world, self.goods);
        }
        world
    }
}

fn goods() -> impl Strategy<Value = Goods> {
    select(&[Goods::Toy, Goods::Charger, Goods::Tambourine][..])
}

/// Histories. Most of them are nearly in order: where everything is denied, nothing is tested.
pub(super) fn stories() -> impl Strategy<Value = Story> {
    goods().prop_flat_map(|goods| {
        let few = |strategy: BoxedStrategy<Line<(usize, Change)>>, most| {
            prop::collection::vec(strategy, 0..=most)
        };
        let changed = (0..8_usize, change(goods)).prop_map(Line).boxed();
        (
            prop_oneof![3 => Just(BTreeSet::new()), 1 => (0..5_usize).prop_map(|at| [at].into())],
            few(changed.clone(), 1),
            few(changed, 2),
            prop::collection::vec(act(goods).prop_map(Line), 0..4),
        )
            .prop_map(move |(left_out, changes, again, acts)| Story {
                goods,
                left_out: Line(left_out),
                changes,
                again,
                acts,
            })
    })
}

/// A question about the goods of a case.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    lots: Vec<&'static str>,
    serial: Option<&'static str>,
    /// Since when the goods are in stock; imported directly if not at all.
    in_stock: Option<&'static str>,
    day: &'static str,
    excluded: bool,
    shows_importer: bool,
}

impl Asked {
    pub(super) fn question(&self, goods: Goods) -> Question {
        let location = match self.in_stock {
            Some(day) if day <= self.day => json!({"kind": "EU_STOCK", "placed_on_market": day}),
            _ => json!({"kind": "DIRECT_IMPORT"}),
        };
        let mut question = goods.question().batches(&self.lots).at(self.day);
        question = question.set("/offer/goods_location", location);
        if let Some(serial) = self.serial.filter(|_| self.lots.len() < 2) {
            question = question.set("/product/serial", json!(serial));
        }
        // An offer can't leave out what it is about.
        let can_leave_out = self.serial.is_none() && !self.lots.contains(&goods.lots()[1]);
        if self.excluded && can_leave_out {
            let left_out = format!("{}/10/{}", goods.product(), goods.lots()[1]);
            question = question.set("/offer/excluded_scopes", json!([left_out]));
        }
        if !self.shows_importer {
            question = question.set("/offer/importer", Value::Null);
        }
        question
    }
}

pub(super) fn questions(goods: Goods) -> impl Strategy<Value = Line<Asked>> {
    (
        subsequence(goods.lots().to_vec(), 0..=2),
        prop::option::weighted(0.2, select(&["000500", "777777"][..])),
        prop::option::of(day()),
        select(&DAYS[4..]),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.8),
    )
        .prop_map(|(lots, serial, in_stock, day, excluded, shows_importer)| Asked {
            lots,
            serial,
            in_stock,
            day,
            excluded,
            shows_importer,
        })
        .prop_map(Line)
}

/// A history and questions about its goods.
pub(super) fn asked_about() -> impl Strategy<Value = (Story, Vec<Line<Asked>>)> {
    stories().prop_flat_map(|story| {
        let questions = prop::collection::vec(questions(story.goods), 2);
        (Just(story), questions)
    })
}
