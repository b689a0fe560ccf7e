//! Operators and their names over time.

use std::collections::BTreeMap;

use crate::attestation::types::OperatorRegistration;
use crate::identifier::{Country, OperatorUri};
use crate::merkle::EntryIndex;

/// An operator as one registration describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The URI by which everything names it.
    pub primary: OperatorUri,
    /// Its other names.
    pub aliases: Vec<OperatorUri>,
    /// Names that it had and that this registration ended.
    pub aliases_ended: Vec<OperatorUri>,
    /// Name in the register of its seat.
    pub legal_name: String,
    /// Country of its seat.
    pub country: Country,
    /// Postal address.
    pub postal: String,
    /// Electronic address.
    pub electronic: String,
    /// The entry of the registration.
    pub index: EntryIndex,
}

impl Operator {
    fn of(index: EntryIndex, registration: &OperatorRegistration) -> Self {
        Self {
            primary: registration.operator.clone(),
            aliases: registration.aliases().to_vec(),
            aliases_ended: registration.aliases_ended().to_vec(),
            legal_name: registration.legal_name.clone(),
            country: registration.country,
            postal: registration.postal.clone(),
            electronic: registration.electronic.clone(),
            index,
        }
    }

    /// Every name that it has: the primary one, then its aliases.
    pub fn names(&self) -> impl Iterator<Item = &OperatorUri> {
        std::iter::once(&self.primary).chain(&self.aliases)
    }
}

/// Who a name belongs to, and when. A name is never reassigned: neither are the registers' numbers.
#[derive(Clone, Debug, PartialEq)]
struct Name {
    primary: OperatorUri,
    /// From the first entry on, up to and with the second.
    terms: Vec<(EntryIndex, Option<EntryIndex>)>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Operators {
    /// By primary URI; registrations in the order of the log.
    registrations: BTreeMap<OperatorUri, Vec<Operator>>,
    names: BTreeMap<OperatorUri, Name>,
}

impl Operators {
    pub(super) fn register(&mut self, index: EntryIndex, registration: &OperatorRegistration) {
        let operator = Operator::of(index, registration);
        for name in operator.names() {
            let of = self
                .names
                .entry(name.clone())
                .or_insert_with(|| Name { primary: operator.primary.clone(), terms: Vec::new() });
            let is_open = of.terms.last().is_some_and(|(_, end)| end.is_none());
            if of.primary == operator.primary && !is_open {
                of.terms.push((index, None));
            }
        }
        for name in &operator.aliases_ended {
            let of = self.names.get_mut(name).filter(|of| of.primary == operator.primary);
            if let Some((_, end @ None)) = of.and_then(|of| of.terms.last_mut()) {
                *end = Some(index);
            }
        }
        self.registrations.entry(operator.primary.clone()).or_default().push(operator);
    }

    /// The newest registration before `at` of the operator with this primary URI.
    pub(super) fn newest(&self, primary: &OperatorUri, at: EntryIndex) -> Option<&Operator> {
        let registrations = self.registrations.get(primary)?;
        registrations.iter().take_while(|operator| operator.index < at).last()
    }

    /// The primary URI of the operator that has this name.
    pub(super) fn resolve(&self, name: &OperatorUri, at: EntryIndex) -> Option<&OperatorUri> {
        let of = self.names.get(name)?;
        let mut terms = of.terms.iter();
        let has = terms.any(|(since, end)| *since < at && end.is_none_or(|end| at <= end));
        has.then_some(&of.primary)
    }

    /// The primary URI of the operator that has this name or once had it.
    pub(super) fn holder(&self, name: &OperatorUri, at: EntryIndex) -> Option<&OperatorUri> {
        let of = self.names.get(name)?;
        of.terms.first().filter(|(since, _)| *since < at).map(|_| &of.primary)
    }

    pub(super) fn all(&self, at: EntryIndex) -> impl Iterator<Item = &Operator> {
        self.registrations.keys().filter_map(move |primary| self.newest(primary, at))
    }
}
