//! A server that lies.

use std::collections::VecDeque;
use std::sync::Mutex;

use futures_util::stream::{self, BoxStream, StreamExt as _};
use probant::client::{Client, ClientOptions};
use probant::genesis::Genesis;
use probant::proto;
use probant::proto::ledger_server::{Ledger as Service, LedgerServer};
use prost::bytes::Bytes;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, Streaming};

/// What a server gives out, whatever it shows. What is not there is not served.
#[derive(Debug, Default)]
pub(crate) struct Lies {
    /// For submissions, and whoever asks for one again, one after the other.
    pub(crate) receipts: VecDeque<proto::Receipt>,
    /// For every submission, once there are no receipts left.
    pub(crate) refused: Option<Status>,
    /// For every item of a stream, once there are no receipts left.
    pub(crate) refusal: Option<proto::Refusal>,
    /// For every query.
    pub(crate) check: Option<proto::CheckResponse>,
    /// For the queries of a stream, under these numbers.
    pub(crate) checks: Vec<(u64, proto::CheckResponse)>,
    /// For the envelopes of a trial, one after the other.
    pub(crate) forecasts: Vec<proto::TryResult>,
    /// For whoever watches.
    pub(crate) watch: Vec<proto::WatchEvent>,
    /// For every subject.
    pub(crate) subject: Option<proto::GetSubjectResponse>,
    /// For every checkpoint that is asked for.
    pub(crate) checkpoint: Option<String>,
    /// For every consistency proof.
    pub(crate) consistency: Option<proto::GetConsistencyProofResponse>,
    /// Behind those that are known.
    pub(crate) handovers: Vec<Bytes>,
}

#[derive(Debug)]
struct Liar {
    lies: Mutex<Lies>,
    genesis: Bytes,
}

impl Liar {
    fn lie<T>(&self, of: impl FnOnce(&mut Lies) -> Option<T>) -> Result<Response<T>, Status> {
        let lie = of(&mut self.lies.lock().unwrap());
        lie.map(Response::new).ok_or_else(unserved)
    }
}

fn unserved() -> Status {
    Status::unimplemented("not a part of this lie")
}

#[tonic::async_trait]
impl Service for Liar {
    type SubmitStreamStream = BoxStream<'static, Result<proto::SubmitResult, Status>>;
    type TryStreamStream = BoxStream<'static, Result<proto::TryResult, Status>>;
    type CheckStreamStream = BoxStream<'static, Result<proto::CheckResult, Status>>;
    type WatchStream = BoxStream<'static, Result<proto::WatchEvent, Status>>;
    type ListEntriesStream = BoxStream<'static, Result<proto::ListEntriesResponse, Status>>;

    async fn submit(
        &self,
        _request: Request<proto::SubmitRequest>,
    ) -> Result<Response<proto::SubmitResponse>, Status> {
        let receipt = self.lies.lock().unwrap().receipts.pop_front();
        match (receipt, self.lies.lock().unwrap().refused.clone()) {
            (None, Some(status)) => Err(status),
            (receipt, _) => Ok(Response::new(proto::SubmitResponse { receipt })),
        }
    }

    async fn submit_stream(
        &self,
        request: Request<Streaming<proto::SubmitItem>>,
    ) -> Result<Response<Self::SubmitStreamStream>, Status> {
        use proto::submit_result::Result as Answer;
        let lies = std::mem::take(&mut *self.lies.lock().unwrap());
        // In the order of the receipts, under numbers that begin with 7.
        let receipts = (7..).zip(lies.receipts).map(|(id, receipt)| (id, Answer::Receipt(receipt)));
        let refusal = lies.refusal.map(|refusal| (0, Answer::Refusal(refusal)));
        let results = receipts
            .chain(refusal)
            .map(|(id, result)| Ok(proto::SubmitResult { id, result: Some(result) }));
        let results: Vec<_> = results.collect();
        let mut items = request.into_inner();
        let answers = stream::once(async move { items.message().await })
            .flat_map(move |_first| stream::iter(results.clone()));
        Ok(Response::new(answers.boxed()))
    }

    async fn try_stream(
        &self,
        request: Request<Streaming<proto::SubmitItem>>,
    ) -> Result<Response<Self::TryStreamStream>, Status> {
        let results = std::mem::take(&mut self.lies.lock().unwrap().forecasts);
        let mut items = request.into_inner();
        let answers =
            stream::once(async move { while items.message().await.unwrap().is_some() {} })
                .flat_map(move |()| stream::iter(results.clone()).map(Ok));
        Ok(Response::new(answers.boxed()))
    }

    async fn get_receipt(
        &self,
        _request: Request<proto::GetReceiptRequest>,
    ) -> Result<Response<proto::GetReceiptResponse>, Status> {
        self.lie(|lies| {
            let receipt = lies.receipts.pop_front();
            receipt.map(|receipt| proto::GetReceiptResponse { receipt: Some(receipt) })
        })
    }

    async fn check(
        &self,
        _request: Request<proto::CheckRequest>,
    ) -> Result<Response<proto::CheckResponse>, Status> {
        self.lie(|lies| lies.check.clone())
    }

    async fn check_stream(
        &self,
        request: Request<Streaming<proto::CheckItem>>,
    ) -> Result<Response<Self::CheckStreamStream>, Status> {
        use proto::check_result::Result as Answer;
        let checks = std::mem::take(&mut self.lies.lock().unwrap().checks);
        let results = checks.into_iter().map(|(id, answer)| {
            Ok(proto::CheckResult { id, result: Some(Answer::Response(answer)) })
        });
        let results: Vec<_> = results.collect();
        let mut items = request.into_inner();
        let answers =
            stream::once(async move { while items.message().await.unwrap().is_some() {} })
                .flat_map(move |()| stream::iter(results.clone()));
        Ok(Response::new(answers.boxed()))
    }

    async fn watch(
        &self,
        _request: Request<Streaming<proto::WatchItem>>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let events = std::mem::take(&mut self.lies.lock().unwrap().watch);
        Ok(Response::new(stream::iter(events.into_iter().map(Ok)).boxed()))
    }

    async fn get_subject(
        &self,
        _request: Request<proto::GetSubjectRequest>,
    ) -> Result<Response<proto::GetSubjectResponse>, Status> {
        self.lie(|lies| lies.subject.clone())
    }

    async fn list_entries(
        &self,
        _request: Request<proto::ListEntriesRequest>,
    ) -> Result<Response<Self::ListEntriesStream>, Status> {
        Err(unserved())
    }

    async fn get_checkpoint(
        &self,
        _request: Request<proto::GetCheckpointRequest>,
    ) -> Result<Response<proto::GetCheckpointResponse>, Status> {
        self.lie(|lies| {
            let checkpoint = lies.checkpoint.clone()?;
            Some(proto::GetCheckpointResponse { checkpoint })
        })
    }

    async fn get_inclusion_proof(
        &self,
        _request: Request<proto::GetInclusionProofRequest>,
    ) -> Result<Response<proto::GetInclusionProofResponse>, Status> {
        Err(unserved())
    }

    async fn get_consistency_proof(
        &self,
        _request: Request<proto::GetConsistencyProofRequest>,
    ) -> Result<Response<proto::GetConsistencyProofResponse>, Status> {
        self.lie(|lies| lies.consistency.clone())
    }

    async fn get_tile(
        &self,
        _request: Request<proto::GetTileRequest>,
    ) -> Result<Response<proto::GetTileResponse>, Status> {
        Err(unserved())
    }

    async fn get_handovers(
        &self,
        request: Request<proto::GetHandoversRequest>,
    ) -> Result<Response<proto::GetHandoversResponse>, Status> {
        let known = usize::try_from(request.into_inner().known).unwrap();
        let handovers = self.lies.lock().unwrap().handovers.iter().skip(known).cloned().collect();
        Ok(Response::new(proto::GetHandoversResponse { handovers }))
    }

    async fn get_genesis(
        &self,
        _request: Request<proto::GetGenesisRequest>,
    ) -> Result<Response<proto::GetGenesisResponse>, Status> {
        Ok(Response::new(proto::GetGenesisResponse { document: self.genesis.clone() }))
    }
}

/// A client of a server that gives these out; it trusts in this genesis document.
pub(crate) async fn lied_to(genesis: &Genesis, lies: Lies) -> Client {
    lied_to_since(genesis, lies, None).await
}

/// The same, of a client that has seen this checkpoint before.
pub(crate) async fn lied_to_since(genesis: &Genesis, lies: Lies, seen: Option<String>) -> Client {
    let url = lie(genesis, lies).await;
    let options =
        ClientOptions { genesis: Some(genesis.clone()), seen, ..ClientOptions::default() };
    Client::connect(&url, options).await.unwrap()
}

/// Where a server gives these out.
pub(crate) async fn lie(genesis: &Genesis, lies: Lies) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let genesis = Bytes::copy_from_slice(genesis.bytes());
    let liar = Liar { lies: Mutex::new(lies), genesis };
    let server = tonic::transport::Server::builder().add_service(LedgerServer::new(liar));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    url
}
