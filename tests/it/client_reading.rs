//! What a client reads from servers that lie: histories with something missing, and logs that go
//! back.

use probant::client::{ClientError, VerifiedSubject};
use probant::identifier::{Class, SubjectUri};
use probant::merkle::TreeSize;
use probant::note::VerifiedCheckpoint;
use probant::proto;
use prost::bytes::Bytes;

use crate::ledger_fixture::{MODEL, World};
use crate::liar::{Lies, lied_to, lied_to_since};
use crate::serving::{Serving, block_on};

/// Another model, on which there is nothing.
const OTHER: &str = "https://id.gs1.org/01/09521000200029";

/// A ledger with three declarations on one model, and what it says of subjects.
struct Scene {
    world: World,
    serving: Serving,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        Self { world, serving }
    }

    async fn declare(&self, number: usize) -> VerifiedCheckpoint {
        let client = self.serving.client(&self.world).await;
        client.submit(&self.world.declaration(number)).await.unwrap().checkpoint().clone()
    }

    async fn subject(&self, uri: &str, size: u64) -> proto::GetSubjectResponse {
        let request = proto::GetSubjectRequest {
            uri: uri.to_owned(),
            class: 0,
            tree_size: size,
            witnessed: false,
        };
        self.serving.raw().await.get_subject(request).await.unwrap().into_inner()
    }

    /// What a client that has seen nothing makes of an answer about a subject.
    async fn read(
        &self,
        uri: &str,
        answer: &proto::GetSubjectResponse,
    ) -> Result<VerifiedSubject, ClientError> {
        let lies = Lies { subject: Some(answer.clone()), ..Lies::default() };
        let client = lied_to(&self.world.genesis, lies).await;
        client.subject(&uri.parse::<SubjectUri>().unwrap(), Class::All, None).await
    }
}

#[test]
fn a_history_is_taken_whole_or_not_at_all() {
    block_on(async {
        let scene = Scene::new().await;
        for number in 0..3 {
            let _checkpoint = scene.declare(number).await;
        }
        let honest = scene.subject(MODEL, 0).await;
        assert_eq!(scene.read(MODEL, &honest).await.unwrap().entries().len(), 3);
        let absent = scene.subject(OTHER, 0).await;
        assert!(scene.read(OTHER, &absent).await.unwrap().entries().is_empty());

        let check = async |what: &str, change: &dyn Fn(&mut proto::GetSubjectResponse)| {
            let mut lie = honest.clone();
            change(&mut lie);
            assert_ne!(lie, honest, "{what}");
            assert!(scene.read(MODEL, &lie).await.is_err(), "{what} was taken");
        };
        check("the first left out", &|it| drop(it.entries.remove(0))).await;
        check("the last left out", &|it| drop(it.entries.pop())).await;
        check("all left out", &|it| it.entries.clear()).await;
        check("all left out, with the proof of nothing", &|it| {
            it.entries.clear();
            it.map_proof = absent.map_proof.clone();
        })
        .await;
        check("two in each other's place", &|it| it.entries.swap(0, 1)).await;
        check("one twice", &|it| it.entries.push(it.entries[2].clone())).await;
        check("another index", &|it| it.entries[0].index += 1).await;
        check("no place in the log", &|it| it.entries[0].inclusion.clear()).await;
        check("another's record", &|it| it.entries[0].record = it.entries[1].record.clone()).await;
        check("a record cut short", &|it| {
            let record = it.entries[0].record.clone();
            it.entries[0].record = record.slice(..record.len() - 1);
        })
        .await;
        check("an entry for a seal", &|it| {
            it.seal = it.entries[2].entry.clone();
            it.seal_inclusion = it.entries[2].inclusion.clone();
        })
        .await;
        check("no proof of the seal", &|it| it.seal_inclusion.clear()).await;
        check("no map proof", &|it| it.map_proof = Bytes::new()).await;
        check("no checkpoint", &|it| it.checkpoint.clear()).await;
        // What is of this subject is not of another one.
        assert!(scene.read(OTHER, &honest).await.is_err());
        let invented = proto::GetSubjectResponse { entries: honest.entries.clone(), ..absent };
        assert!(scene.read(OTHER, &invented).await.is_err());
        scene.serving.stop().await;
    });
}

#[test]
fn an_older_state_is_not_taken_for_the_newest() {
    block_on(async {
        let scene = Scene::new().await;
        let old = scene.declare(0).await;
        let before = scene.subject(MODEL, old.size().get()).await;
        let new = scene.declare(1).await;
        let (old_size, new_size) = (old.size().get(), new.size().get());
        let request = proto::GetConsistencyProofRequest { old_size, new_size };
        let consistency = scene.serving.raw().await.get_consistency_proof(request).await;
        let consistency = consistency.unwrap().into_inner();
        // All that it says is true, and was.
        let lies = Lies {
            checkpoint: Some(old.note().to_string()),
            subject: Some(before),
            consistency: Some(consistency.clone()),
            ..Lies::default()
        };
        let (genesis, seen) = (&scene.world.genesis, Some(new.note().to_string()));
        let client = lied_to_since(genesis, lies, seen).await;
        let error = client.checkpoint(None).await.unwrap_err();
        let ClientError::WentBack { seen, found } = &error else { panic!("{error:?}") };
        assert_eq!((&**seen, &**found), (new.note(), old.note()));
        let uri: SubjectUri = MODEL.parse().unwrap();
        let error = client.subject(&uri, Class::All, None).await.unwrap_err();
        assert!(matches!(error, ClientError::WentBack { .. }), "{error:?}");
        // Whoever asks for what was gets it.
        assert_eq!(client.checkpoint(Some(old.size())).await.unwrap(), old);
        let subject = client.subject(&uri, Class::All, Some(old.size())).await.unwrap();
        assert_eq!(subject.entries().len(), 1);
        assert_eq!(client.seen().await.unwrap(), new);

        // Nor is another state taken for the one that was asked for.
        let expect_size = |error: ClientError, expected: TreeSize| {
            let is_size =
                matches!(error, ClientError::Size { expected: size, .. } if size == expected);
            assert!(is_size, "{error:?}");
        };
        expect_size(client.checkpoint(Some(new.size())).await.unwrap_err(), new.size());
        let same = proto::GetConsistencyProofResponse {
            hashes: Vec::new(),
            old_checkpoint: consistency.new_checkpoint.clone(),
            new_checkpoint: consistency.new_checkpoint,
        };
        let lies = Lies { consistency: Some(same), ..Lies::default() };
        let client = lied_to(genesis, lies).await;
        expect_size(client.consistency(old.size(), None).await.unwrap_err(), old.size());
        scene.serving.stop().await;
    });
}
