//! Who may say a statement: the one function that admission, audit and dossiers share.
//!
//! conformity.md, sections 2.3 and 7, rulings 17 and 18.

use crate::attestation::{
    IssuerUri, Predicate, PredicateKind, RegistrarAct, Role, Signers, Statement,
};
use crate::identifier::OperatorUri;
use crate::key::KeyId;
use crate::merkle::EntryIndex;
use crate::registry::authority_error::{AuthorityError, Unauthorised};
use crate::registry::extent::Extent;
use crate::registry::key_history::{KeyEnd, KeyOwner, KeyStanding};
use crate::registry::state::Registry;
use crate::time::Timestamp;

/// Shows that a statement was signed by exactly those who had to, with keys in force, in a role
/// that covers it. Not shown: that it may change what it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "evidence that nobody looks at is no evidence"]
pub struct Authority {
    actor: Actor,
}

/// As what a statement was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// By its issuer, in a role.
    Issuer {
        /// The issuer, by its primary URI.
        operator: OperatorUri,
        /// The role.
        role: Role,
    },
    /// By somebody who copied what the issuer published.
    Transcriber {
        /// Who copied it, by its primary URI.
        operator: OperatorUri,
    },
    /// By the holder of a key, about its keys; no role is needed for that.
    KeyHolder {
        /// The holder, by its primary URI.
        operator: OperatorUri,
    },
    /// By a quorum of registrars.
    Registrars,
}

impl Authority {
    /// As what the statement was signed.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }
}

/// Checks who signed a statement against what the entries before `at` say: the signatures are those
/// that its type calls for and no others, the keys are in force and meant for it, and the issuer
/// has on the ledger's day a role whose limits hold what the statement is about.
///
/// `signers` are keys whose signatures were verified; `time` is the ledger's.
pub fn authorise(
    registry: &Registry,
    statement: &Statement,
    signers: &[KeyId],
    at: EntryIndex,
    time: Timestamp,
) -> Result<Authority, Unauthorised> {
    let mut check = Check { registry, statement, signers, at, time, errors: Vec::new() };
    let actor = check.actor();
    match Unauthorised::of(check.errors) {
        None => Ok(Authority { actor }),
        Some(unauthorised) => Err(unauthorised),
    }
}

struct Check<'a> {
    registry: &'a Registry,
    statement: &'a Statement,
    signers: &'a [KeyId],
    at: EntryIndex,
    time: Timestamp,
    errors: Vec<AuthorityError>,
}

impl Check<'_> {
    fn actor(&mut self) -> Actor {
        let header = self.statement.header();
        let Some(signer) = header.signer().cloned() else {
            let act = match self.statement.predicate().signers() {
                Signers::Registrars(act) => act,
                _ => RegistrarAct::default(),
            };
            self.check_registrars(&act);
            return Actor::Registrars;
        };
        match self.statement.predicate().signers() {
            Signers::Issuer | Signers::Registrars(_) => {
                self.check_parties(std::slice::from_ref(&signer));
            }
            Signers::Parties(parties) => self.check_parties(&parties),
            Signers::NewKey { operator, key } => {
                self.check_new_key(&operator, key.keyid);
                self.check_no_transcription();
                return Actor::KeyHolder { operator };
            }
            Signers::OwnKey { key } => {
                self.check_own_key(&signer, key.keyid);
                self.check_no_transcription();
                return Actor::KeyHolder { operator: signer };
            }
        }
        if header.transcription.is_some() {
            self.check_transcriber(&signer);
            return Actor::Transcriber { operator: signer };
        }
        let role = header.issuer.role;
        self.check_role(&signer, role);
        Actor::Issuer { operator: signer, role }
    }

    /// Each party signs with one key of its own, and nobody else signs.
    fn check_parties(&mut self, parties: &[OperatorUri]) {
        let mut missing: Vec<OperatorUri> =
            parties.iter().map(|party| self.primary_of(party)).collect();
        for key in self.signers {
            let Some(standing) = self.known_key(key) else { continue };
            let owner = standing.owner.operator();
            match missing.iter().position(|party| owner == Some(party)) {
                Some(place) => {
                    missing.swap_remove(place);
                    self.check_key(&standing);
                    self.check_purpose(&standing);
                }
                None => self.errors.push(AuthorityError::Uncalled { key: *key }),
            }
        }
        let missing = missing.into_iter();
        self.errors.extend(missing.map(|operator| AuthorityError::SignatureMissing { operator }));
    }

    /// At least the quorum of registrars signs, and each key that is added; nobody else.
    fn check_registrars(&mut self, act: &RegistrarAct) {
        let set = self.registry.registrars(self.at).clone();
        let mut registrars = Vec::new();
        for key in self.signers {
            if act.adds.iter().any(|added| added.keyid == *key) {
                continue;
            }
            let Some(standing) = self.known_key(key) else { continue };
            if standing.owner == KeyOwner::Registrar {
                let errors_before = self.errors.len();
                self.check_key(&standing);
                self.check_purpose(&standing);
                if self.errors.len() == errors_before && set.keys.contains(key) {
                    registrars.push(*key);
                }
            } else {
                self.errors.push(AuthorityError::Uncalled { key: *key });
            }
        }
        if registrars.len() < set.quorum {
            let (expected, found) = (set.quorum, registrars.len());
            self.errors.push(AuthorityError::Quorum { expected, found });
        }
        for added in &act.adds {
            self.check_has_signed(added.keyid);
        }
        if let IssuerUri::Key(uri) = &self.statement.header().issuer.operator {
            let found = KeyId::new(uri.key_id());
            match registrars.first() {
                Some(lowest) if *lowest != found => {
                    self.errors.push(AuthorityError::NotLowest { expected: *lowest, found });
                }
                _ => {}
            }
        }
    }

    /// An old key of the operator, the new key and one registrar sign; nobody else.
    fn check_new_key(&mut self, operator: &OperatorUri, new: KeyId) {
        let operator = self.primary_of(operator);
        let (mut has_old, mut has_registrar) = (false, false);
        for key in self.signers.iter().filter(|key| **key != new) {
            let Some(standing) = self.known_key(key) else { continue };
            let seen = match &standing.owner {
                KeyOwner::Operator(owner) if *owner == operator => &mut has_old,
                KeyOwner::Registrar => &mut has_registrar,
                KeyOwner::Operator(_) | KeyOwner::Log => {
                    self.errors.push(AuthorityError::Uncalled { key: *key });
                    continue;
                }
            };
            if std::mem::replace(seen, true) {
                self.errors.push(AuthorityError::Uncalled { key: *key });
            }
            self.check_key(&standing);
            self.check_purpose(&standing);
            if standing.owner != KeyOwner::Registrar {
                self.check_replaces(*key);
            }
        }
        if !has_old {
            self.errors.push(AuthorityError::SignatureMissing { operator });
        }
        if !has_registrar {
            self.errors.push(AuthorityError::Quorum { expected: 1, found: 0 });
        }
        self.check_has_signed(new);
    }

    /// What a key replaces is itself: to end another, it takes the quorum (ruling 18).
    fn check_replaces(&mut self, found: KeyId) {
        let Predicate::KeyEvent(event) = self.statement.predicate() else { return };
        match event.replaces {
            Some(expected) if expected != found => {
                self.errors.push(AuthorityError::KeyOther { expected, found });
            }
            _ => {}
        }
    }

    /// The key itself signs, whatever its purposes; nobody else.
    fn check_own_key(&mut self, operator: &OperatorUri, own: KeyId) {
        let operator = self.primary_of(operator);
        for key in self.signers {
            let Some(standing) = self.known_key(key) else { continue };
            if *key == own && standing.owner.operator() == Some(&operator) {
                self.check_key(&standing);
            } else {
                self.errors.push(AuthorityError::Uncalled { key: *key });
            }
        }
        self.check_has_signed(own);
    }

    fn check_has_signed(&mut self, key: KeyId) {
        if !self.signers.contains(&key) {
            self.errors.push(AuthorityError::KeyMissing { key });
        }
    }

    /// A copy has no more standing than its file: whoever has any role can make one. Standing that
    /// verdicts rest on is copied by connectors only.
    fn check_transcriber(&mut self, operator: &OperatorUri) {
        let (kind, on) = (self.statement.kind(), self.time.date());
        match kind {
            PredicateKind::EuDeclaration
            | PredicateKind::ConformityCertificate
            | PredicateKind::TestReport => {
                if self.registry.roles(operator, self.at, on).is_empty() {
                    let operator = operator.clone();
                    self.errors.push(AuthorityError::NoRole { operator, on });
                }
            }
            PredicateKind::Notification => self.check_role(operator, Role::Connector),
            _ => self.check_no_transcription(),
        }
        // The issuer need not be registered; if it is, it has one name.
        if let Some(issuer) = self.statement.header().issuer.operator.operator() {
            self.check_alias(issuer);
        }
    }

    fn check_no_transcription(&mut self) {
        if self.statement.header().transcription.is_some() {
            let kind = self.statement.kind();
            self.errors.push(AuthorityError::Transcription { kind });
        }
    }

    fn check_role(&mut self, operator: &OperatorUri, role: Role) {
        let (operator, on) = (operator.clone(), self.time.date());
        let standing = self.registry.role(&operator, role, self.at);
        if !standing.is_granted(on) {
            self.errors.push(AuthorityError::RoleNotGranted { operator, role, on });
        } else if !standing.covers(&Extent::of(self.statement), on) {
            self.errors.push(AuthorityError::OutsideGrant { operator, role });
        }
    }

    /// The primary URI of an operator that has to sign.
    fn primary_of(&mut self, operator: &OperatorUri) -> OperatorUri {
        let Some(primary) = self.registry.resolve(operator, self.at).cloned() else {
            self.errors.push(AuthorityError::OperatorUnknown { operator: operator.clone() });
            return operator.clone();
        };
        self.check_alias(operator);
        primary
    }

    fn check_alias(&mut self, found: &OperatorUri) {
        if let Some(expected) = self.registry.name_holder(found, self.at).filter(|of| *of != found)
        {
            let (expected, found) = (expected.clone(), found.clone());
            self.errors.push(AuthorityError::Alias { expected, found });
        }
    }

    fn known_key(&mut self, key: &KeyId) -> Option<KeyStanding> {
        let standing = self.registry.key(key, self.at);
        if standing.is_none() {
            self.errors.push(AuthorityError::KeyUnknown { key: *key });
        }
        standing
    }

    /// The key is in force at this entry and on this day.
    fn check_key(&mut self, standing: &KeyStanding) {
        let key = standing.keyid;
        if let Some(compromise) = standing.compromise {
            let notice = compromise.notice;
            self.errors.push(AuthorityError::KeyCompromised { key, notice });
        } else if let Some(end) = standing.ended {
            let KeyEnd { index, kind } = end;
            self.errors.push(AuthorityError::KeyEnded { key, index, kind });
        }
        if let Some(until) = standing.until.filter(|until| *until < self.time.date()) {
            self.errors.push(AuthorityError::KeyExpired { key, until });
        }
    }

    fn check_purpose(&mut self, standing: &KeyStanding) {
        let (key, kind) = (standing.keyid, self.statement.kind());
        if !standing.is_for(kind) {
            self.errors.push(AuthorityError::KeyPurpose { key, kind });
        }
    }
}
