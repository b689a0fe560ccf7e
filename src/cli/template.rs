//! `probant template`: the columns of a table whose rows `submit` takes.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::attestation::PredicateKind;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::report::{Outcome, Report};
use crate::cli::schema::kind;
use crate::cli::words::Text;
use crate::policy::query_schema;
use crate::table::{Column, FILES_COLUMN, Form, SUBJECT_COLUMN, Sheet, TYPE_COLUMN};

/// Prints the first row of a table (CSV) for attestations of a type, or for queries.
///
/// Each further row is a statement, which `submit --key` signs and has recorded; or a query, for
/// `catalogue`. Columns that you do
/// not need may go, those of lists may be repeated: `tests.1.result`, `tests.2.result`. An empty cell is
/// an absent member; a list of texts stands in one cell, with | between them. --columns explains
/// each column.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant template test-report --out reports.csv
  probant template test-report --required
  probant template test-report --columns | less
  probant template query --out products.csv")]
pub(super) struct Template {
    /// The type, as `mandate` or `urn:probant:attestation:mandate:v1`; or `query`
    #[arg(value_name = "TYPE", value_parser = what)]
    what: What,
    /// Only the columns that no row may leave empty
    #[arg(long)]
    required: bool,
    /// Say what each column holds, instead of printing the row
    #[arg(long, conflicts_with = "out")]
    columns: bool,
    /// Write the row to a file that is not there yet
    #[arg(long, value_name = "FILE.csv")]
    out: Option<PathBuf>,
}

/// What the rows of a table say.
#[derive(Clone, Copy, Debug)]
enum What {
    Attestation(PredicateKind),
    Query,
}

fn what(text: &str) -> Result<What, String> {
    if text == "query" { Ok(What::Query) } else { kind(text).map(What::Attestation) }
}

/// A column as it is shown.
struct Shown {
    name: String,
    is_required: bool,
    form: &'static str,
    description: String,
}

impl Template {
    pub(super) fn run(&self) -> Result<Report, Failure> {
        let columns = self.shown();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(columns.iter().map(|column| &column.name)).step("CSV")?;
        let row = writer.into_inner().map_err(|cause| Failure::of("CSV", cause.into_error()))?;
        if let Some(path) = &self.out {
            files::write_new(path, &row, Access::Public)?;
        }
        let facts: Vec<Value> = columns.iter().map(Shown::facts).collect();
        let file = self.out.as_ref().map(|path| path.to_string_lossy());
        let facts = json!({"type": self.what.name(), "template_file": file, "columns": facts});
        let text = match &self.out {
            Some(path) => format!("template: {}\n", path.display()),
            None if self.columns => explained(&columns),
            None => String::from_utf8_lossy(&row).into_owned(),
        };
        Ok(Report::new(Outcome::Accepted, facts, text))
    }

    fn shown(&self) -> Vec<Shown> {
        let mut shown = match self.what {
            What::Attestation(kind) => of_attestation(kind),
            What::Query => {
                let columns = Sheet::of_schema(query_schema()).columns();
                columns.into_iter().map(Shown::of_column).collect()
            }
        };
        shown.retain(|column| column.is_required || !self.required);
        shown
    }
}

fn of_attestation(kind: PredicateKind) -> Vec<Shown> {
    let columns = Sheet::of(kind).columns().into_iter();
    // Files are named in a column of their own, and what a row has no id gets one.
    let is_shown = |column: &Column| !column.path.to_string().starts_with("header.evidence.");
    let members = columns.filter(is_shown).map(|column| {
        let mut shown = Shown::of_column(column);
        if shown.name == "header.id" {
            shown.is_required = false;
            shown.description.push_str(" Without one, it follows from the row.");
        }
        shown
    });
    let mut shown = vec![Shown::of_type(kind)];
    shown.extend(members);
    shown.extend([Shown::of_subject(), Shown::of_files()]);
    shown
}

impl What {
    const fn name(self) -> &'static str {
        match self {
            Self::Attestation(kind) => kind.name(),
            Self::Query => "query",
        }
    }
}

impl Shown {
    fn of_column(column: Column) -> Self {
        let Column { path, form, is_required, description } = column;
        Self { name: path.to_string(), is_required, form: form.words(), description }
    }

    fn of_type(kind: PredicateKind) -> Self {
        let description = format!("The type of attestation: {}.", kind.name());
        Self { name: TYPE_COLUMN.to_owned(), is_required: true, form: "text", description }
    }

    fn of_subject() -> Self {
        let description = "What the statement is about, by canonical URI. Only where nothing else \
                           in the row says so: changes of status and the like."
            .to_owned();
        let form = Form::Texts.words();
        Self { name: SUBJECT_COLUMN.to_owned(), is_required: false, form, description }
    }

    fn of_files() -> Self {
        let description =
            "Names of files beside the table, a scan or a photo: their digests become \
                           evidence; the files stay where they are."
                .to_owned();
        let form = Form::Texts.words();
        Self { name: FILES_COLUMN.to_owned(), is_required: false, form, description }
    }

    fn facts(&self) -> Value {
        let Self { name, is_required, form, description } = self;
        json!({"name": name, "required": is_required, "form": form, "description": description})
    }
}

fn explained(columns: &[Shown]) -> String {
    let mut text = Text::default();
    for Shown { name, is_required, form, description } in columns {
        let need = if *is_required { "required" } else { "optional" };
        text.line(format_args!("{name} ({need}; {form})"));
        text.line(format_args!("    {description}"));
    }
    text.into()
}
