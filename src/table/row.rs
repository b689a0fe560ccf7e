//! From the cells of a row to a statement.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::attestation::{
    Predicate, PredicateError, PredicateKind, PredicateReadError, Resource, Statement,
    StatementError, SubjectRule,
};
use crate::hash::Digest;
use crate::identifier::{IdentifierError, SubjectUri};
use crate::json::{self, JsonError};
use crate::table::error::{HeadError, RowError};
use crate::table::form::{shown, texts};
use crate::table::head::Head;
use crate::table::members::{Member, refuse_more};
use crate::table::sheet::Sheet;
use crate::table::tree::Tree;
use crate::table::{FILES_COLUMN, SUBJECT_COLUMN, TYPE_COLUMN};

/// A table, known by its first row.
#[derive(Debug)]
pub struct Table {
    head: Arc<Head>,
    /// What the columns mean for the rows of a type.
    plans: BTreeMap<PredicateKind, Plan>,
}

/// A statement that nobody has signed yet; every rule holds that needs nothing but the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Draft {
    /// Its type.
    pub kind: PredicateKind,
    /// The bytes to be signed.
    pub statement: Vec<u8>,
}

/// What a column means for the rows of a type.
#[derive(Debug)]
enum Use {
    Type,
    Subject,
    Files,
    Member(Member),
}

type Plan = Vec<Use>;

impl Table {
    /// A table with these columns. Every row says of what type it is, so rows of several types can
    /// stand in one table.
    pub fn new(head: Arc<Head>) -> Result<Self, HeadError> {
        match head.place(TYPE_COLUMN) {
            Some(_) => Ok(Self { head, plans: BTreeMap::new() }),
            None => Err(HeadError::NoType),
        }
    }

    /// Its columns.
    pub const fn head(&self) -> &Arc<Head> {
        &self.head
    }

    /// The statement of a row. An empty cell is an absent member; white space around a value does
    /// not count. `file` looks up a file that the row names. A row without `header.id` gets one that
    /// follows from all else in it, so that the same row is the same statement again.
    pub fn draft(
        &mut self,
        cells: &[&str],
        file: &mut dyn FnMut(&str) -> Result<Resource, String>,
    ) -> Result<Draft, RowError> {
        refuse_more(self.head.names().len(), cells)?;
        let kind = self.kind(cells)?;
        let columns = self.head.names();
        let plan = self.plans.entry(kind).or_insert_with(|| plan(columns, &Sheet::shared(kind)));
        let mut row = Row::default();
        for ((name, of), cell) in columns.iter().zip(plan).zip(cells) {
            let cell = cell.trim();
            if !cell.is_empty() {
                row.put(name, of, cell, file)?;
            }
        }
        row.to_draft(kind).map_err(|error| in_column(&self.head, &row.tree, error))
    }

    fn kind(&self, cells: &[&str]) -> Result<PredicateKind, RowError> {
        let place = self.head.place(TYPE_COLUMN);
        let cell = place.and_then(|place| cells.get(place)).map_or("", |cell| cell.trim());
        let mut kinds = PredicateKind::ALL.iter().copied();
        kinds.find(|kind| kind.name() == cell).ok_or_else(|| {
            let reason =
                format!("found {}, expected a type of `probant schema --list`", shown(cell));
            RowError::at(TYPE_COLUMN, reason)
        })
    }
}

/// An error at a place of the predicate, as one in the column that is nearest to it.
fn in_column(head: &Head, tree: &Tree, error: PlacedError) -> RowError {
    let PlacedError { place, reason } = error;
    let place = tree.as_column(&place);
    let column = head.nearest(&place).map(str::to_owned);
    RowError { column: column.or_else(|| (!place.is_empty()).then_some(place)), reason }
}

/// What was read of a row.
#[derive(Debug, Default)]
struct Row {
    tree: Tree,
    subjects: Option<Vec<SubjectUri>>,
    evidence: Vec<Resource>,
}

/// A rule that the predicate breaks, and where.
struct PlacedError {
    place: String,
    reason: String,
}

impl Row {
    fn put(
        &mut self,
        name: &str,
        of: &Use,
        cell: &str,
        file: &mut dyn FnMut(&str) -> Result<Resource, String>,
    ) -> Result<(), RowError> {
        let error = |reason: String| RowError::at(name, reason);
        match of {
            Use::Type => {}
            Use::Subject => {
                let uris = texts(cell).map_err(error)?.into_iter().map(str::parse);
                let uris = uris.collect::<Result<_, _>>();
                let uris = uris.map_err(|cause: IdentifierError| error(cause.to_string()))?;
                self.subjects = Some(uris);
            }
            Use::Files => {
                for name in texts(cell).map_err(error)? {
                    self.evidence.push(file(name).map_err(error)?);
                }
            }
            Use::Member(member) => member.put(&mut self.tree, name, cell)?,
        }
        Ok(())
    }

    fn to_draft(&self, kind: PredicateKind) -> Result<Draft, PlacedError> {
        let mut predicate = self.tree.to_value();
        add_evidence(&mut predicate, &self.evidence)?;
        add_id(kind, self.subjects.as_deref(), &mut predicate)?;
        let bytes = predicate.to_string();
        let predicate = Predicate::parse(kind, bytes.as_bytes())?;
        let ((Some(subjects), _) | (None, SubjectRule::Exactly(subjects))) =
            (self.subjects.clone(), predicate.subjects()?)
        else {
            let RowError { column, reason } = RowError::no_subject(kind.name());
            return Err(PlacedError { place: column.unwrap_or_default(), reason });
        };
        let statement = Statement::write(&subjects, &predicate)?;
        // By the reader that everybody uses: what is signed here is read there.
        drop(Statement::parse(&statement)?);
        Ok(Draft { kind, statement })
    }
}

fn plan(columns: &[String], sheet: &Sheet) -> Plan {
    let of = |name: &String| match name.as_str() {
        TYPE_COLUMN => Use::Type,
        SUBJECT_COLUMN => Use::Subject,
        FILES_COLUMN => Use::Files,
        name => Use::Member(Member::of(name, sheet)),
    };
    columns.iter().map(of).collect()
}

fn add_evidence(predicate: &mut Value, evidence: &[Resource]) -> Result<(), PlacedError> {
    if evidence.is_empty() {
        return Ok(());
    }
    let files = evidence.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
    let files = files.map_err(|cause| PlacedError::new("header.evidence", &cause))?;
    let header = predicate.get_mut("header").and_then(Value::as_object_mut);
    let Some(header) = header else { return Ok(()) };
    match header.entry("evidence").or_insert_with(|| Value::Array(Vec::new())) {
        Value::Array(list) => list.extend(files),
        _ => return Err(PlacedError::new("header.evidence", &"expected a list")),
    }
    Ok(())
}

/// Gives a statement without an id one that follows from all that it says.
fn add_id(
    kind: PredicateKind,
    subjects: Option<&[SubjectUri]>,
    predicate: &mut Value,
) -> Result<(), PlacedError> {
    let is_there = predicate.pointer("/header/id").is_some();
    if is_there {
        return Ok(());
    }
    let canonical = json::canonical(&(kind.name(), subjects, &*predicate))?;
    let digest = Digest::of(&canonical).to_string();
    let header = predicate.get_mut("header").and_then(Value::as_object_mut);
    if let (Some(header), Some(digits)) = (header, digest.get(..32)) {
        header.insert("id".to_owned(), format!("row-{digits}").into());
    }
    Ok(())
}

impl PlacedError {
    fn new(place: &str, reason: &dyn std::fmt::Display) -> Self {
        Self { place: place.to_owned(), reason: reason.to_string() }
    }

    /// What a reader of JSON says, for people who have never seen the JSON.
    fn of_schema(place: String, found: &str) -> Self {
        let reason = found.split(" at line ").next().unwrap_or(found);
        let missing = reason.strip_prefix("missing field `").and_then(|of| of.strip_suffix('`'));
        match missing {
            Some(name) => Self { place: format!("{place}/{name}"), reason: "is empty".to_owned() },
            None => Self { place, reason: reason.to_owned() },
        }
    }
}

impl From<JsonError> for PlacedError {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Schema { place, found } => Self::of_schema(place, &found),
            other => Self::new("", &other),
        }
    }
}

impl From<PredicateError> for PlacedError {
    fn from(error: PredicateError) -> Self {
        match error {
            PredicateError::Missing { member, kind } => {
                Self { place: member.to_owned(), reason: format!("is empty: a {kind} needs it") }
            }
            PredicateError::Invalid { member, reason } => Self { place: member.to_owned(), reason },
            PredicateError::Role { .. } => Self::new("header.issuer.role", &error),
            PredicateError::Scope(cause) => Self::new("scope", &cause),
        }
    }
}

impl From<PredicateReadError> for PlacedError {
    fn from(error: PredicateReadError) -> Self {
        match error {
            PredicateReadError::Json(cause) => cause.into(),
            PredicateReadError::Rule(cause) => cause.into(),
        }
    }
}

impl From<StatementError> for PlacedError {
    fn from(error: StatementError) -> Self {
        match error {
            StatementError::Json(cause) => cause.into(),
            StatementError::Predicate(cause) => cause.into(),
            StatementError::SubjectUncalled { .. } | StatementError::SubjectLeftOut { .. } => {
                Self::new(SUBJECT_COLUMN, &error)
            }
            other => Self::new("", &other),
        }
    }
}
