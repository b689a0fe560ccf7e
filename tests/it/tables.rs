//! Statements out of the rows of a table.

use std::sync::Arc;

use probant::attestation::{Digests, PredicateKind, Resource, Statement};
use probant::hash::Digest;
use probant::table::{
    Draft, FILES_COLUMN, Form, Head, HeadError, RowError, SUBJECT_COLUMN, Sheet, Table,
};
use serde_json::Value;

use crate::documents::example;

/// Cells of a predicate, one column each; lists of texts in one cell.
fn flatten(place: &str, value: &Value, cells: &mut Vec<(String, String)>) {
    let at =
        |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    match value {
        Value::Object(members)
            if ["extensions", "annotations"].iter().any(|of| place.ends_with(of)) =>
        {
            cells.push((place.to_owned(), Value::Object(members.clone()).to_string()));
        }
        Value::Object(members) => {
            for (name, value) in members {
                flatten(&at(name), value, cells);
            }
        }
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            cells.push((place.to_owned(), texts.join(" | ")));
        }
        Value::Array(items) => {
            for (number, value) in items.iter().enumerate() {
                flatten(&at(&(number + 1).to_string()), value, cells);
            }
        }
        Value::String(text) => cells.push((place.to_owned(), text.clone())),
        other => cells.push((place.to_owned(), other.to_string())),
    }
}

fn cells_of(kind: PredicateKind) -> Vec<(String, String)> {
    let statement: Value = serde_json::from_str(&example(kind)).unwrap();
    let mut cells = vec![("type".to_owned(), kind.name().to_owned())];
    let subjects = statement["subject"].as_array().unwrap().iter();
    let subjects: Vec<&str> = subjects.map(|of| of["name"].as_str().unwrap()).collect();
    cells.push((SUBJECT_COLUMN.to_owned(), subjects.join("|")));
    flatten("", &statement["predicate"], &mut cells);
    cells
}

fn no_file(name: &str) -> Result<Resource, String> {
    Err(format!("{name} is not there"))
}

fn table<'a>(names: impl IntoIterator<Item = &'a str>) -> Table {
    Table::new(Arc::new(Head::new(names).unwrap())).unwrap()
}

fn draft(cells: &[(String, String)]) -> Result<Draft, RowError> {
    let mut table = table(cells.iter().map(|(name, _)| name.as_str()));
    let cells: Vec<&str> = cells.iter().map(|(_, cell)| cell.as_str()).collect();
    table.draft(&cells, &mut no_file)
}

#[test]
fn a_row_of_every_type_is_its_statement() {
    for kind in PredicateKind::ALL {
        let draft = draft(&cells_of(*kind)).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        let expected = Statement::parse(example(*kind).as_bytes()).unwrap();
        assert_eq!(Statement::parse(&draft.statement), Ok(expected), "{kind:?}");
    }
}

#[test]
fn the_columns_of_every_type_are_all_that_its_rows_need() {
    for kind in PredicateKind::ALL {
        let sheet = Sheet::of(*kind);
        let columns = sheet.columns();
        for column in &columns {
            assert_eq!(sheet.form(&column.path), Some(column.form), "{kind:?} {}", column.path);
            assert_ne!(column.form, Form::Json, "{kind:?} {}", column.path);
            assert!(!column.description.is_empty(), "{kind:?} {}", column.path);
        }
        let cells = cells_of(*kind);
        let required = columns.iter().filter(|column| column.is_required);
        for column in required {
            let name = column.path.to_string();
            assert!(cells.iter().any(|(found, _)| *found == name), "{kind:?} {name}");
        }
        for (name, _) in &cells[2..] {
            if !is_of_first_items(name) || is_named_by_the_signer(name) {
                continue;
            }
            let is_there = columns.iter().any(|column| column.path.to_string() == *name);
            assert!(is_there, "{kind:?}: no column {name}");
        }
    }
}

/// Of lists, the columns have the first item.
fn is_of_first_items(name: &str) -> bool {
    name.split('.')
        .all(|part| part.parse::<u16>().is_ok_and(|of| of == 1) || part.parse::<u16>().is_err())
}

/// Whether a member, or what it is in, has a name of the signer's choice: a language, an act, or any.
fn is_named_by_the_signer(name: &str) -> bool {
    name.split('.').any(|part| {
        ["extensions", "annotations", "modules"].contains(&part)
            || (part.len() == 2 && part != "id")
    })
}

#[test]
fn a_row_that_breaks_a_rule_is_told_in_which_column() {
    let kind = PredicateKind::TestReport;
    for (column, cell, expected) in [
        ("type", "test-raport", "type"),
        ("overall", "GOOD", "overall"),
        ("tests.2.result", "maybe", "tests.2.result"),
        // Behind a place that is empty.
        ("tests.9.result", "maybe", "tests.9.result"),
        ("header.document.issued", "01/09/2026", "header.document.issued"),
        (
            "header.issuer.operator",
            "https://id.gs1.org/417/9521000400008",
            "header.issuer.operator",
        ),
        ("header.issuer.role", "manufacturer", "header.issuer.role"),
        ("header.document.languages", "en|", "header.document.languages"),
        ("scope.batches.mode", "SOME", "scope.batches.mode"),
        ("tested_from", "2026-08-30", "tested_until"),
        ("subject", "https://id.gs1.org/01/09521000200012", "subject"),
        ("header.document.number", " ", "header.document.number"),
        ("overal", "PASS", "overal"),
        ("tests.0.result", "PASS", "tests.0.result"),
        ("tests", "[]", "tests"),
        (FILES_COLUMN, "report.pdf", FILES_COLUMN),
    ] {
        let mut cells = cells_of(kind);
        match cells.iter_mut().find(|(name, _)| name == column) {
            Some(found) => cell.clone_into(&mut found.1),
            None => cells.push((column.to_owned(), cell.to_owned())),
        }
        let error = draft(&cells).unwrap_err();
        assert_eq!(error.column.as_deref(), Some(expected), "{column} = {cell:?}: {error}");
    }
}

#[test]
fn a_column_that_no_row_of_the_type_fills_does_no_harm() {
    let mut cells = cells_of(PredicateKind::TestReport);
    cells.push(("mandator".to_owned(), String::new()));
    cells.push(("notes of my own".to_owned(), " ".to_owned()));
    assert_eq!(draft(&cells).unwrap().kind, PredicateKind::TestReport);
}

#[test]
fn a_first_row_that_can_be_read_two_ways_is_refused() {
    let head = Arc::new(Head::new(["overall"]).unwrap());
    assert_eq!(Table::new(head).unwrap_err(), HeadError::NoType);
    let name = "overall".to_owned();
    assert_eq!(Head::new(["type", "overall", " overall "]).unwrap_err(), HeadError::Twice { name });
    assert_eq!(Head::new(["type", ""]).unwrap_err(), HeadError::NoName { place: 2 });
    let mut table = table(["type"]);
    let error = table.draft(&["mandate", "x"], &mut no_file).unwrap_err();
    assert_eq!(error.column, None, "{error}");
}

#[test]
fn a_row_without_an_id_has_the_same_one_again_and_another_row_another() {
    let mut cells = cells_of(PredicateKind::TestReport);
    cells.retain(|(name, _)| name != "header.id");
    let first = draft(&cells).unwrap();
    let mut turned = cells.clone();
    turned.reverse();
    assert_eq!(draft(&turned).unwrap(), first);
    let id =
        |draft: &Draft| Statement::parse(&draft.statement).unwrap().header().id.as_str().to_owned();
    assert!(id(&first).starts_with("row-"), "{}", id(&first));
    let number = cells.iter_mut().find(|(name, _)| name == "header.document.number").unwrap();
    number.1 = "R-26-8812".to_owned();
    assert_ne!(id(&draft(&cells).unwrap()), id(&first));
}

#[test]
fn files_of_a_row_become_its_evidence() {
    let mut cells = cells_of(PredicateKind::TestReport);
    cells.push((FILES_COLUMN.to_owned(), "report.pdf | photo.jpg".to_owned()));
    let mut table = table(cells.iter().map(|(name, _)| name.as_str()));
    let cells: Vec<&str> = cells.iter().map(|(_, cell)| cell.as_str()).collect();
    let mut file = |name: &str| {
        Ok(Resource {
            name: name.to_owned(),
            digest: Digests { sha256: Digest::of(name.as_bytes()) },
            media_type: "application/octet-stream".to_owned(),
            download_location: None,
            annotations: None,
        })
    };
    let draft = table.draft(&cells, &mut file).unwrap();
    let statement = Statement::parse(&draft.statement).unwrap();
    let evidence = statement.header().evidence.as_deref().unwrap();
    let names: Vec<&str> = evidence.iter().map(|of| of.name.as_str()).collect();
    assert_eq!(names, ["report.pdf", "photo.jpg"]);
    assert_eq!(evidence[1].digest.sha256, Digest::of(b"photo.jpg"));
}
