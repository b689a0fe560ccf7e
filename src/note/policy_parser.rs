//! The file format of witness policies (c2sp.org/tlog-policy). Knows nothing of cosignatures.

use std::collections::{BTreeMap, BTreeSet};

use crate::encoding::decimal_decode;
use crate::note::verifier_key::{KeyType, VerifierKey, VerifierKeyError};
use crate::note::witness_policy::{PolicyLog, Rule, Witness, WitnessPolicy};

/// Why a file is no witness policy. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessPolicyError {
    /// A byte that no line may hold.
    #[error("line {line}: a policy has no control character but tab, found byte {found:02x}")]
    Byte {
        /// The line.
        line: usize,
        /// The byte.
        found: u8,
    },
    /// The last line is cut off.
    #[error("line {line}: a line ends with a line break")]
    NoLineBreak {
        /// The line.
        line: usize,
    },
    /// Not a line that a policy can have.
    #[error("line {line}: expected {expected}")]
    Line {
        /// The line.
        line: usize,
        /// What it should look like.
        expected: &'static str,
    },
    /// A verifier key that can't be read.
    #[error("line {line}: key of the {role}")]
    Key {
        /// The line.
        line: usize,
        /// What the key is for.
        role: &'static str,
        /// What is wrong with it.
        #[source]
        cause: VerifierKeyError,
    },
    /// A verifier key of a type that is for something else.
    #[error("line {line}: the key of a {role} has type {expected:02x}, found {found:02x}")]
    KeyType {
        /// The line.
        line: usize,
        /// What the key is for.
        role: &'static str,
        /// The type that it should have.
        expected: u8,
        /// The type that it has.
        found: u8,
    },
    /// The same public key again, whatever its name.
    #[error("line {line}: the key of this {role} is on an earlier line")]
    KeyTwice {
        /// The line.
        line: usize,
        /// What the key is for.
        role: &'static str,
    },
    /// The name is taken.
    #[error("line {line}: name {name:?} is taken")]
    NameTwice {
        /// The line.
        line: usize,
        /// The name.
        name: String,
    },
    /// The name is not defined on an earlier line.
    #[error("line {line}: name {name:?} is not defined on an earlier line")]
    UnknownName {
        /// The line.
        line: usize,
        /// The name.
        name: String,
    },
    /// A witness would count twice.
    #[error("line {line}: {name:?} is a member of a group already")]
    MemberTwice {
        /// The line.
        line: usize,
        /// The name.
        name: String,
    },
    /// A group that always holds, or never.
    #[error("line {line}: expected all, any or a number from 1 to {expected}, found {found:?}")]
    Threshold {
        /// The line.
        line: usize,
        /// How many members there are.
        expected: usize,
        /// The text.
        found: String,
    },
    /// No quorum line, or a second one.
    #[error("a policy has one quorum line, found {found}")]
    Quorum {
        /// How many there are.
        found: usize,
    },
}

/// Reads a policy file.
pub(super) fn parse(bytes: &[u8]) -> Result<WitnessPolicy, WitnessPolicyError> {
    let mut parser = Parser::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        parser.line += 1;
        let line = parser.line;
        // A file that was cut off could ask for less than the whole one.
        let end = rest.iter().position(|byte| *byte == b'\n');
        let (text, after) = end
            .and_then(|end| Some((rest.get(..end)?, rest.get(end + 1..)?)))
            .ok_or(WitnessPolicyError::NoLineBreak { line })?;
        if let Some(found) = text.iter().copied().find(|byte| is_forbidden(*byte)) {
            return Err(WitnessPolicyError::Byte { line, found });
        }
        parser.read(text)?;
        rest = after;
    }
    if parser.quorums == 1 {
        Ok(parser.policy)
    } else {
        Err(WitnessPolicyError::Quorum { found: parser.quorums })
    }
}

/// SPEC: the allowed octet values are 0x09 (tab), 0x0A (newline), 0x20-0x7E, and 0x80-0xFF.
const fn is_forbidden(byte: u8) -> bool {
    !matches!(byte, b'\t' | 0x20..=0x7e | 0x80..)
}

/// A file as far as it has been read. Names are bytes without meaning: two that look the same may
/// be two.
#[derive(Debug, Default)]
struct Parser<'a> {
    policy: WitnessPolicy,
    line: usize,
    quorums: usize,
    names: BTreeMap<&'a [u8], usize>,
    members: BTreeSet<usize>,
}

impl<'a> Parser<'a> {
    fn read(&mut self, text: &'a [u8]) -> Result<(), WitnessPolicyError> {
        let words: Vec<&[u8]> = text
            .split(|byte| matches!(byte, b' ' | b'\t'))
            .filter(|word| !word.is_empty())
            .collect();
        match *words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with(b"#") => Ok(()),
            [b"log", key] => self.log(key, None),
            [b"log", key, url] => self.log(key, Some(url)),
            [b"log", ..] => Err(self.line_error("log <vkey> [<url>]")),
            [b"witness", name, key] => self.witness(name, key, None),
            [b"witness", name, key, url] => self.witness(name, key, Some(url)),
            [b"witness", ..] => Err(self.line_error("witness <name> <vkey> [<url>]")),
            [b"group", name, threshold, ref members @ ..] if !members.is_empty() => {
                self.group(name, threshold, members)
            }
            [b"group", ..] => Err(self.line_error("group <name> <all|any|k> <name>...")),
            [b"quorum", name] => self.quorum(name),
            [b"quorum", ..] => Err(self.line_error("quorum <name>")),
            _ => Err(self.line_error("log, witness, group or quorum")),
        }
    }

    fn log(&mut self, key: &[u8], url: Option<&[u8]>) -> Result<(), WitnessPolicyError> {
        let role = "log";
        let key = self.key(key, role, KeyType::Ed25519)?;
        if self.policy.logs.iter().any(|log| log.key.public_key() == key.public_key()) {
            return Err(WitnessPolicyError::KeyTwice { line: self.line, role });
        }
        self.policy.logs.push(PolicyLog { key, url: url.map(show) });
        Ok(())
    }

    fn witness(
        &mut self,
        name: &'a [u8],
        key: &[u8],
        url: Option<&[u8]>,
    ) -> Result<(), WitnessPolicyError> {
        let role = "witness";
        let key = self.key(key, role, KeyType::CosignatureV1)?;
        if self.policy.witnesses.iter().any(|other| other.key.public_key() == key.public_key()) {
            return Err(WitnessPolicyError::KeyTwice { line: self.line, role });
        }
        self.define(name, Rule::Witness(self.policy.witnesses.len()))?;
        self.policy.witnesses.push(Witness { name: show(name), key, url: url.map(show) });
        Ok(())
    }

    fn group(
        &mut self,
        name: &'a [u8],
        threshold: &[u8],
        names: &[&[u8]],
    ) -> Result<(), WitnessPolicyError> {
        let line = self.line;
        let mut members = Vec::with_capacity(names.len());
        for member in names {
            let rule = self.find(member)?;
            // SPEC: each defined name can be listed as a group member at most once.
            if !self.members.insert(rule) {
                return Err(WitnessPolicyError::MemberTwice { line, name: show(member) });
            }
            members.push(rule);
        }
        let count = members.len();
        let number = || usize::try_from(decimal_decode(std::str::from_utf8(threshold).ok()?)?).ok();
        let threshold = match threshold {
            b"all" => count,
            b"any" => 1,
            _ => number().filter(|k| (1..=count).contains(k)).ok_or_else(|| {
                WitnessPolicyError::Threshold { line, expected: count, found: show(threshold) }
            })?,
        };
        self.define(name, Rule::Group { name: show(name), threshold, members })
    }

    fn quorum(&mut self, name: &[u8]) -> Result<(), WitnessPolicyError> {
        self.quorums += 1;
        self.policy.quorum = if name == b"none" { None } else { Some(self.find(name)?) };
        Ok(())
    }

    fn key(
        &self,
        text: &[u8],
        role: &'static str,
        expected: KeyType,
    ) -> Result<VerifierKey, WitnessPolicyError> {
        let line = self.line;
        let key: VerifierKey = String::from_utf8_lossy(text)
            .parse()
            .map_err(|cause| WitnessPolicyError::Key { line, role, cause })?;
        let (expected, found) = (expected.byte(), key.key_type().byte());
        if expected == found {
            Ok(key)
        } else {
            Err(WitnessPolicyError::KeyType { line, role, expected, found })
        }
    }

    fn define(&mut self, name: &'a [u8], rule: Rule) -> Result<(), WitnessPolicyError> {
        // SPEC: the special name none is predefined.
        if name == b"none" || self.names.contains_key(name) {
            return Err(WitnessPolicyError::NameTwice { line: self.line, name: show(name) });
        }
        self.names.insert(name, self.policy.rules.len());
        self.policy.rules.push(rule);
        Ok(())
    }

    fn find(&self, name: &[u8]) -> Result<usize, WitnessPolicyError> {
        let error = || WitnessPolicyError::UnknownName { line: self.line, name: show(name) };
        self.names.get(name).copied().ok_or_else(error)
    }

    const fn line_error(&self, expected: &'static str) -> WitnessPolicyError {
        WitnessPolicyError::Line { line: self.line, expected }
    }
}

/// For a reader's eye only: names are compared as bytes.
fn show(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{PrivateKey, Signer as _};

    fn vkey(seed: u8, key_type: KeyType) -> VerifierKey {
        let signer = PrivateKey::from_seed([seed; 32]);
        VerifierKey::new(format!("k{seed}").parse().unwrap(), key_type, *signer.public_key())
    }

    fn witness(seed: u8) -> String {
        format!("witness w{seed} {}\n", vkey(seed, KeyType::CosignatureV1))
    }

    fn three() -> String {
        (1..=3).map(witness).collect()
    }

    #[test]
    fn a_policy_reads_as_the_specification_writes_it() {
        let log = vkey(9, KeyType::Ed25519);
        let text = format!(
            "# comment\n\n \t\n  log\t{log}  https://log.example/ \n\
             {}witness w4 {} https://w4.example\n\
             group g 2 w1 w2 w3\ngroup \u{e4} all g w4\nquorum \u{e4}\n",
            three(),
            vkey(4, KeyType::CosignatureV1),
        );
        let policy = WitnessPolicy::parse(text.as_bytes()).unwrap();
        assert_eq!(policy.logs().len(), 1);
        assert_eq!(policy.logs()[0].url.as_deref(), Some("https://log.example/"));
        assert_eq!(policy.witnesses().len(), 4);
        assert_eq!(policy.witnesses()[3].url.as_deref(), Some("https://w4.example"));
        let group = |name: &str, threshold, members| Rule::Group {
            name: name.to_owned(),
            threshold,
            members,
        };
        assert_eq!(policy.rules[4], group("g", 2, vec![0, 1, 2]));
        assert_eq!(policy.rules[5], group("\u{e4}", 2, vec![4, 3]));
        assert_eq!(policy.quorum, Some(5));
        assert_eq!(WitnessPolicy::parse(b"quorum none\n"), Ok(WitnessPolicy::none()));
    }

    #[test]
    fn each_rule_of_the_format_refuses_what_breaks_it() {
        type Is = fn(&WitnessPolicyError) -> bool;
        use WitnessPolicyError as E;
        let (w1, log) = (vkey(1, KeyType::CosignatureV1), vkey(1, KeyType::Ed25519));
        let renamed = VerifierKey::new("x".parse().unwrap(), w1.key_type(), *w1.public_key());
        let cases: Vec<(String, Is)> = vec![
            (String::new(), |e| matches!(e, E::Quorum { found: 0 })),
            ("quorum none\nquorum none\n".into(), |e| matches!(e, E::Quorum { found: 2 })),
            ("quorum none".into(), |e| matches!(e, E::NoLineBreak { line: 1 })),
            ("quorum none\r\n".into(), |e| matches!(e, E::Byte { line: 1, found: 0x0d })),
            ("#\u{7f}\n".into(), |e| matches!(e, E::Byte { .. })),
            ("quorum\n".into(), |e| matches!(e, E::Line { .. })),
            ("Quorum none\n".into(), |e| matches!(e, E::Line { .. })),
            ("log\n".into(), |e| matches!(e, E::Line { .. })),
            (format!("witness w {w1} u v\n"), |e| matches!(e, E::Line { .. })),
            ("log x\n".into(), |e| matches!(e, E::Key { role: "log", .. })),
            (format!("log {w1}\n"), |e| matches!(e, E::KeyType { expected: 1, found: 4, .. })),
            (format!("witness w {log}\n"), |e| matches!(e, E::KeyType { found: 1, .. })),
            (format!("log {log}\nlog {log}\n"), |e| matches!(e, E::KeyTwice { line: 2, .. })),
            (format!("witness a {w1}\nwitness b {renamed}\n"), |e| matches!(e, E::KeyTwice { .. })),
            (format!("witness none {w1}\n"), |e| matches!(e, E::NameTwice { .. })),
            (three() + "group w1 any w2\n", |e| matches!(e, E::NameTwice { .. })),
            ("quorum w1\n".into(), |e| matches!(e, E::UnknownName { .. })),
            ("quorum w1\n".to_owned() + &three(), |e| matches!(e, E::UnknownName { line: 1, .. })),
            (three() + "group g any none\n", |e| matches!(e, E::UnknownName { .. })),
            (three() + "group g any g\n", |e| matches!(e, E::UnknownName { .. })),
            (three() + "group g any w1 w1\n", |e| matches!(e, E::MemberTwice { .. })),
            (three() + "group g any w1\ngroup h any w1\n", |e| matches!(e, E::MemberTwice { .. })),
            (three() + "group g any\n", |e| matches!(e, E::Line { .. })),
            (three() + "group g 0 w1\n", |e| matches!(e, E::Threshold { expected: 1, .. })),
            (three() + "group g 2 w1\n", |e| matches!(e, E::Threshold { .. })),
            (three() + "group g 01 w1\n", |e| matches!(e, E::Threshold { .. })),
            (three() + "group g some w1\n", |e| matches!(e, E::Threshold { .. })),
        ];
        for (text, is_expected) in cases {
            let error = WitnessPolicy::parse(text.as_bytes()).unwrap_err();
            assert!(is_expected(&error), "{text}: {error}");
        }
    }
}
