//! The service: one method a call, each in a file of its own. What all of them have is here.

use std::sync::Arc;

use futures_util::stream::BoxStream;
use prost::Message;
use tonic::{Request, Response, Status, Streaming};

use crate::http::Held;
use crate::ledger::Ledger;
use crate::proto;
use crate::proto::ledger_server::Ledger as Service;
use crate::service::call::{Stopping, deadline, peer, within};
use crate::service::check::Judge;
use crate::service::failure::Failure;
use crate::service::gate::{Gate, Made};
use crate::service::watch::Published;

/// Answers calls out of one ledger. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Api {
    pub(super) ledger: Arc<Ledger>,
    pub(super) judge: Arc<Judge>,
    pub(super) gate: Gate,
    pub(super) stopping: Stopping,
    pub(super) published: Published,
    pub(super) witnessed: Published,
}

impl Api {
    /// Answers a call, if there is room for it and within its caller's time.
    async fn call<Q, A, F>(
        &self,
        request: Request<Q>,
        answer: impl FnOnce(Self, Q) -> F,
    ) -> Result<Response<A>, Status>
    where
        F: Future<Output = Result<Made<A>, Failure>>,
    {
        let place = self.gate.call(peer(&request))?;
        let deadline = deadline(&request);
        let answer = answer(self.clone(), request.into_inner());
        let Made { answer, room } = within(deadline, answer).await?;
        let mut response = Response::new(answer);
        // The call has its place until the peer has taken the answer, or given it up.
        response.extensions_mut().insert(Held::new([place].into_iter().chain(room)));
        Ok(response)
    }

    /// Answers a call that only reads, on a thread where it may wait for the disk.
    async fn read<Q: Send + 'static, A: Message + 'static>(
        &self,
        request: Request<Q>,
        answer: impl FnOnce(&Ledger, &Q) -> Result<A, Failure> + Send + 'static,
    ) -> Result<Response<A>, Status> {
        let peer = peer(&request);
        self.call(request, |api, request| async move {
            let (ledger, gate) = (Arc::clone(&api.ledger), api.gate.clone());
            let work = move || {
                let answer = answer(&ledger, &request)?;
                let bytes = answer.encoded_len();
                gate.answer(peer, answer, bytes)
            };
            api.gate.work(work).await?
        })
        .await
    }
}

#[tonic::async_trait]
impl Service for Api {
    type SubmitStreamStream = BoxStream<'static, Result<proto::SubmitResult, Status>>;
    type TryStreamStream = BoxStream<'static, Result<proto::TryResult, Status>>;
    type CheckStreamStream = BoxStream<'static, Result<proto::CheckResult, Status>>;
    type WatchStream = BoxStream<'static, Result<proto::WatchEvent, Status>>;
    type ListEntriesStream = BoxStream<'static, Result<proto::ListEntriesResponse, Status>>;

    async fn submit(
        &self,
        request: Request<proto::SubmitRequest>,
    ) -> Result<Response<proto::SubmitResponse>, Status> {
        let small = |answer| Made { answer, room: None };
        self.call(request, |api, request| async move { api.submit(request).await.map(small) }).await
    }

    async fn submit_stream(
        &self,
        request: Request<Streaming<proto::SubmitItem>>,
    ) -> Result<Response<Self::SubmitStreamStream>, Status> {
        Ok(Response::new(self.start_submit_stream(request)?))
    }

    async fn try_stream(
        &self,
        request: Request<Streaming<proto::SubmitItem>>,
    ) -> Result<Response<Self::TryStreamStream>, Status> {
        Ok(Response::new(self.start_try_stream(request)?))
    }

    async fn get_receipt(
        &self,
        request: Request<proto::GetReceiptRequest>,
    ) -> Result<Response<proto::GetReceiptResponse>, Status> {
        let (peer, deadline) = (peer(&request), deadline(&request));
        let place = self.gate.call(peer)?;
        let answer = self.receipt(request.into_inner(), peer, place);
        let (answer, place) = within(deadline, answer).await?;
        let mut response = Response::new(answer);
        response.extensions_mut().insert(Held::new([place]));
        Ok(response)
    }

    async fn check(
        &self,
        request: Request<proto::CheckRequest>,
    ) -> Result<Response<proto::CheckResponse>, Status> {
        let peer = peer(&request);
        self.call(request, |api, request| async move { api.check(request, peer).await }).await
    }

    async fn check_stream(
        &self,
        request: Request<Streaming<proto::CheckItem>>,
    ) -> Result<Response<Self::CheckStreamStream>, Status> {
        Ok(Response::new(self.start_check_stream(request)?))
    }

    async fn watch(
        &self,
        request: Request<Streaming<proto::WatchItem>>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        Ok(Response::new(self.start_watch(request)?))
    }

    async fn get_subject(
        &self,
        request: Request<proto::GetSubjectRequest>,
    ) -> Result<Response<proto::GetSubjectResponse>, Status> {
        self.read(request, super::subject::subject).await
    }

    async fn list_entries(
        &self,
        request: Request<proto::ListEntriesRequest>,
    ) -> Result<Response<Self::ListEntriesStream>, Status> {
        Ok(Response::new(self.start_list_entries(&request)?))
    }

    async fn get_checkpoint(
        &self,
        request: Request<proto::GetCheckpointRequest>,
    ) -> Result<Response<proto::GetCheckpointResponse>, Status> {
        self.read(request, |ledger, request| super::proofs::checkpoint(ledger, *request)).await
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<proto::GetInclusionProofRequest>,
    ) -> Result<Response<proto::GetInclusionProofResponse>, Status> {
        self.read(request, super::proofs::inclusion).await
    }

    async fn get_consistency_proof(
        &self,
        request: Request<proto::GetConsistencyProofRequest>,
    ) -> Result<Response<proto::GetConsistencyProofResponse>, Status> {
        self.read(request, super::proofs::consistency).await
    }

    async fn get_tile(
        &self,
        request: Request<proto::GetTileRequest>,
    ) -> Result<Response<proto::GetTileResponse>, Status> {
        self.read(request, super::files::tile).await
    }

    async fn get_handovers(
        &self,
        request: Request<proto::GetHandoversRequest>,
    ) -> Result<Response<proto::GetHandoversResponse>, Status> {
        self.read(request, |ledger, request| Ok(super::files::handovers(ledger, *request))).await
    }

    async fn get_genesis(
        &self,
        request: Request<proto::GetGenesisRequest>,
    ) -> Result<Response<proto::GetGenesisResponse>, Status> {
        self.read(request, |ledger, _request| Ok(super::files::genesis(ledger))).await
    }
}
