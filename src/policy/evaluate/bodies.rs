//! Whether bodies were accredited and notified for what they issued.
//!
//! Rules: `conformity.md`, section 7. A day of issue is a claim: what a body had lost by the time at
//! which the ledger took its document, it can't date back.

use super::status::Changes;
use super::trust::Trust;
use crate::attestation::Module;
use crate::attestation::types::{Norm, StandingAction};
use crate::identifier::{Celex, CnCode, Country, OperatorUri};
use crate::merkle::EntryIndex;
use crate::record::Record;
use crate::registry::{
    AccreditationLine, AccreditationQuestion, AccreditationStep, NotificationLine,
    NotificationQuestion, NotificationStep, Standing as LineStanding,
};
use crate::time::{Date, Timestamp};

/// Whether a body had a standing on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It had, without any doubt.
    InForce,
    /// It had, but a record that says so was signed with a key that was compromised.
    InDoubt,
    /// It had, or will have, but not on that day, or not any more when it spoke of that day.
    Lapsed,
    /// It never had.
    OutOfScope,
}

/// What an accreditation has to be for.
#[derive(Clone, Copy, Debug)]
pub(super) enum AccreditedFor<'a> {
    /// A standard, by its reference.
    Standard(&'a str),
    /// An act.
    Act(&'a Celex),
    /// A product, whatever the standard.
    Anything,
}

/// For which goods, where and when a body's standing is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'q> {
    /// The customs code of the goods; none if nobody gives it.
    pub product: Option<&'q CnCode>,
    /// The destinations.
    pub countries: &'q [Country],
    /// When.
    pub on: Day,
}

/// A day and, if a document claims it for itself, when the ledger took that document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day {
    day: Date,
    logged: Option<(EntryIndex, Timestamp)>,
}

impl Day {
    /// A day that no document claims.
    pub(super) const fn plain(day: Date) -> Self {
        Self { day, logged: None }
    }

    /// The day on which a document says that it was issued. When somebody copied it tells nothing
    /// of its issuer.
    pub(super) fn of_issue(record: &Record) -> Option<Self> {
        let header = record.statement()?.header();
        let is_own = header.transcription.is_none();
        let logged = is_own.then(|| (record.index(), record.time()));
        Some(Self { day: header.document.as_ref()?.issued, logged })
    }
}

/// Something that happened to an accreditation or a notification.
struct Step {
    index: EntryIndex,
    action: StandingAction,
    /// Whether it is for some products only.
    is_limited: bool,
    /// Whether it names what is asked.
    names_it: bool,
}

/// What came of one accreditation or notification.
struct Line {
    steps: Vec<Step>,
    /// Whether it was ever granted for what is asked.
    is_named: bool,
    standing: LineStanding,
    /// How it stood when the ledger took the document, as far as was known then, and whether it had
    /// been reduced; none if it was not there yet.
    before: Option<(LineStanding, bool)>,
}

impl Trust<'_> {
    /// Whether a body was accredited under one of the norms for something.
    pub(super) fn accredited(
        &self,
        changes: &Changes<'_>,
        body: &OperatorUri,
        norms: &[Norm],
        purpose: AccreditedFor<'_>,
        asked: &Asked<'_>,
    ) -> Standing {
        let registry = self.registry();
        let mut lines = registry.accreditations(body, self.at());
        lines.retain(|line| line.norm().is_some_and(|norm| norms.contains(&norm)));
        let before = asked.on.logged.map(|(index, _)| registry.accreditations(body, index));
        let before = before.unwrap_or_default();
        let mut steps = lines.iter().flat_map(AccreditationLine::steps);
        let countries: Vec<Option<Country>> = if steps.any(|step| step.countries.is_some()) {
            asked.countries.iter().copied().map(Some).collect()
        } else {
            vec![None]
        };
        // The best accreditation for each country, and of these the worst.
        let standings = countries.into_iter().map(|country| {
            let mut question = AccreditationQuestion {
                product: asked.product,
                country,
                ..AccreditationQuestion::default()
            };
            match purpose {
                AccreditedFor::Standard(standard) => question.standard = Some(standard),
                AccreditedFor::Act(act) => question.act = Some(act),
                AccreditedFor::Anything => {}
            }
            let standings = lines.iter().map(|line| {
                let line = Line::of(line, &before, &question, asked);
                self.judge_line(changes, &line, asked)
            });
            standings.min().unwrap_or(Standing::OutOfScope)
        });
        standings.max().unwrap_or(Standing::OutOfScope)
    }

    /// Whether a body was notified for an act, module and product. A connector's copy of a register
    /// counts if it is among `connectors`, until the authority itself says something.
    pub(super) fn notified(
        &self,
        changes: &Changes<'_>,
        body: &OperatorUri,
        (act, module): (&Celex, Option<&Module>),
        connectors: &[OperatorUri],
        asked: &Asked<'_>,
    ) -> Standing {
        let question = NotificationQuestion { module, product: asked.product };
        let registry = self.registry();
        let mut lines = registry.notifications(body, self.at());
        lines.retain(|line| line.act() == Some(act));
        let before = asked.on.logged.map(|(index, _)| registry.notifications(body, index));
        let before = before.unwrap_or_default();
        let is_own = |line: &NotificationLine<'_>| line.signer() == line.issuer();
        let is_copy_that_counts = |line: &NotificationLine<'_>| {
            line.signer().is_some_and(|of| connectors.contains(of))
                && !lines.iter().any(|own| is_own(own) && own.issuer() == line.issuer())
        };
        let counting = lines.iter().filter(|line| is_own(line) || is_copy_that_counts(line));
        let standings = counting.map(|line| {
            let line = Line::of(line, &before, &question, asked);
            self.judge_line(changes, &line, asked)
        });
        standings.min().unwrap_or(Standing::OutOfScope)
    }

    fn judge_line(&self, changes: &Changes<'_>, line: &Line, asked: &Asked<'_>) -> Standing {
        // Goods whose code nobody gives may be those that it was reduced by.
        let is_limited = |of: &Step| of.action == StandingAction::Reduce && of.is_limited;
        let may_be_reduced = asked.product.is_none() && line.steps.iter().any(is_limited);
        let is_for_this = line.is_named && !may_be_reduced;
        let records = line.steps.iter().map(|step| step.index);
        let standing = self.answer(changes, records, is_for_this, line.standing);
        let is_lost = line.before.is_some_and(|(standing, was_reduced)| match standing {
            LineStanding::Suspended | LineStanding::Expired | LineStanding::Withdrawn => true,
            LineStanding::OutOfScope => was_reduced,
            LineStanding::InForce | LineStanding::NotYet => false,
        });
        if is_lost { standing.max(Standing::Lapsed) } else { standing }
    }

    fn answer(
        &self,
        changes: &Changes<'_>,
        records: impl Iterator<Item = EntryIndex>,
        is_named: bool,
        standing: LineStanding,
    ) -> Standing {
        let records: Vec<_> = records.filter_map(|index| self.record(index)).collect();
        // What was annulled was never granted.
        let is_annulled = records.iter().any(|record| changes.is_annulled(record));
        match standing {
            _ if !is_named || is_annulled => Standing::OutOfScope,
            LineStanding::InForce if records.iter().any(|record| self.is_in_doubt(record)) => {
                Standing::InDoubt
            }
            LineStanding::InForce => Standing::InForce,
            LineStanding::OutOfScope => Standing::OutOfScope,
            LineStanding::NotYet
            | LineStanding::Suspended
            | LineStanding::Expired
            | LineStanding::Withdrawn => Standing::Lapsed,
        }
    }
}

/// An accreditation or a notification: granted, changed and lost in steps.
trait Grant {
    type Question<'q>;

    /// Its steps, and whether each names what is asked.
    fn steps_on(&self, question: &Self::Question<'_>) -> Vec<Step>;

    /// How it stands for what is asked.
    fn standing_on(&self, question: &Self::Question<'_>, at: Timestamp) -> LineStanding;
}

impl Grant for AccreditationLine<'_> {
    type Question<'q> = AccreditationQuestion<'q>;

    fn steps_on(&self, question: &AccreditationQuestion<'_>) -> Vec<Step> {
        let names = |step: &AccreditationStep| {
            question.standard.is_none_or(|of| step.standards.iter().any(|named| named == of))
                && question.act.is_none_or(|act| step.acts.contains(act))
                && (step.products.is_none() || question.product.is_some())
        };
        let steps = self.steps().iter().map(|step| Step {
            index: step.index,
            action: step.action,
            is_limited: step.products.is_some(),
            names_it: names(step),
        });
        steps.collect()
    }

    fn standing_on(&self, question: &AccreditationQuestion<'_>, at: Timestamp) -> LineStanding {
        self.standing(question, at)
    }
}

impl Grant for NotificationLine<'_> {
    type Question<'q> = NotificationQuestion<'q>;

    fn steps_on(&self, question: &NotificationQuestion<'_>) -> Vec<Step> {
        let names = |step: &NotificationStep| {
            question.module.is_none_or(|module| step.names(module))
                && (step.products.is_none() || question.product.is_some())
        };
        let steps = self.steps().iter().map(|step| Step {
            index: step.index,
            action: step.action,
            is_limited: step.products.is_some(),
            names_it: names(step),
        });
        steps.collect()
    }

    fn standing_on(&self, question: &NotificationQuestion<'_>, at: Timestamp) -> LineStanding {
        self.standing(question, at)
    }
}

impl Line {
    /// What came of one, of which `before` may hold how it was when the ledger took the document.
    fn of<G: Grant>(
        grant: &G,
        before: &[G],
        question: &G::Question<'_>,
        asked: &Asked<'_>,
    ) -> Self {
        let steps = grant.steps_on(question);
        let first = |steps: &[Step]| steps.first().map(|step| step.index);
        let before = asked.on.logged.and_then(|(_, time)| {
            let mut earlier = before.iter().map(|of| (of, of.steps_on(question)));
            let (of, earlier) = earlier.find(|(_, earlier)| first(earlier) == first(&steps))?;
            let was_reduced = earlier.iter().any(|step| step.action == StandingAction::Reduce);
            Some((of.standing_on(question, time), was_reduced))
        });
        Self {
            is_named: steps.iter().any(|step| is_grant(step.action) && step.names_it),
            standing: grant.standing_on(question, last_instant(asked.on.day)),
            steps,
            before,
        }
    }
}

/// A standing is asked of a day. What begins on it counts, and what ends on it has ended.
fn last_instant(day: Date) -> Timestamp {
    let ms = day.end().ms().saturating_sub(1);
    Timestamp::from_ms(ms).unwrap_or(Timestamp::MAX)
}

const fn is_grant(action: StandingAction) -> bool {
    matches!(action, StandingAction::Grant | StandingAction::Extend)
}
