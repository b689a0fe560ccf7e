//! A statement in the making: what a document says, by the columns that a table of the type has. So
//! there is one way from texts to a statement, and one set of names for what is given besides.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::attestation::PredicateKind;
use crate::identifier::OperatorUri;
use crate::import::defect::{DefectReason, shown};
use crate::import::findings::Findings;
use crate::import::source::Source;
use crate::import::terms::Terms;
use crate::table::{Draft, Head, RowError, TYPE_COLUMN, Table};

/// How many members a statement is made of: each is compared with the others.
const CELLS_MAX: usize = 4096;

/// What a document says of a statement.
#[derive(Debug, Default)]
pub(super) struct Cells {
    list: Vec<Cell>,
    needs: Vec<(String, String)>,
    /// Lists that the document gives, although what their items say may have to be supplied.
    lists: BTreeSet<String>,
    evidence: usize,
}

#[derive(Debug)]
struct Cell {
    column: String,
    value: String,
    /// Where in the document it stands.
    place: String,
    /// Whether the document itself says it, so that nobody else can; if not, it stands in.
    is_own: bool,
}

impl Cells {
    /// Adds what the document says.
    pub(super) fn say(&mut self, column: &str, value: impl Into<String>, place: &str) {
        self.push(column, value.into(), place, true);
    }

    /// Adds what stands in for a member that the format does not have: a supplement comes first.
    pub(super) fn suggest(&mut self, column: &str, value: impl Into<String>, place: &str) {
        self.push(column, value.into(), place, false);
    }

    /// Demands a column that has to be supplied if the document does not say it.
    pub(super) fn need(&mut self, column: &str, place: impl Into<String>) {
        self.needs.push((column.to_owned(), place.into()));
    }

    /// Holds a list to the items that the document has, of which there is at least one.
    pub(super) fn hold(&mut self, list: &str) {
        self.lists.insert(list.to_owned());
    }

    /// The same where the document may have said it wrongly: that is a defect already.
    pub(super) fn need_unless_refused(&mut self, column: &str, place: &str, findings: &Findings) {
        if !findings.has_at(place) {
            self.need(column, place);
        }
    }

    fn push(&mut self, column: &str, value: String, place: &str, is_own: bool) {
        let (column, place) = (column.to_owned(), place.to_owned());
        self.list.push(Cell { column, value, place, is_own });
    }

    /// Adds who issued the document, and who signs if that is somebody else: a copy then, which is
    /// never taken for more.
    pub(super) fn say_issuer(
        &mut self,
        issuer: &OperatorUri,
        by: &OperatorUri,
        (source, media_type): (&Source<'_>, &str),
        place: &str,
    ) {
        self.say("header.issuer.operator", issuer.as_str(), place);
        if issuer == by {
            return;
        }
        let digest = source.digest().to_string();
        self.say("header.transcription.by", by.as_str(), "");
        self.say("header.transcription.source.name", source.name, "");
        self.say("header.transcription.source.digest.sha256", digest, "");
        self.say("header.transcription.source.mediaType", media_type, "");
        self.say("header.transcription.file_only", "false", "");
    }

    /// Adds a file behind the statement: name, SHA-256, media type. Gives the beginning of the names
    /// of its columns.
    pub(super) fn say_evidence(
        &mut self,
        (name, digest, media_type): (&str, String, &str),
        place: &str,
    ) -> String {
        self.evidence += 1;
        let column = format!("header.evidence.{}", self.evidence);
        self.say(&format!("{column}.name"), name, place);
        self.say(&format!("{column}.digest.sha256"), digest, place);
        self.say(&format!("{column}.mediaType"), media_type, place);
        column
    }

    /// The statement, with what is supplied where the document says nothing.
    pub(super) fn into_draft(
        mut self,
        kind: PredicateKind,
        terms: &Terms,
        findings: &mut Findings,
    ) -> Option<Draft> {
        self.say(TYPE_COLUMN, kind.name(), "");
        let found = self.list.len();
        if found > CELLS_MAX {
            findings.refuse("", DefectReason::TooMany { what: "members", found, max: CELLS_MAX });
            return None;
        }
        self.supplement(terms, findings);
        let columns: BTreeSet<&str> = self.list.iter().map(|cell| cell.column.as_str()).collect();
        for (column, place) in &self.needs {
            if !columns.contains(column.as_str()) {
                findings.refuse(place, DefectReason::Missing { column: column.clone() });
            }
        }
        if !findings.defects.is_empty() {
            return None;
        }
        for cell in self.list.iter().filter(|cell| !cell.is_own) {
            let text =
                format!("taken as {}, for want of one: {:?}", cell.column, shown(&cell.value));
            findings.note(&cell.place, text);
        }
        let draft = self.draft();
        draft.map_err(|error| self.refuse(error, findings)).ok()
    }

    fn supplement(&mut self, terms: &Terms, findings: &mut Findings) {
        let items = self.items();
        for (column, value) in &terms.supplements {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            let beyond = lists_of(column).find_map(|(list, item)| {
                let (place, found) = items.get(list)?;
                (!found.contains(item)).then_some(place)
            });
            if let Some(place) = beyond {
                let column = column.clone();
                findings.refuse(place, DefectReason::NoSuchItem { column });
                continue;
            }
            match self.list.iter_mut().find(|cell| cell.column == *column) {
                None => self.say(column, value, ""),
                Some(cell) if cell.value == value => cell.is_own = true,
                Some(cell) if cell.is_own => {
                    let text = format!("--set {column} is passed over: {:?}", shown(&cell.value));
                    findings.note(&cell.place, text);
                }
                Some(cell) => {
                    let text = format!("{column} as given, in place of {:?}", shown(&cell.value));
                    findings.note(&cell.place, text);
                    value.clone_into(&mut cell.value);
                    cell.is_own = true;
                }
            }
        }
    }

    /// The lists that the document gives, each with a place of it and the items that it has.
    fn items(&self) -> BTreeMap<String, (String, BTreeSet<String>)> {
        let mut items: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
        let own = self.list.iter().filter(|cell| cell.is_own);
        let own = own.map(|cell| (&cell.column, &cell.place, true));
        let needs = self.needs.iter().map(|(column, place)| (column, place, false));
        for (column, place, is_own) in own.chain(needs) {
            for (list, item) in lists_of(column) {
                if is_own || self.lists.contains(list) || items.contains_key(list) {
                    let of = items.entry(list.to_owned());
                    let (_, found) = of.or_insert_with(|| (place.clone(), BTreeSet::new()));
                    found.insert(item.to_owned());
                }
            }
        }
        items
    }

    fn draft(&self) -> Result<Draft, RowError> {
        let names = self.list.iter().map(|cell| cell.column.as_str());
        let head = Head::new(names)
            .map_err(|cause| RowError { column: None, reason: cause.to_string() })?;
        let mut table = Table::new(Arc::new(head))
            .map_err(|cause| RowError { column: None, reason: cause.to_string() })?;
        let cells: Vec<&str> = self.list.iter().map(|cell| cell.value.as_str()).collect();
        let mut no_file = |_name: &str| Err("files come from the document alone".to_owned());
        table.draft(&cells, &mut no_file)
    }

    /// A rule that the statement breaks, at the place that the column was read from.
    fn refuse(&self, RowError { column, reason }: RowError, findings: &mut Findings) {
        let column = column.unwrap_or_default();
        let cell = self.list.iter().find(|cell| cell.column == column);
        let place = cell.map(|cell| cell.place.clone()).unwrap_or_default();
        findings.refuse(&place, DefectReason::Statement { column, reason });
    }
}

/// The lists that a column leads through, each with the item: `tests` and `2` of `tests.2.result`.
fn lists_of(column: &str) -> impl Iterator<Item = (&str, &str)> {
    column.match_indices('.').filter_map(|(at, _)| {
        let (list, rest) = column.split_at_checked(at)?;
        let item = rest.split('.').nth(1)?;
        let is_item = !item.is_empty() && item.bytes().all(|byte| byte.is_ascii_digit());
        is_item.then_some((list, item))
    })
}
