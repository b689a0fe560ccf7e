//! The registry: what the ledger's attestations make of operators, keys and roles.

use std::collections::{BTreeMap, BTreeSet};

use crate::attestation::types::{KeyAction, KeyEvent, RegistrarChange};
use crate::attestation::{KeyRecord, Predicate, Role};
use crate::genesis::Genesis;
use crate::identifier::OperatorUri;
use crate::key::{KeyId, PublicKey};
use crate::merkle::EntryIndex;
use crate::record::Record;
use crate::registry::accreditations::{AccreditationLine, AccreditationStep};
use crate::registry::key_history::{KeyEndKind, KeyHistory, KeyOwner, KeyStanding};
use crate::registry::notifications::{NotificationLine, NotificationStep};
use crate::registry::operators::{Operator, Operators};
use crate::registry::registrars::RegistrarSet;
use crate::registry::roles::{RoleStanding, RoleStep};
use crate::time::Date;

/// Operators, keys, roles, accreditations and notifications, with their history. A pure function of
/// the genesis document and the records applied: replaying them gives the same registry.
#[derive(Clone, Debug, PartialEq)]
pub struct Registry {
    origin: String,
    /// The genesis set, then what each change made of it.
    genesis: RegistrarSet,
    changes: Vec<RegistrarSet>,
    keys: BTreeMap<KeyId, KeyHistory>,
    operators: Operators,
    roles: BTreeMap<OperatorUri, Vec<RoleStep>>,
    /// By body.
    accreditations: BTreeMap<OperatorUri, Vec<AccreditationStep>>,
    /// By body.
    notifications: BTreeMap<OperatorUri, Vec<NotificationStep>>,
    last: EntryIndex,
}

impl Registry {
    /// The registry before any attestation: the registrars of the genesis document.
    pub fn new(genesis: &Genesis) -> Self {
        let since = EntryIndex::FIRST;
        let mut keys = BTreeMap::new();
        let log_key = *genesis.log_key().public_key();
        let mut history = KeyHistory::new(log_key, KeyOwner::Log);
        history.register_for_all(since);
        keys.insert(log_key.id(), history);
        let mut registrars = BTreeSet::new();
        for registrar in genesis.registrars() {
            let mut history = KeyHistory::new(registrar.key, KeyOwner::Registrar);
            history.register_for_all(since);
            keys.insert(registrar.key.id(), history);
            registrars.insert(registrar.key.id());
        }
        let set = RegistrarSet { since, keys: registrars, quorum: genesis.quorum() };
        Self {
            origin: genesis.origin().as_str().to_owned(),
            genesis: set,
            changes: Vec::new(),
            keys,
            operators: Operators::default(),
            roles: BTreeMap::new(),
            accreditations: BTreeMap::new(),
            notifications: BTreeMap::new(),
            last: since,
        }
    }

    /// The registry after these records, which may come in any order and more than once.
    pub fn replay<'a>(genesis: &Genesis, records: impl IntoIterator<Item = &'a Record>) -> Self {
        let records: BTreeMap<EntryIndex, &Record> =
            records.into_iter().map(|record| (record.index(), record)).collect();
        let mut registry = Self::new(genesis);
        for record in records.values() {
            registry.apply(record);
        }
        registry
    }

    /// Takes in the next record, which was admitted. One that changes nobody's standing, one that
    /// was erased and one that does not come after the last change nothing.
    pub fn apply(&mut self, record: &Record) {
        let Some(statement) = record.statement().filter(|_| record.index() > self.last) else {
            return;
        };
        let (index, digest) = (record.index(), *record.digest());
        match statement.predicate() {
            Predicate::OperatorRegistration(of) => {
                self.operators.register(index, of);
                self.register_key(index, &KeyOwner::Operator(of.operator.clone()), &of.key);
            }
            Predicate::KeyEvent(of) => self.apply_key_event(index, of),
            Predicate::RegistrarChange(of) => self.apply_registrar_change(index, of),
            Predicate::RoleGrant(of) => {
                let steps = self.roles.entry(of.operator.clone()).or_default();
                steps.push(RoleStep::of(index, digest, of));
            }
            Predicate::Accreditation(of) => {
                let steps = self.accreditations.entry(of.body.clone()).or_default();
                steps.extend(AccreditationStep::of(index, digest, of));
            }
            Predicate::Notification(of) => {
                let steps = self.notifications.entry(of.body.clone()).or_default();
                steps.extend(NotificationStep::of(index, digest, of));
            }
            _ => {}
        }
        self.last = index;
    }

    fn apply_key_event(&mut self, index: EntryIndex, event: &KeyEvent) {
        let owner = KeyOwner::Operator(event.operator.clone());
        match event.action {
            KeyAction::Add => self.register_key(index, &owner, &event.key),
            KeyAction::Rotate => {
                self.register_key(index, &owner, &event.key);
                if let Some(history) = event.replaces.and_then(|key| self.own_key(&owner, &key)) {
                    history.end(index, KeyEndKind::Rotated);
                }
            }
            KeyAction::Revoke => {
                if let Some(history) = self.own_key(&owner, &event.key.keyid) {
                    history.end(index, KeyEndKind::Revoked);
                }
            }
            KeyAction::Compromise => {
                let history = self.own_key(&owner, &event.key.keyid);
                if let Some((history, suspect_from)) = history.zip(event.suspect_from) {
                    history.compromise(index, suspect_from);
                }
            }
        }
    }

    fn apply_registrar_change(&mut self, index: EntryIndex, change: &RegistrarChange) {
        let next = self.changes.last().unwrap_or(&self.genesis).after(index, change);
        for key in change.add() {
            self.register_key(index, &KeyOwner::Registrar, key);
        }
        for key in change.remove() {
            if let Some(history) = self.own_key(&KeyOwner::Registrar, key) {
                history.end(index, KeyEndKind::Removed);
            }
        }
        for key in change.log_keys_add() {
            self.register_key(index, &KeyOwner::Log, key);
        }
        for key in change.log_keys_end() {
            if let Some(history) = self.own_key(&KeyOwner::Log, key) {
                history.end(index, KeyEndKind::Removed);
            }
        }
        self.changes.push(next);
    }

    /// A key stays with whom it was first registered for.
    fn register_key(&mut self, index: EntryIndex, owner: &KeyOwner, key: &KeyRecord) {
        let new = || KeyHistory::new(key.public_key, owner.clone());
        let history = self.keys.entry(key.keyid).or_insert_with(new);
        if history.owner == *owner {
            history.register(index, key);
        }
    }

    fn own_key(&mut self, owner: &KeyOwner, key: &KeyId) -> Option<&mut KeyHistory> {
        self.keys.get_mut(key).filter(|history| history.owner == *owner)
    }

    /// The name of the ledger.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The registrars.
    pub fn registrars(&self, at: EntryIndex) -> &RegistrarSet {
        self.changes.iter().rev().find(|set| set.since < at).unwrap_or(&self.genesis)
    }

    /// The entries that changed the registrars or announced log keys, in order.
    pub fn registrar_changes(&self) -> impl Iterator<Item = EntryIndex> {
        self.changes.iter().map(|set| set.since)
    }

    /// The log key with this id, announced or of the genesis document, ended or not; `None` if it
    /// is none of the log's. Whether it signs is not for the registry to know: that takes a handover.
    pub fn log_key(&self, keyid: &KeyId, at: EntryIndex) -> Option<KeyStanding> {
        self.key(keyid, at).filter(|standing| standing.owner == KeyOwner::Log)
    }

    /// Every log key, announced or of the genesis document, ended or not.
    pub fn log_keys(&self) -> impl Iterator<Item = &PublicKey> {
        let of_log = self.keys.values().filter(|history| history.owner == KeyOwner::Log);
        of_log.map(|history| &history.public_key)
    }

    /// The key with this id, ended or not; `None` if it is nobody's.
    pub fn key(&self, keyid: &KeyId, at: EntryIndex) -> Option<KeyStanding> {
        self.keys.get(keyid)?.standing(*keyid, at)
    }

    /// The key with this id, whoever had it and whenever: what a signature is verified with before
    /// it is asked whether it counts.
    pub fn public_key(&self, keyid: &KeyId) -> Option<PublicKey> {
        self.keys.get(keyid).map(|history| history.public_key)
    }

    /// The keys of an operator, ended ones too, by id.
    pub fn keys_of(&self, operator: &OperatorUri, at: EntryIndex) -> Vec<KeyStanding> {
        let own = self.keys.iter().filter(|(_, of)| of.owner.operator() == Some(operator));
        own.filter_map(|(keyid, history)| history.standing(*keyid, at)).collect()
    }

    /// The primary URI of the operator that has this name, be it the primary one or an alias.
    pub fn resolve(&self, name: &OperatorUri, at: EntryIndex) -> Option<&OperatorUri> {
        self.operators.resolve(name, at)
    }

    /// The primary URI of the operator that has this name, or had it before.
    pub fn name_holder(&self, name: &OperatorUri, at: EntryIndex) -> Option<&OperatorUri> {
        self.operators.holder(name, at)
    }

    /// The operator that has this name, as its newest registration describes it.
    pub fn operator(&self, name: &OperatorUri, at: EntryIndex) -> Option<&Operator> {
        self.operators.newest(self.resolve(name, at)?, at)
    }

    /// All operators, by primary URI.
    pub fn operators(&self, at: EntryIndex) -> impl Iterator<Item = &Operator> {
        self.operators.all(at)
    }

    /// What is known of this role of the operator with this primary URI.
    pub fn role(&self, operator: &OperatorUri, role: Role, at: EntryIndex) -> RoleStanding<'_> {
        let steps = self.roles.get(operator).map_or(&[][..], Vec::as_slice);
        let steps = steps.iter().take_while(|step| step.index < at);
        RoleStanding { steps: steps.filter(|step| step.role == role).collect() }
    }

    /// The roles that the operator with this primary URI has on a day.
    pub fn roles(&self, operator: &OperatorUri, at: EntryIndex, on: Date) -> BTreeSet<Role> {
        let all = Role::ALL.iter().copied();
        all.filter(|role| self.role(operator, *role, at).is_granted(on)).collect()
    }

    /// The accreditations of a body, each with what happened to it.
    pub fn accreditations(&self, body: &OperatorUri, at: EntryIndex) -> Vec<AccreditationLine<'_>> {
        let steps = self.accreditations.get(body).map_or(&[][..], Vec::as_slice);
        let mut lines: Vec<AccreditationLine<'_>> = Vec::new();
        for step in steps.iter().take_while(|step| step.index < at) {
            let is_of = |line: &&mut AccreditationLine<'_>| {
                line.steps.first().is_some_and(|first| first.is_of_line(step))
            };
            match lines.iter_mut().find(is_of) {
                Some(line) => line.steps.push(step),
                None => lines.push(AccreditationLine { steps: vec![step] }),
            }
        }
        lines
    }

    /// The notifications of a body, each with what happened to it.
    pub fn notifications(&self, body: &OperatorUri, at: EntryIndex) -> Vec<NotificationLine<'_>> {
        let steps = self.notifications.get(body).map_or(&[][..], Vec::as_slice);
        let mut lines: Vec<NotificationLine<'_>> = Vec::new();
        for step in steps.iter().take_while(|step| step.index < at) {
            let is_of = |line: &&mut NotificationLine<'_>| {
                line.steps.first().is_some_and(|first| first.is_of_line(step))
            };
            match lines.iter_mut().find(is_of) {
                Some(line) => line.steps.push(step),
                None => lines.push(NotificationLine { steps: vec![step] }),
            }
        }
        lines
    }
}
