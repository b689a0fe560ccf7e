//! Roles over time: what registrars let an operator act as.

use crate::attestation::Role;
use crate::attestation::types::{GrantAction, RoleGrant};
use crate::envelope::StatementDigest;
use crate::identifier::Celex;
use crate::merkle::EntryIndex;
use crate::registry::extent::Extent;
use crate::registry::limits::{Limits, Point};
use crate::time::Date;

/// A role granted or revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleStep {
    /// The entry.
    pub index: EntryIndex,
    /// Its statement.
    pub statement: StatementDigest,
    /// The role.
    pub role: Role,
    /// Granted or revoked.
    pub action: GrantAction,
    /// The first day on which it has effect.
    pub from: Date,
    /// The last day; open if absent.
    pub until: Option<Date>,
    /// What it is limited to.
    pub limits: Limits,
}

impl RoleStep {
    pub(super) fn of(index: EntryIndex, statement: StatementDigest, grant: &RoleGrant) -> Self {
        Self {
            index,
            statement,
            role: grant.role,
            action: grant.action,
            from: grant.from,
            until: grant.until,
            limits: Limits::of(grant),
        }
    }

    fn has_effect(&self, on: Date) -> bool {
        self.from <= on && self.until.is_none_or(|until| on <= until)
    }
}

/// What is known of one role of one operator as of an entry: its grants and revocations, in the
/// order of the log. A later one wins where both have effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleStanding<'a> {
    pub(super) steps: Vec<&'a RoleStep>,
}

impl<'a> RoleStanding<'a> {
    /// The grants and revocations, in the order of the log.
    pub fn steps(&self) -> &[&'a RoleStep] {
        &self.steps
    }

    /// Whether the operator has the role on that day, for whatever it may be limited to.
    pub fn is_granted(&self, on: Date) -> bool {
        self.covers_point(&Point::default(), on)
    }

    /// Whether the operator has the role on that day for all that a statement is about.
    pub fn covers(&self, extent: &Extent, on: Date) -> bool {
        let points = extent.points();
        points.is_some_and(|points| points.iter().all(|point| self.covers_point(point, on)))
    }

    /// Whether the operator has the role on that day by a grant that names this act, not by one for
    /// anything.
    pub fn names_act(&self, act: &Celex, on: Date) -> bool {
        let point = Point { act: Some(act), ..Point::default() };
        let mut is_named = false;
        for step in self.steps.iter().filter(|step| step.has_effect(on)) {
            let names = step.limits.acts.as_ref().is_some_and(|acts| acts.contains(act));
            match step.action {
                GrantAction::Grant if names => is_named = true,
                GrantAction::Revoke if step.limits.hit(&point) => is_named = false,
                GrantAction::Grant | GrantAction::Revoke => {}
            }
        }
        is_named
    }

    /// Whether the operator has the role on that day for one such thing.
    pub fn covers_point(&self, point: &Point<'_>, on: Date) -> bool {
        let mut is_covered = false;
        for step in self.steps.iter().filter(|step| step.has_effect(on)) {
            match step.action {
                GrantAction::Grant if step.limits.hold(point) => is_covered = true,
                GrantAction::Revoke if step.limits.hit(point) => is_covered = false,
                GrantAction::Grant | GrantAction::Revoke => {}
            }
        }
        is_covered
    }
}
