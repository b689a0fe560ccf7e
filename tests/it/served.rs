//! The worked case of the plush toy in a ledger of its own, served.

use std::sync::Arc;

use probant::client::Client;
use probant::key::Signer;
use probant::ledger::{SetClock, Verifier};
use probant::service::ServeOptions;
use probant::storage::{MemoryStorage, Storage};

use crate::case::{ledger_of, policies};
use crate::serving::Serving;
use crate::verdict_plush_toy::world;
use crate::world::{VERIFIER, World, key};

/// The day of the question, at whose seal it is asked.
pub(crate) const TODAY: &str = "2026-11-23T00:00:00Z";

/// The worked case in a ledger of its own, served with or without a verifier.
pub(crate) struct Case {
    pub(crate) world: World,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) serving: Serving,
}

impl Case {
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
        let world = world();
        let clock = Arc::new(SetClock::new("2026-01-05T00:00:00Z".parse().unwrap()));
        let ledger = ledger_of(&world, storage, &clock);
        clock.set(TODAY.parse().unwrap());
        ledger.seal().unwrap();
        let verifier = signer.map(|signer| Verifier::new(VERIFIER.parse().unwrap(), signer));
        let options = ServeOptions { policies: policies(), verifier };
        Self { world, clock, serving: Serving::start(ledger, options).await }
    }

    pub(crate) async fn client(&self) -> Client {
        self.serving.connect(&self.world.genesis).await
    }
}
