//! What is watched: every query of a file, with what came of it so far.

use std::path::Path;

use crate::cli::failure::Failure;
use crate::cli::files;
use crate::cli::question::QUERY_BYTES_MAX;
use crate::cli::questions::{self, Question};
use crate::cli::table_file::Defaults;
use crate::hash::Digest;
use crate::policy::Query;
use crate::table::RowError;

/// As many as one stream takes.
const QUERIES_MAX: usize = 10_000;

/// A query that is watched.
#[derive(Debug)]
pub(super) struct WatchQuery {
    /// The line or row, from 1.
    pub(super) line: usize,
    /// The caller's own name for it; empty if it has none.
    pub(super) request_id: String,
    /// As it is sent.
    pub(super) bytes: Vec<u8>,
    /// By what it is known again.
    pub(super) digest: Digest,
}

/// A line or row that is no query.
#[derive(Debug)]
pub(super) struct Unread {
    /// The line or row, from 1.
    pub(super) line: usize,
    /// What is wrong with it.
    pub(super) cause: RowError,
}

/// The queries of a file: one as a whole (.json), one a row (.csv, .tsv), or one a line.
pub(super) fn read(
    path: &Path,
    defaults: &Defaults,
) -> Result<(Vec<WatchQuery>, Vec<Unread>), Failure> {
    let (mut queries, mut unread) = (Vec::new(), Vec::new());
    let mut is_too_many = false;
    let mut take = |question: Question, _bytes: u64| {
        match question.query {
            Ok(bytes) => queries.push(WatchQuery::of(question.line, bytes)),
            Err(cause) => unread.push(Unread { line: question.line, cause }),
        }
        is_too_many = queries.len() > QUERIES_MAX;
        !is_too_many
    };
    if path.extension().is_some_and(|of| of.eq_ignore_ascii_case("json")) {
        let query = files::read(path, QUERY_BYTES_MAX)?;
        let question = Question { line: 1, query: Ok(query) };
        take(question, 0);
    } else {
        questions::read(path, defaults, &mut take)?;
    }
    if is_too_many {
        let path = path.display();
        let message = format!("{path} has more than {QUERIES_MAX} queries: split it");
        return Err(Failure::new(message));
    }
    if queries.is_empty() && unread.is_empty() {
        return Err(Failure::new(format!("there is no query in {}", path.display())));
    }
    Ok((queries, unread))
}

impl WatchQuery {
    pub(super) fn of(line: usize, bytes: Vec<u8>) -> Self {
        let query = Query::parse(&bytes).ok();
        let request_id = query.and_then(|query| query.request_id).unwrap_or_default();
        let digest = Digest::of(&bytes);
        Self { line, request_id, bytes, digest }
    }
}
