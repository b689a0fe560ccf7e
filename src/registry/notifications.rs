//! Notifications over time: which authority notified a body, for which act, modules and products.

use crate::attestation::Module;
use crate::attestation::types::{Notification, StandingAction};
use crate::envelope::StatementDigest;
use crate::identifier::{Celex, CnCode, OperatorUri};
use crate::merkle::EntryIndex;
use crate::registry::limits::{hits, hits_module, hits_product, holds_module, holds_product};
use crate::registry::standing::Standing;
use crate::time::Timestamp;

/// Something that happened to a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationStep {
    /// The entry.
    pub index: EntryIndex,
    /// Its statement.
    pub statement: StatementDigest,
    /// The authority.
    pub issuer: OperatorUri,
    /// Who signed: the authority, or a connector that copies a public register.
    pub signer: OperatorUri,
    /// The act.
    pub act: Celex,
    /// What happened.
    pub action: StandingAction,
    /// From when on.
    pub effective_at: Timestamp,
    /// Modules that it names.
    pub modules: Vec<Module>,
    /// Products that it is limited to, by customs code.
    pub products: Option<Vec<CnCode>>,
}

/// What is asked of a notification; what is absent is not asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct NotificationQuestion<'a> {
    /// Is it for this module?
    pub module: Option<&'a Module>,
    /// Is it for this product?
    pub product: Option<&'a CnCode>,
}

/// One notification as of an entry: all that one signer has logged of one authority, body and act,
/// in the order of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationLine<'a> {
    pub(super) steps: Vec<&'a NotificationStep>,
}

impl NotificationStep {
    pub(super) fn of(
        index: EntryIndex,
        statement: StatementDigest,
        of: &Notification,
    ) -> Option<Self> {
        Some(Self {
            index,
            statement,
            issuer: of.header.issuer.operator.operator()?.clone(),
            signer: of.header.signer()?.clone(),
            act: of.act.clone(),
            action: of.action,
            effective_at: of.effective_at,
            modules: of.modules.to_vec(),
            products: of.products.as_ref().map(|list| list.to_vec()),
        })
    }

    pub(super) fn is_of_line(&self, other: &Self) -> bool {
        (&self.issuer, &self.signer, &self.act) == (&other.issuer, &other.signer, &other.act)
    }

    /// Whether it is for a module: that is listed, or each of its parts.
    pub fn names(&self, module: &Module) -> bool {
        holds_module(&self.modules, module)
    }

    fn holds(&self, question: &NotificationQuestion<'_>) -> bool {
        let product = question.product.zip(self.products.as_ref());
        question.module.is_none_or(|module| self.names(module))
            && product.is_none_or(|(cn, codes)| holds_product(codes, cn))
    }

    fn hits(&self, question: &NotificationQuestion<'_>) -> bool {
        question.module.is_some_and(|module| hits_module(&self.modules, module))
            && hits(self.products.as_ref(), question.product, |codes, cn| hits_product(codes, cn))
    }
}

impl<'a> NotificationLine<'a> {
    /// What happened to it, in the order of the log; at least one step.
    pub fn steps(&self) -> &[&'a NotificationStep] {
        &self.steps
    }

    /// The authority.
    pub fn issuer(&self) -> Option<&'a OperatorUri> {
        self.steps.first().map(|step| &step.issuer)
    }

    /// Who signed.
    pub fn signer(&self) -> Option<&'a OperatorUri> {
        self.steps.first().map(|step| &step.signer)
    }

    /// The act.
    pub fn act(&self) -> Option<&'a Celex> {
        self.steps.first().map(|step| &step.act)
    }

    /// The answer for the instant `when`. A suspension or a withdrawal hits all of it, whatever
    /// scope it repeats.
    pub fn standing(&self, question: &NotificationQuestion<'_>, when: Timestamp) -> Standing {
        let (mut standing, mut covers) = (Standing::NotYet, false);
        for step in self.steps.iter().filter(|step| step.effective_at <= when) {
            match step.action {
                StandingAction::Grant => {
                    (standing, covers) = (Standing::InForce, step.holds(question));
                }
                StandingAction::Extend => covers |= step.holds(question),
                StandingAction::Reduce => covers &= !step.hits(question),
                StandingAction::Suspend if standing == Standing::InForce => {
                    standing = Standing::Suspended;
                }
                StandingAction::Reinstate if standing == Standing::Suspended => {
                    standing = Standing::InForce;
                }
                StandingAction::Withdraw => standing = Standing::Withdrawn,
                StandingAction::Suspend | StandingAction::Reinstate => {}
            }
        }
        match standing {
            Standing::InForce if !covers => Standing::OutOfScope,
            other => other,
        }
    }
}
