//! Rules of trust records: names and keys belong to one operator, and only who granted takes back.

use std::collections::BTreeSet;

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::admission::refusal::Step;
use crate::attestation::KeyRecord;
use crate::attestation::types::{
    Accreditation, KeyAction, KeyEvent, Notification, OperatorRegistration, RegistrarChange,
    RoleGrant, StandingAction,
};
use crate::identifier::{KeyUri, OperatorUri, SubjectUri};
use crate::key::KeyId;
use crate::reason::Reason;
use crate::registry::{KeyOwner, KeyStanding};

impl<R: Records> Check<'_, R> {
    /// No name or key of another operator, ever; and every name of before is kept or ended in
    /// words.
    pub(super) fn check_registration(&mut self, of: &OperatorRegistration) {
        let at = self.at();
        for name in std::iter::once(&of.operator).chain(of.aliases()) {
            let holder = self.registry.name_holder(name, at);
            if let Some(holder) = holder.filter(|holder| **holder != of.operator) {
                let message = format!("{name} belongs to {holder}");
                self.refuse(Step::Right, Reason::IdentifierTaken, "aliases", message);
            }
        }
        let before: &[OperatorUri] =
            self.registry.operator(&of.operator, at).map_or(&[], |operator| &operator.aliases);
        for alias in before {
            if !of.aliases().contains(alias) && !of.aliases_ended().contains(alias) {
                let message = format!("leaves out {alias}: list it, or end it in aliases_ended");
                self.forbid("aliases", message);
            }
        }
        for ended in of.aliases_ended().iter().filter(|ended| !before.contains(ended)) {
            self.forbid("aliases_ended", format!("{ended} is no alias of the operator"));
        }
        let owner = KeyOwner::Operator(of.operator.clone());
        self.check_key_is_free_or_of(&of.key, Some(&owner));
    }

    pub(super) fn check_key_event(&mut self, of: &KeyEvent) {
        if self.registry.resolve(&of.operator, self.at()) != Some(&of.operator) {
            let message = format!("{} is not the primary URI of an operator", of.operator);
            self.forbid("operator", message);
        }
        match of.action {
            KeyAction::Add => self.check_key_is_free_or_of(&of.key, None),
            KeyAction::Rotate => {
                self.check_key_is_free_or_of(&of.key, None);
                if let Some(replaced) = &of.replaces {
                    self.check_key_is_of(replaced, &of.operator, "replaces", true);
                }
            }
            KeyAction::Revoke => {
                self.check_key_is_of(&of.key.keyid, &of.operator, "key", true);
            }
            // That somebody had a key may come out after it ended.
            KeyAction::Compromise => {
                self.check_key_is_of(&of.key.keyid, &of.operator, "key", false);
            }
        }
    }

    fn check_key_is_of(
        &mut self,
        keyid: &KeyId,
        operator: &OperatorUri,
        member: &str,
        must_be_in_force: bool,
    ) {
        let standing = self.registry.key(keyid, self.at());
        match standing {
            Some(key) if key.owner.operator() == Some(operator) => {
                if let Some(end) = key.ended.filter(|_| must_be_in_force) {
                    self.forbid(member, format!("key {keyid} ended with entry {}", end.index));
                }
            }
            _ => self.forbid(member, format!("{keyid} is no key of {operator}")),
        }
    }

    /// A key is registered once, for one owner; an operator's own may be registered again with it.
    fn check_key_is_free_or_of(&mut self, key: &KeyRecord, owner: Option<&KeyOwner>) {
        let keyid = key.keyid;
        let Some(standing) = self.registry.key(&keyid, self.at()) else { return };
        if let Some(end) = standing.ended {
            self.forbid("key", format!("key {keyid} ended with entry {}", end.index));
        } else if Some(&standing.owner) != owner {
            let holder = match &standing.owner {
                KeyOwner::Operator(operator) => operator.to_string(),
                KeyOwner::Registrar => "a registrar".to_owned(),
                KeyOwner::Log => "the log".to_owned(),
            };
            let message = format!("key {keyid} is registered for {holder}");
            self.refuse(Step::Right, Reason::IdentifierTaken, "key", message);
        }
    }

    /// Lists every registrar key before and after, so that the sequence of changes is complete.
    pub(super) fn check_registrar_change(&mut self, of: &RegistrarChange, and: &[SubjectUri]) {
        let before = self.registry.registrars(self.at()).clone();
        let after = before.after(self.at(), of);
        let mut expected: BTreeSet<SubjectUri> = and.iter().cloned().collect();
        let keys = before.keys.union(&after.keys);
        expected.extend(keys.map(|key| SubjectUri::from(KeyUri::new(*key.digest()))));
        let expected: Vec<SubjectUri> = expected.into_iter().collect();
        if let Err(error) = self.statement.check_subjects(&expected) {
            let code = Reason::SubjectDigestMismatch;
            self.refuse(Step::Subjects, code, "subject", error.to_string());
        }
        for removed in of.remove().iter().filter(|key| !before.keys.contains(key)) {
            self.forbid("remove", format!("{removed} is no registrar key"));
        }
        for added in of.add().iter().chain(of.log_keys_add()) {
            self.check_key_is_free_or_of(added, None);
        }
        self.check_log_keys(of);
        if usize::from(of.quorum) > after.keys.len() {
            let message = format!("{} of {} registrars after it", of.quorum, after.keys.len());
            self.forbid("quorum", message);
        }
    }

    /// The key that signs ends by being handed over, or nothing could be signed any more.
    fn check_log_keys(&mut self, of: &RegistrarChange) {
        if of.log_keys_add().iter().any(|key| key.until.is_some()) {
            self.forbid("log_keys_add", "a log key has no last day: log_keys_end ends it");
        }
        for ended in of.log_keys_end() {
            let member = "log_keys_end";
            match self.registry.log_key(ended, self.at()) {
                None => self.forbid(member, format!("{ended} is no log key")),
                Some(KeyStanding { ended: Some(end), .. }) => {
                    self.forbid(member, format!("key {ended} ended with entry {}", end.index));
                }
                Some(_) if *ended == self.context.log_key => {
                    let message = format!("{ended} signs: hand the log over first");
                    self.refuse(Step::Right, Reason::LogKeyInForce, member, message);
                }
                Some(_) => {}
            }
        }
    }

    pub(super) fn check_role_grant(&mut self, of: &RoleGrant) {
        if self.registry.resolve(&of.operator, self.at()).is_none() {
            let message = format!("{} is not registered", of.operator);
            self.refuse(Step::Subjects, Reason::TargetUnknown, "operator", message);
        }
    }

    pub(super) fn check_accreditation(&mut self, of: &Accreditation) {
        let document = of.header.document.as_ref();
        let (Some(issuer), Some(document)) = (self.issuer(), document) else { return };
        let number = document.number.lookup();
        let lines = self.registry.accreditations(&of.body, self.at());
        let line = lines.iter().find(|line| {
            let first = line.steps().first();
            first.is_some_and(|first| first.issuer == *issuer && first.number == *number)
        });
        let is_same_norm = line.is_none_or(|line| line.norm() == Some(of.norm));
        let last = line.and_then(|line| line.steps().last()).map(|step| step.action);
        self.check_standing_action(last, of.action);
        if !is_same_norm {
            self.forbid("norm", "the accreditation is under another norm");
        }
    }

    pub(super) fn check_notification(&mut self, of: &Notification) {
        let (Some(issuer), Some(signer)) = (self.issuer(), self.header().signer()) else { return };
        let lines = self.registry.notifications(&of.body, self.at());
        let line = lines.iter().find(|line| {
            (line.issuer(), line.signer(), line.act())
                == (Some(issuer), Some(signer), Some(&of.act))
        });
        let last = line.and_then(|line| line.steps().last()).map(|step| step.action);
        self.check_standing_action(last, of.action);
    }

    /// Only who granted changes: for anyone else there is nothing to change.
    fn check_standing_action(&mut self, last: Option<StandingAction>, next: StandingAction) {
        let is_there = last.is_some_and(|last| last != StandingAction::Withdraw);
        match next {
            StandingAction::Grant if is_there => {
                self.forbid("action", "the issuer has granted it: EXTEND it, or withdraw it first");
            }
            StandingAction::Grant => {}
            _ if !is_there => {
                self.forbid("action", "the issuer has granted nothing that it could change");
            }
            _ => {}
        }
    }
}
