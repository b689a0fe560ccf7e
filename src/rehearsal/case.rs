//! Cases as they are written: in TOML, many in a file, on the same parties and records.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::form::{Form, Moment, NOTHING};
use crate::attestation::Role;
use crate::attestation::types::VerdictWord;

/// The longest file of cases, in bytes.
pub const CASES_BYTES_MAX: usize = 1 << 20;

/// A file of cases.
#[derive(Debug)]
pub struct Cases {
    pub(super) since: Moment,
    pub(super) accept_example_numbers: bool,
    pub(super) parties: Vec<Party>,
    /// By time; those of one time in the order of the file.
    pub(super) records: Vec<RecordForm>,
    pub(super) query: Value,
    list: Vec<Case>,
}

/// One case.
#[derive(Debug)]
pub struct Case {
    /// What it is about.
    pub name: String,
    /// Its line in the file, from 1.
    pub line: usize,
    /// The word that is expected.
    pub expected: VerdictWord,
    /// The complete set of findings that are expected, `RULE CODE`.
    pub codes: BTreeSet<String>,
    pub(super) at: Moment,
    pub(super) query: Value,
    pub(super) with: BTreeSet<String>,
    pub(super) without: BTreeSet<String>,
    pub(super) change: BTreeMap<String, Value>,
    pub(super) accept_example_numbers: Option<bool>,
}

/// Why bytes are no cases.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct CasesError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The day on which the parties are registered.
    since: Moment,
    /// Numbers of the GS1 prefix 952 are accepted, whatever the rule set says of them.
    #[serde(default)]
    accept_example_numbers: bool,
    #[serde(default)]
    party: Vec<Party>,
    #[serde(default)]
    record: Vec<Spanned<RecordForm>>,
    /// The question that the cases vary.
    query: Form,
    case: Vec<Spanned<CaseForm>>,
}

/// An operator; its key is made for the case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Party {
    pub(super) operator: String,
    pub(super) name: String,
    pub(super) country: String,
    pub(super) roles: Vec<Role>,
    /// The acts that its roles name; any act if empty.
    #[serde(default)]
    pub(super) acts: Vec<String>,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
}

/// A statement that is recorded in every case that does not leave it out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordForm {
    /// How cases and other records (`@name`) call it.
    pub(super) name: String,
    /// When the ledger takes it; a case asks before or after that.
    pub(super) at: Moment,
    /// The name of its type.
    pub(super) kind: String,
    pub(super) issuer: String,
    pub(super) role: Role,
    /// Whose keys sign; the issuer's if absent.
    #[serde(default)]
    pub(super) signed_by: Vec<String>,
    /// Only recorded in the cases that ask for it (`with`).
    #[serde(default)]
    pub(super) optional: bool,
    #[serde(default)]
    pub(super) predicate: Form,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseForm {
    name: String,
    /// When the question is asked; what is recorded later is not there yet.
    at: Moment,
    expected: VerdictWord,
    codes: BTreeSet<String>,
    #[serde(default)]
    query: Form,
    #[serde(default)]
    with: BTreeSet<String>,
    #[serde(default)]
    without: BTreeSet<String>,
    #[serde(default)]
    change: BTreeMap<String, Form>,
    accept_example_numbers: Option<bool>,
}

impl Cases {
    /// Reads a file of cases. An error names the line.
    pub fn parse(bytes: &[u8]) -> Result<Self, CasesError> {
        let line_of = |offset: usize| {
            let before = bytes.get(..offset).unwrap_or(bytes);
            before.split(|byte| *byte == b'\n').count()
        };
        let at = |offset: usize, message: String| CasesError { line: line_of(offset), message };
        if bytes.len() > CASES_BYTES_MAX {
            let found = bytes.len();
            return Err(at(
                0,
                format!("{found} bytes are too many: expected at most {CASES_BYTES_MAX}"),
            ));
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| at(error.valid_up_to(), "expected UTF-8".to_owned()))?;
        let file: File = toml::from_str(text).map_err(|error| {
            let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
            at(error.span().map_or(0, |span| span.start), message)
        })?;
        // A ledger's time never goes back, and the parties are its first entries.
        let is_after = |moment: Moment, offset: usize| {
            let (found, since) = (moment.0, file.since.0);
            if moment < file.since {
                return Err(at(offset, format!("at, {found}, lies before since, {since}")));
            }
            Ok(())
        };
        let mut names = BTreeSet::new();
        let mut records = Vec::new();
        for record in file.record {
            let offset = record.span().start;
            let record = record.into_inner();
            if NOTHING.strip_prefix('@') == Some(&record.name) {
                return Err(at(offset, format!("no record can be called {:?}", record.name)));
            }
            if !names.insert(record.name.clone()) {
                return Err(at(offset, format!("record {:?} is there twice", record.name)));
            }
            is_after(record.at, offset)?;
            records.push(record);
        }
        records.sort_by_key(|record| record.at);
        let mut cases = Vec::new();
        for case in file.case {
            let offset = case.span().start;
            let case = read(case.into_inner(), line_of(offset));
            is_after(case.at, offset)?;
            let mut called = case.with.iter().chain(&case.without).chain(case.change.keys());
            if let Some(unknown) = called.find(|name| !names.contains(*name)) {
                return Err(at(offset, format!("no record is called {unknown:?}")));
            }
            cases.push(case);
        }
        if cases.is_empty() {
            return Err(at(0, "expected a case at least".to_owned()));
        }
        Ok(Self {
            since: file.since,
            accept_example_numbers: file.accept_example_numbers,
            parties: file.party,
            records,
            query: file.query.0,
            list: cases,
        })
    }

    /// The cases, in the order of the file.
    pub fn cases(&self) -> &[Case] {
        &self.list
    }
}

fn read(form: CaseForm, line: usize) -> Case {
    Case {
        name: form.name,
        line,
        expected: form.expected,
        codes: form.codes,
        at: form.at,
        query: form.query.0,
        with: form.with,
        without: form.without,
        change: form.change.into_iter().map(|(name, form)| (name, form.0)).collect(),
        accept_example_numbers: form.accept_example_numbers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = r#"since = 2026-01-05
[query]
a = 1
[[record]]
name = "late"
at = 2026-03-01
kind = "mandate"
issuer = "x"
role = "lab"
[[record]]
name = "early"
at = 2026-02-01
kind = "mandate"
issuer = "x"
role = "lab"
[[case]]
name = "one"
at = 2026-11-23
expected = "REVIEW"
codes = []
without = ["late"]
"#;

    #[test]
    fn records_stand_in_the_order_of_their_times() {
        let cases = Cases::parse(SOUND.as_bytes()).unwrap();
        let names: Vec<&str> = cases.records.iter().map(|of| of.name.as_str()).collect();
        assert_eq!(names, ["early", "late"]);
        assert_eq!((cases.cases()[0].line, cases.cases()[0].expected), (16, VerdictWord::Review));
    }

    #[test]
    fn each_mistake_is_named_with_its_line() {
        for (old, new, line, words) in [
            ("2026-01-05", "\"today\"", 1, ""),
            ("\"early\"", "\"late\"", 10, "there twice"),
            ("\"early\"", "\"nothing\"", 10, "no record can be called"),
            ("[\"late\"]", "[\"never\"]", 16, "no record is called \"never\""),
            ("\"REVIEW\"", "\"MAYBE\"", 19, "MAYBE"),
            ("codes = []\n", "", 16, "codes"),
            ("without", "witout", 21, "witout"),
            ("a = 1", "a = 1.5", 2, "fraction"),
            ("at = 2026-02-01", "at = 2026-01-04", 10, "lies before since"),
            ("at = 2026-11-23", "at = 2026-01-04T23:59:59Z", 16, "lies before since"),
        ] {
            let error = Cases::parse(SOUND.replace(old, new).as_bytes()).unwrap_err();
            assert!(error.message.contains(words), "{new}: {error}");
            assert_eq!(error.line, line, "{new}: {error}");
        }
        assert_eq!(Cases::parse(b"\xff").unwrap_err().message, "expected UTF-8");
        Cases::parse(&vec![b'#'; CASES_BYTES_MAX + 1]).unwrap_err();
    }
}
