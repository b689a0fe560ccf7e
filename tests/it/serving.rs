//! A server in this process, on a port of its own, and a storage that can be held up, watched and
//! broken.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use probant::client::{Client, ClientOptions};
use probant::genesis::Genesis;
use probant::ledger::Ledger;
use probant::proto;
use probant::proto::ledger_client::LedgerClient;
use probant::service::{ServeError, ServeOptions, run};
use probant::storage::{
    Batch, CommitError, Epoch, Head, MemoryStorage, Pair, Storage, StorageError, Table,
};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::Channel;

use crate::ledger_fixture::World;

/// A server that runs, and what is needed to end it.
pub(crate) struct Serving {
    pub(crate) url: String,
    pub(crate) ledger: Arc<Ledger>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Serving {
    pub(crate) async fn start(ledger: Ledger, options: ServeOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let ledger = Arc::new(ledger);
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move {
            stopped.await.unwrap();
        };
        let task = tokio::spawn(run(listener, Arc::clone(&ledger), options, shutdown));
        Self { url, ledger, stop: Some(stop), task }
    }

    /// A new ledger in memory, with the manufacturer registered.
    pub(crate) async fn begin(world: &World) -> Self {
        let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
        world.begin(&ledger);
        Self::start(ledger, ServeOptions::default()).await
    }

    pub(crate) async fn client(&self, world: &World) -> Client {
        self.connect(&world.genesis).await
    }

    pub(crate) async fn connect(&self, genesis: &Genesis) -> Client {
        let genesis = Some(genesis.clone());
        let options = ClientOptions { genesis, ..ClientOptions::default() };
        Client::connect(&self.url, options).await.unwrap()
    }

    /// A client that checks and repeats nothing.
    pub(crate) async fn raw(&self) -> LedgerClient<Channel> {
        LedgerClient::new(self.channel().await)
    }

    pub(crate) async fn channel(&self) -> Channel {
        Channel::from_shared(self.url.clone()).unwrap().connect().await.unwrap()
    }

    /// Tells the server to end.
    pub(crate) fn tell_to_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits until the server has ended, and gives what it has written.
    pub(crate) async fn ended(self) -> Arc<Ledger> {
        self.task.await.unwrap().unwrap();
        self.ledger
    }

    pub(crate) async fn stop(mut self) -> Arc<Ledger> {
        self.tell_to_stop();
        self.ended().await
    }
}

/// A storage whose commits wait while it is held, and that can lose its payloads.
#[derive(Debug, Default)]
pub(crate) struct HeldStorage {
    inner: MemoryStorage,
    row_scans: AtomicUsize,
    has_lost_payloads: AtomicBool,
    is_held: Mutex<bool>,
    released: Condvar,
}

/// Holds a storage until it is dropped: also by a test that fails, which would wait for ever else.
pub(crate) struct Hold(Arc<HeldStorage>);

impl Drop for Hold {
    fn drop(&mut self) {
        *self.0.is_held.lock().unwrap() = false;
        self.0.released.notify_all();
    }
}

impl HeldStorage {
    pub(crate) fn hold(self: &Arc<Self>) -> Hold {
        *self.is_held.lock().unwrap() = true;
        Hold(Arc::clone(self))
    }

    /// How often rows of the subject map were scanned.
    pub(crate) fn row_scans(&self) -> usize {
        self.row_scans.load(Ordering::SeqCst)
    }

    /// From here on payloads can't be read.
    pub(crate) fn lose_payloads(&self) {
        self.has_lost_payloads.store(true, Ordering::SeqCst);
    }

    fn look(&self, table: Table) -> Result<(), StorageError> {
        let is_lost = table == Table::Payloads && self.has_lost_payloads.load(Ordering::SeqCst);
        if is_lost { Err(StorageError::Engine(SECRET.into())) } else { Ok(()) }
    }
}

/// What a storage says that only the operator may know.
pub(crate) const SECRET: &str = "sector 7 of /srv/store";

impl Storage for HeldStorage {
    fn claim(&self) -> Result<(Epoch, Option<Head>), StorageError> {
        self.inner.claim()
    }

    fn commit(
        &self,
        epoch: Epoch,
        prev: Option<&Head>,
        next: &Head,
        batch: &Batch,
    ) -> Result<(), CommitError> {
        let held = self.is_held.lock().unwrap();
        drop(self.released.wait_while(held, |is_held| *is_held).unwrap());
        self.inner.commit(epoch, prev, next, batch)
    }

    fn head(&self) -> Result<Option<Head>, StorageError> {
        self.inner.head()
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.look(table)?;
        self.inner.get(table, key)
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StorageError> {
        self.look(table)?;
        let is_row_scan = usize::from(table == Table::Rows);
        self.row_scans.fetch_add(is_row_scan, Ordering::SeqCst);
        self.inner.scan(table, from, until, limit)
    }

    fn last_at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Pair>, StorageError> {
        self.look(table)?;
        self.inner.last_at_or_before(table, key)
    }
}

/// The message of an envelope.
pub(crate) fn message(envelope: &probant::envelope::Envelope) -> proto::Envelope {
    let signatures = envelope.signatures().iter().map(|(key, signature)| proto::Signature {
        keyid: key.to_string(),
        sig: signature.as_bytes().to_vec().into(),
    });
    proto::Envelope {
        payload: envelope.payload().to_vec().into(),
        payload_type: envelope.payload_type().to_owned(),
        signatures: signatures.collect(),
    }
}

/// Runs a test on a runtime with two threads.
pub(crate) fn block_on<F: Future>(test: F) -> F::Output {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap().block_on(test)
}
