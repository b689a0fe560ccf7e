//! What records of a type do, found by trying: the example with every word in its place that its
//! members can have, issued by an operator and by a registrar.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::attestation::feed::Effect;
use crate::attestation::predicate::{Predicate, PredicateKind, PredicateReadError};
use crate::attestation::predicate_type::Signers;
use crate::attestation::role::Role;
use crate::attestation::schema::{referred, words};

/// A registrar, for kinds whose example has an operator as issuer.
const REGISTRAR: &str =
    "urn:probant:key:0000000000000000000000000000000000000000000000000000000000000000";

/// What was found, each with where it is so; once, with nothing, if it is always so.
pub(super) type Found = Vec<(&'static str, String)>;

/// One thing to try: the issuer in words, a member and its word, and what comes of it.
struct Trial {
    issuer: &'static str,
    member: String,
    word: String,
    predicate: Predicate,
}

impl Trial {
    /// Whether the other differs by nothing but the issuer.
    fn is_like(&self, other: &Self) -> bool {
        self.member == other.member && self.word == other.word
    }
}

/// The trials of a type.
pub(super) struct Trials(Vec<Trial>);

impl Trials {
    /// Tries all that the members of `definition`, the type's schema, can say.
    pub(super) fn of(
        kind: PredicateKind,
        example: &Value,
        definition: &Value,
        definitions: &serde_json::Map<String, Value>,
    ) -> Result<Self, PredicateReadError> {
        let mut trials = Vec::new();
        for (issuer, example) in issuers(kind, example) {
            let mut attempt = |member: &str, word: &str| -> Result<(), PredicateReadError> {
                let mut example = example.clone();
                if let Some(place) = example.get_mut(member) {
                    *place = word.into();
                }
                let predicate = kind.read(example.to_string().as_bytes())?;
                let (member, word) = (member.to_owned(), word.to_owned());
                trials.push(Trial { issuer, member, word, predicate });
                Ok(())
            };
            attempt("", "")?;
            let members = definition.get("properties").and_then(Value::as_object);
            for (member, schema) in members.into_iter().flatten() {
                let words = referred(schema).and_then(|name| definitions.get(name)).map(words);
                for (word, _) in words.unwrap_or_default() {
                    attempt(member, word)?;
                }
            }
        }
        Ok(Self(trials))
    }

    /// How the records can move a verdict.
    pub(super) fn effects(&self) -> Found {
        self.group(|predicate| match predicate.effect() {
            Effect::Supports => "no",
            Effect::Adverse => "yes",
            Effect::Concern => "no; a concern, in chains of its own",
        })
    }

    /// Whose signatures the records need.
    pub(super) fn signers(&self) -> Found {
        self.group(|predicate| match predicate.signers() {
            Signers::Parties(parties) if parties.len() > 1 => {
                "every party to it, the issuer among them"
            }
            Signers::Issuer | Signers::Parties(_) => {
                "the issuer; of a transcription, the transcriber"
            }
            Signers::Registrars(act) if act.adds.is_empty() => "registrars, by their quorum",
            Signers::Registrars(_) => "registrars, by their quorum, and each key that it adds",
            Signers::NewKey { .. } => {
                "an old key of the operator, the new key and one registrar; or registrars by their \
                 quorum and the new key"
            }
            Signers::OwnKey { .. } => "the key itself; or registrars, by their quorum",
        })
    }

    /// What `find` finds, by the fewest conditions that tell one from another.
    fn group(&self, find: impl Fn(&Predicate) -> &'static str) -> Found {
        let found: Vec<(&Trial, &'static str)> =
            self.0.iter().map(|trial| (trial, find(&trial.predicate))).collect();
        let is_one = |of: &[&(&Trial, &'static str)]| {
            of.iter().all(|(_, text)| of.first().is_some_and(|(_, first)| first == text))
        };
        if is_one(&found.iter().collect::<Vec<_>>()) {
            return found.first().map(|(_, text)| (*text, String::new())).into_iter().collect();
        }
        let mut conditions: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        let mut issuers: Vec<&'static str> = found.iter().map(|(trial, _)| trial.issuer).collect();
        issuers.dedup();
        let is_by_issuer = found.iter().any(|(trial, text)| {
            found.iter().any(|(other, found)| trial.is_like(other) && text != found)
        });
        if !is_by_issuer {
            issuers.truncate(1);
        }
        for issuer in &issuers {
            let of_issuer: Vec<_> =
                found.iter().filter(|(trial, _)| trial.issuer == *issuer).collect();
            let by = if is_by_issuer { format!("issued by {issuer}") } else { String::new() };
            if is_one(&of_issuer) {
                if let Some((_, text)) = of_issuer.first() {
                    conditions.entry(text).or_default().push(by);
                }
                continue;
            }
            let mut words: BTreeMap<(&'static str, &str), Vec<String>> = BTreeMap::new();
            for (trial, text) in &of_issuer {
                let of_member: Vec<_> = of_issuer
                    .iter()
                    .copied()
                    .filter(|(other, _)| other.member == trial.member)
                    .collect();
                if !is_one(&of_member) {
                    let word = format!("`{}`", trial.word);
                    words.entry((*text, &trial.member)).or_default().push(word);
                }
            }
            for ((text, member), words) in words {
                let by = if by.is_empty() { String::new() } else { format!("{by}, ") };
                let condition = format!("{by}`{member}` {}", words.join(", "));
                conditions.entry(text).or_default().push(condition);
            }
        }
        conditions.into_iter().map(|(text, of)| (text, of.join("; "))).collect()
    }
}

/// The example as each of those can issue it who may.
fn issuers(kind: PredicateKind, example: &Value) -> Vec<(&'static str, Value)> {
    let is_registrar = |role: &&Role| **role == Role::Registrar;
    let mut issuers = Vec::new();
    if kind.roles().iter().any(|role| !is_registrar(&role)) {
        issuers.push(("an operator", example.clone()));
    }
    if kind.roles().iter().any(|role| is_registrar(&role)) {
        let mut example = example.clone();
        if let Some(issuer) = example.pointer_mut("/header/issuer") {
            *issuer = json!({"operator": REGISTRAR, "role": Role::Registrar.name()});
        }
        issuers.push(("registrars", example));
    }
    issuers
}
