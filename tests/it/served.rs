//! Worked cases in ledgers of their own, served.

use std::sync::Arc;

use probant::client::Client;
use probant::envelope::Envelope;
use probant::key::Signer;
use probant::ledger::{Ledger, Options, SetClock, Verifier};
use probant::merkle::TreeSize;
use probant::record::Record;
use probant::service::ServeOptions;
use probant::storage::{MemoryStorage, Storage};

use crate::case::{ledger_of, policies};
use crate::serving::Serving;
use crate::verdict_plush_toy as toy;
use crate::world::{Draft, VERIFIER, World, key};

/// The day of the question, at whose seal it is asked.
pub(crate) const TODAY: &str = "2026-11-23T00:00:00Z";

/// A worked case, served with or without a verifier.
pub(crate) struct Case {
    pub(crate) world: World,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) serving: Serving,
    storage: Arc<dyn Storage>,
}

impl Case {
    /// The plush toy.
    pub(crate) async fn start(has_verifier: bool) -> Self {
        let signer = Arc::new(key(VERIFIER)) as Arc<dyn Signer>;
        Self::start_on(Arc::new(MemoryStorage::default()), Some(signer).filter(|_| has_verifier))
            .await
    }

    /// The same in this storage, with verdicts signed by this signer.
    pub(crate) async fn start_on(
        storage: Arc<dyn Storage>,
        signer: Option<Arc<dyn Signer>>,
    ) -> Self {
        Self::start_with(storage, signer, ServeOptions::default()).await
    }

    /// The same, and served like that.
    pub(crate) async fn start_with(
        storage: Arc<dyn Storage>,
        signer: Option<Arc<dyn Signer>>,
        options: ServeOptions,
    ) -> Self {
        let verifier = signer.map(|signer| Verifier::new(VERIFIER.parse().unwrap(), signer));
        Self::serve(toy::world(), TODAY, storage, ServeOptions { verifier, ..options }).await
    }

    /// What stands in a world, served on a day, without a verifier.
    pub(crate) async fn of(world: World, today: &str) -> Self {
        Self::serve(world, today, Arc::new(MemoryStorage::default()), ServeOptions::default()).await
    }

    async fn serve(
        world: World,
        today: &str,
        storage: Arc<dyn Storage>,
        options: ServeOptions,
    ) -> Self {
        let clock = Arc::new(SetClock::new("2024-01-05T00:00:00Z".parse().unwrap()));
        let ledger = ledger_of(&world, Arc::clone(&storage), &clock);
        clock.set(today.parse().unwrap());
        ledger.seal().unwrap();
        let options = ServeOptions { policies: policies(), ..options };
        let serving = Serving::start(ledger, options).await;
        let mut case = Self { world, clock, serving, storage };
        case.world.at(today);
        case
    }

    pub(crate) async fn client(&self) -> Client {
        self.serving.connect(&self.world.genesis).await
    }

    /// Time goes on to here, and a seal says so: the size of the log behind it.
    pub(crate) fn at(&mut self, time: &str) -> TreeSize {
        self.world.at(time);
        self.clock.set(time.parse().unwrap());
        self.serving.ledger.seal().unwrap()
    }

    /// Records a statement: as it is in the world.
    pub(crate) fn add(&mut self, draft: Draft) -> Arc<Record> {
        let envelope = self.world.envelope(draft);
        submit(&self.serving.ledger, envelope.clone());
        self.world.offer_envelope(envelope).unwrap()
    }

    /// How large the log is.
    pub(crate) fn size(&self) -> TreeSize {
        self.serving.ledger.size()
    }

    /// Stops the server, and starts another one on the same store.
    pub(crate) async fn restart(self) -> Self {
        let Self { world, clock, serving, storage } = self;
        let ledger = serving.stop().await;
        drop(ledger);
        let log = Arc::new(key("log"));
        let ledger = Ledger::open(Arc::clone(&storage), clock.clone(), log, options()).unwrap();
        let options = ServeOptions { policies: policies(), ..ServeOptions::default() };
        let serving = Serving::start(ledger, options).await;
        Self { world, clock, serving, storage }
    }
}

fn options() -> Options {
    Options { heartbeat: None, policies: policies(), ..Options::default() }
}

fn submit(ledger: &Ledger, envelope: Envelope) {
    ledger.submit_wait(ledger.door().check(envelope).unwrap()).unwrap();
}
