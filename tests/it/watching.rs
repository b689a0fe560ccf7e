//! A client that watches worked cases.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use probant::client::{Client, ClientError, WatchStep, Watched, WatchedAnswer};
use probant::merkle::TreeSize;
use probant::policy::Gist;
use serde_json::Value;

use crate::case::{Question, policies};

/// Long enough for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// A watch under way.
pub(crate) struct Watching {
    steps: Pin<Box<dyn Stream<Item = Result<WatchStep, ClientError>> + Send>>,
}

/// The question as of whatever day it is.
pub(crate) fn open(question: Question) -> Value {
    let mut query = question.query;
    query.as_object_mut().unwrap().remove("legal_at");
    query
}

/// The queries, of somebody who was told everything up to `after`.
pub(crate) fn watched(queries: &[Value], after: TreeSize) -> Vec<Watched> {
    let queries = queries.iter();
    queries.map(|query| Watched { query: query.to_string().into(), after }).collect()
}

impl Watching {
    /// Watches these from the beginning.
    pub(crate) async fn start(client: &Client, queries: &[Value]) -> Self {
        Self::resume(client, queries, TreeSize::EMPTY).await
    }

    /// Watches these from where somebody left off.
    pub(crate) async fn resume(client: &Client, queries: &[Value], after: TreeSize) -> Self {
        Self::of(client, watched(queries, after)).await
    }

    pub(crate) async fn of(client: &Client, queries: Vec<Watched>) -> Self {
        let steps = client.watch(queries, Arc::new(policies())).await.unwrap();
        Self { steps: Box::pin(steps) }
    }

    /// The next step, or the error that ends the watch.
    pub(crate) async fn next(&mut self) -> Result<WatchStep, ClientError> {
        let step = tokio::time::timeout(PATIENCE, self.steps.next()).await;
        let Ok(Some(step)) = step else { panic!("nothing more is told") };
        step
    }

    /// All that is told until the client knows that it was told everything up to a size.
    pub(crate) async fn until(&mut self, size: TreeSize) -> Vec<WatchStep> {
        let mut steps = Vec::new();
        loop {
            match self.next().await.unwrap() {
                WatchStep::Progress(checkpoint) if checkpoint.size() >= size => return steps,
                WatchStep::Progress(_) => {}
                step => steps.push(step),
            }
        }
    }

    /// The same, of which every step is an answer: in the order of the queries.
    pub(crate) async fn answers(&mut self, size: TreeSize) -> Vec<WatchedAnswer> {
        let steps = self.until(size).await.into_iter();
        let mut answers: Vec<WatchedAnswer> = steps
            .map(|step| match step {
                WatchStep::Answer(answer) => *answer,
                step => panic!("{step:?}"),
            })
            .collect();
        answers.sort_by_key(|answer| answer.position);
        answers
    }

    /// The same, of which there is one.
    pub(crate) async fn answer(&mut self, size: TreeSize) -> WatchedAnswer {
        let mut answers = self.answers(size).await;
        assert_eq!(answers.len(), 1, "{answers:#?}");
        answers.pop().unwrap()
    }
}

/// What speaks against the product.
pub(crate) fn against(answer: &WatchedAnswer) -> Vec<String> {
    Gist::of(answer.verdict.body()).against().collect()
}

/// The kinds of the records that came in.
pub(crate) fn kinds(answer: &WatchedAnswer) -> Vec<&'static str> {
    let statements = answer.records().filter_map(|record| record.statement());
    statements.map(|of| of.kind().name()).collect()
}
