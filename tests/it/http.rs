//! The files of a log over HTTP: the tree that an export writes, with what caches need to know.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::read::GzDecoder;
use http::{Method, StatusCode};
use probant::audit::{LogSource, SourceError};
use probant::entry::{Payload, PayloadBundle};
use probant::export::{DirSource, MirrorOptions, mirror};
use probant::http::{ReadOptions, Tokens};
use probant::key::PrivateKey;
use probant::ledger::{Access, Ledger, View};
use probant::merkle::{TileId, TileKind};
use probant::storage::MemoryStorage;

use crate::http_serving::HttpServing;
use crate::ledger_fixture::{MODEL, World, check, submit};
use crate::serving::{HeldStorage, SECRET, block_on};

/// The files of a view as anybody may have them.
struct Public(View);

impl LogSource for Public {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(self.0.file(path.parse().unwrap(), Access::Public).unwrap())
    }

    fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError> {
        Ok(None)
    }
}

/// An export, all of whose higher tiles are computed from the leaves, held to the checkpoint.
fn export(world: &World, ledger: &Ledger, dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut source = Public(ledger.view(None).unwrap());
    let options = MirrorOptions { has_to_refresh_payloads: true, ..MirrorOptions::default() };
    mirror(&mut source, dir, &world.genesis, options, &mut |_| {}).unwrap();
    let mut copy = DirSource::new(dir);
    let paths = copy.list().unwrap().unwrap();
    paths.into_iter().map(|path| (path.clone(), copy.read(&path).unwrap().unwrap())).collect()
}

/// A ledger in memory, with the manufacturer registered.
fn begin(world: &World) -> Ledger {
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    ledger
}

/// Submits declarations all at once, so that they come under few seals.
pub(crate) fn declare(world: &World, ledger: &Ledger, numbers: std::ops::Range<usize>) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let many = numbers.clone().map(|number| {
        let sender = sender.clone();
        let submission = check(ledger, world.declaration_on(MODEL, number));
        let reply: probant::ledger::ReplyFn =
            Box::new(move |outcome| sender.send(outcome.is_ok()).unwrap());
        (submission, reply)
    });
    ledger.submit_many(many.collect());
    assert!(receiver.iter().take(numbers.len()).all(|is_recorded| is_recorded));
}

#[test]
fn it_is_the_tree_that_an_export_writes_byte_for_byte() {
    block_on(async {
        let world = World::new();
        let serving = HttpServing::start(begin(&world)).await;
        let ledger = &serving.ledger;
        let mut kept: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for round in 0..5 {
            match round {
                0 => {}
                1 => declare(&world, ledger, 0..251),
                2 => {
                    submit(ledger, world.grant_of("platform")).unwrap();
                    submit(ledger, world.listing("L-1")).unwrap();
                    declare(&world, ledger, 251..300);
                }
                3 => {
                    submit(ledger, world.erasure(260)).unwrap();
                    let next = PrivateKey::from_seed([7; 32]);
                    submit(ledger, world.announcement(&next)).unwrap();
                    ledger.hand_over(Arc::new(next)).unwrap();
                }
                _ => declare(&world, ledger, 300..520),
            }
            let dir = tempfile::tempdir().unwrap();
            let files = export(&world, ledger, dir.path());
            for (path, expected) in &files {
                let reply = serving.get(path).await;
                assert_eq!(reply.status, StatusCode::OK, "{path}");
                assert!(reply.body == *expected, "{path} differs in round {round}");
                let most = ledger.view(None).unwrap().file_bytes_max(path.parse().unwrap());
                assert!(most.unwrap().unwrap() >= expected.len(), "{path}");
                let length = reply.header("content-length").map(str::to_owned);
                assert_eq!(length, Some(expected.len().to_string()), "{path}");
            }
            // Whoever began to copy an earlier tree can go on.
            for (path, expected) in &kept {
                assert!(serving.get(path).await.body == *expected, "{path} in round {round}");
            }
            let is_for_good = |path: &str| path != "checkpoint" && !path.starts_with("payload");
            kept.extend(files.into_iter().filter(|(path, _)| is_for_good(path)));
        }
        for start in ["tile/0/001", "tile/1/000.p/2", "tile/entries/002.p/", "handover/1"] {
            let was_there = kept.keys().any(|path| path.starts_with(start));
            assert!(was_there, "{start} was not looked at: {:?}", kept.keys());
        }
        serving.stop().await;
    });
}

#[test]
fn every_width_is_the_beginning_of_the_tile_and_none_is_more_than_there_is() {
    block_on(async {
        let world = World::new();
        let ledger = begin(&world);
        declare(&world, &ledger, 0..262);
        let serving = HttpServing::start(ledger).await;
        let size = serving.ledger.size();
        let kinds = [TileKind::Hashes(0), TileKind::Entries, TileKind::Payloads];
        for (kind, index) in kinds.into_iter().flat_map(|kind| [(kind, 0), (kind, 1)]) {
            let widest = kind.in_tree(index, size).unwrap();
            let whole = serving.get(&widest.to_string()).await.body;
            let mut before = 0;
            for width in [1, 2, 5, widest.width() - 1, widest.width(), 255] {
                let id = TileId::new(kind, index, width).unwrap();
                let reply = serving.get(&id.to_string()).await;
                if width > widest.width() {
                    assert_eq!(reply.status, StatusCode::NOT_FOUND, "{id}");
                    continue;
                }
                assert_eq!(reply.status, StatusCode::OK, "{id}");
                assert!(whole.starts_with(&reply.body) && reply.body.len() > before, "{id}");
                before = reply.body.len();
                if kind == TileKind::Hashes(0) {
                    assert_eq!(reply.body.len(), 32 * usize::from(width));
                }
                if width == widest.width() {
                    break;
                }
            }
        }
        serving.stop().await;
    });
}

#[test]
fn each_kind_says_what_it_is_and_how_long_it_may_be_kept() {
    block_on(async {
        let world = World::new();
        let ledger = begin(&world);
        let next = PrivateKey::from_seed([7; 32]);
        submit(&ledger, world.announcement(&next)).unwrap();
        ledger.hand_over(Arc::new(next)).unwrap();
        let serving = HttpServing::start(ledger).await;
        let (text, bytes) = ("text/plain; charset=utf-8", "application/octet-stream");
        let immutable = "public, max-age=31536000, immutable";
        for (path, content_type, cache) in [
            ("checkpoint", text, "no-cache"),
            ("genesis", text, immutable),
            ("handover/1", bytes, immutable),
            ("tile/0/000.p/3", bytes, immutable),
            ("tile/entries/000.p/3", bytes, immutable),
            ("payload/000.p/3", bytes, "public, no-cache"),
        ] {
            let got = serving.get(path).await;
            assert_eq!(got.status, StatusCode::OK, "{path}");
            assert_eq!(got.header("content-type"), Some(content_type), "{path}");
            assert_eq!(got.header("cache-control"), Some(cache), "{path}");
            let tag = got.header("etag").unwrap();
            assert!(tag.starts_with('"') && tag.len() == 34, "{path}: {tag}");
            // The same head, and nothing else.
            let head = serving.ask(Method::HEAD, path, &[]).await;
            assert_eq!((head.status, &head.body), (StatusCode::OK, &Vec::new()), "{path}");
            for name in ["content-type", "content-length", "cache-control", "etag", "vary"] {
                assert_eq!(head.header(name), got.header(name), "{path}: {name}");
            }
            for known in [tag, "*", &format!("\"x\", W/{tag}")] {
                let same = serving.ask(Method::GET, path, &[("if-none-match", known)]).await;
                assert_eq!(same.status, StatusCode::NOT_MODIFIED, "{path}: {known}");
                assert_eq!((same.header("etag"), same.body.len()), (Some(tag), 0), "{path}");
                assert_eq!(same.header("cache-control"), Some(cache), "{path}");
            }
            let other = serving.ask(Method::GET, path, &[("if-none-match", "\"x\"")]).await;
            assert_eq!((other.status, &other.body), (StatusCode::OK, &got.body), "{path}");
        }
        // Another checkpoint has another tag.
        let before = serving.get("checkpoint").await;
        serving.ledger.seal().unwrap();
        let known = [("if-none-match", before.header("etag").unwrap())];
        let after = serving.ask(Method::GET, "checkpoint", &known).await;
        assert_eq!(after.status, StatusCode::OK);
        assert_ne!(after.body, before.body);
        serving.stop().await;
    });
}

#[test]
fn what_gets_smaller_is_compressed_for_who_asks_for_it() {
    block_on(async {
        let world = World::new();
        let ledger = begin(&world);
        declare(&world, &ledger, 0..20);
        let serving = HttpServing::start(ledger).await;
        let gzip = [("accept-encoding", "gzip")];
        for (path, is_smaller) in [
            ("tile/entries/000.p/20", true),
            ("payload/000.p/20", true),
            ("tile/0/000.p/20", false),
            ("checkpoint", false),
        ] {
            let plain = serving.get(path).await;
            assert_eq!(plain.header("content-encoding"), None, "{path}");
            let packed = serving.ask(Method::GET, path, &gzip).await;
            let is_packed = packed.header("content-encoding") == Some("gzip");
            assert_eq!(is_packed, is_smaller, "{path}");
            if !is_packed {
                assert_eq!(packed.body, plain.body, "{path}");
                continue;
            }
            assert!(packed.body.len() < plain.body.len(), "{path}");
            let mut unpacked = Vec::new();
            GzDecoder::new(&*packed.body).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, plain.body, "{path}");
            for reply in [&plain, &packed] {
                assert_eq!(reply.header("vary"), Some("accept-encoding"), "{path}");
            }
            // Other bytes, so not the same strong tag; but whoever has them has the file.
            let (tag, weak) = (plain.header("etag").unwrap(), packed.header("etag").unwrap());
            assert_eq!(weak, format!("W/{tag}"), "{path}");
            let known = [gzip[0], ("if-none-match", weak)];
            let same = serving.ask(Method::GET, path, &known).await;
            assert_eq!(same.status, StatusCode::NOT_MODIFIED, "{path}");
        }
        serving.stop().await;
    });
}

#[test]
fn a_page_of_any_origin_may_read() {
    block_on(async {
        let world = World::new();
        let serving = HttpServing::start(begin(&world)).await;
        let origin = ("origin", "https://reader.example");
        let got = serving.ask(Method::GET, "checkpoint", &[origin]).await;
        assert_eq!(got.header("access-control-allow-origin"), Some("*"));
        assert!(got.header("access-control-expose-headers").unwrap().contains("etag"));
        let asked = [
            origin,
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "if-none-match"),
        ];
        let allowed = serving.ask(Method::OPTIONS, "tile/0/000", &asked).await;
        assert_eq!(allowed.status, StatusCode::OK);
        assert_eq!(allowed.header("access-control-allow-methods"), Some("GET,HEAD"));
        // An error is one that the page can read too.
        let missing = serving.ask(Method::GET, "tile/0/009", &[origin]).await;
        assert_eq!(missing.header("access-control-allow-origin"), Some("*"));
        serving.stop().await;
    });
}

#[test]
fn what_is_not_there_is_told_from_what_can_not_be() {
    block_on(async {
        let world = World::new();
        let serving = HttpServing::start(begin(&world)).await;
        let is = async |path: &str, status: u16, words: &str| {
            let reply = serving.get(path).await;
            assert_eq!(reply.status.as_u16(), status, "{path}: {}", reply.text());
            assert!(reply.text().contains(words), "{path}: {}", reply.text());
            assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
            // It may be there soon.
            assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
        };
        for path in ["tile/0/000", "tile/0/000.p/99", "tile/3/000.p/1", "payload/001", "handover/1"]
        {
            is(path, 404, "is not in the log, or not yet").await;
        }
        for path in ["", "index.html", "tile", "checkpoint/", "/checkpoint", "store", "log.pem"] {
            is(path, 404, "is no file of a log").await;
        }
        for path in [
            "tile/0/0",
            "tile/0/x000/001",
            "tile/00/000",
            "tile/64/000",
            "tile/0/000.p/256",
            "tile/0/000.p/0",
            "tile/0/000.p/05",
            "tile/0/%30%30%30",
            "tile/entries/../../log.pem",
            "tile/data/000",
            "payload/",
        ] {
            is(path, 400, "is not a tile: expected").await;
        }
        is("handover/01", 400, "is no handover: expected").await;
        // The query is no part of the name.
        assert_eq!(serving.get("checkpoint?x=1").await.status, StatusCode::OK);
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let reply = serving.ask(method, "checkpoint", &[]).await;
            assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(reply.header("allow"), Some("GET,HEAD"));
        }
        serving.stop().await;
    });
}

#[test]
fn payloads_that_are_not_public_are_withheld_and_erased_ones_are_gone() {
    block_on(async {
        let world = World::new();
        let ledger = begin(&world);
        submit(&ledger, world.grant_of("platform")).unwrap();
        let listed = submit(&ledger, world.listing("L-1")).unwrap().index;
        let declared = submit(&ledger, world.declaration(1)).unwrap().index;
        let serving = HttpServing::start(ledger).await;
        let payloads = async || {
            let id = TileKind::Payloads.in_tree(0, serving.ledger.size()).unwrap();
            let id = TileId::new(TileKind::Payloads, 0, id.width()).unwrap();
            (serving.get(&id.to_string()).await, usize::from(id.width()))
        };
        let (reply, width) = payloads().await;
        let bundle = PayloadBundle::decode(&reply.body, width).unwrap();
        assert_eq!(bundle[listed.get() as usize], Payload::Withheld);
        assert!(matches!(bundle[declared.get() as usize], Payload::Bytes(_)));
        // A cache that asks again after the erasure does not keep it.
        let path = format!("payload/000.p/{width}");
        submit(&serving.ledger, world.erasure(1)).unwrap();
        let known = [("if-none-match", reply.header("etag").unwrap())];
        let after = serving.ask(Method::GET, &path, &known).await;
        assert_eq!(after.status, StatusCode::OK);
        let bundle = PayloadBundle::decode(&after.body, width).unwrap();
        assert_eq!(bundle[declared.get() as usize], Payload::Absent);
        serving.stop().await;
    });
}

#[test]
fn who_has_a_token_is_given_what_is_withheld_and_caches_know() {
    const TOKEN: &str = "an-auditor-0123456789abcdef0123456789";
    block_on(async {
        let world = World::new();
        let ledger = begin(&world);
        submit(&ledger, world.grant_of("platform")).unwrap();
        let envelope = world.listing("L-1");
        let record = envelope.encode();
        let listed = submit(&ledger, envelope).unwrap().index.get();
        let tokens = Tokens::parse(TOKEN).unwrap();
        let options = ReadOptions { tokens, ..ReadOptions::default() };
        let serving = HttpServing::start_with(ledger, options).await;
        let width = listed + 1;
        let path = format!("payload/000.p/{width}");
        let right = ("authorization", &*format!("Bearer {TOKEN}"));
        for (headers, expected, cache) in [
            (&[][..], Payload::Withheld, "public, no-cache"),
            (&[right], Payload::Bytes(&record), "private, no-cache"),
        ] {
            let reply = serving.ask(Method::GET, &path, headers).await;
            let bundle = PayloadBundle::decode(&reply.body, width as usize).unwrap();
            assert_eq!(bundle[listed as usize], expected);
            assert_eq!(reply.header("cache-control"), Some(cache));
            let vary: Vec<_> = reply.headers.get_all("vary").iter().collect();
            assert!(vary.iter().any(|value| *value == "authorization"), "{vary:?}");
            // What one of them has is not what the other gets.
            let known = [headers, &[("if-none-match", reply.header("etag").unwrap())]].concat();
            let same = serving.ask(Method::GET, &path, &known).await;
            assert_eq!(same.status, StatusCode::NOT_MODIFIED);
        }
        // Nothing else depends on who asks, and may be kept for all.
        let tile = serving.ask(Method::GET, "tile/entries/000.p/2", &[right]).await;
        assert_eq!(tile.header("cache-control"), Some("public, max-age=31536000, immutable"));
        for wrong in [format!("Bearer {TOKEN}x"), format!("Basic {TOKEN}"), TOKEN.to_owned()] {
            for path in [&path, "checkpoint", "nothing"] {
                let reply = serving.ask(Method::GET, path, &[("authorization", &wrong)]).await;
                assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{path}");
                assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
                assert!(!reply.text().contains(TOKEN));
            }
        }
        serving.stop().await;
    });
}

#[test]
fn answers_that_nobody_takes_have_a_limit_and_are_given_up_with_their_connection() {
    block_on(async {
        let world = World::new();
        let ledger = begin(&world);
        for number in 0..24 {
            submit(&ledger, world.large_declaration(number)).unwrap();
        }
        let serving = HttpServing::start(ledger).await;
        let id = TileKind::Payloads.in_tree(0, serving.ledger.size()).unwrap();
        // No more of an answer than its first line: the rest stays where it is.
        let status = async || {
            let address = serving.url.strip_prefix("http://").unwrap();
            let stream = tokio::net::TcpStream::connect(address).await.unwrap();
            let request = format!("GET /{id} HTTP/1.1\r\nHost: log.example\r\n\r\n");
            let mut stream = stream.into_std().unwrap();
            stream.set_nonblocking(false).unwrap();
            tokio::task::spawn_blocking(move || {
                stream.write_all(request.as_bytes()).unwrap();
                let mut line = [0; 12];
                stream.read_exact(&mut line).unwrap();
                (String::from_utf8(line.to_vec()).unwrap(), stream)
            })
            .await
            .unwrap()
        };
        let mut unread = Vec::new();
        let refused = loop {
            let (line, stream) = status().await;
            if line != "HTTP/1.1 200" {
                break line;
            }
            unread.push(stream);
            assert!(unread.len() < 100, "as many answers were made as anybody likes");
        };
        assert_eq!(refused, "HTTP/1.1 503");
        assert!(unread.len() > 10, "{} answers", unread.len());
        // Small ones go on.
        assert_eq!(serving.get("checkpoint").await.status, StatusCode::OK);
        drop(unread);
        // The transport needs a moment to tell the server.
        while status().await.0 != "HTTP/1.1 200" {}
        serving.stop().await;
    });
}

#[test]
fn a_store_that_does_not_answer_is_a_fault_whose_details_the_log_has() {
    block_on(async {
        let world = World::new();
        let storage = Arc::new(HeldStorage::default());
        let ledger = world.create(storage.clone()).unwrap();
        world.begin(&ledger);
        let serving = HttpServing::start(ledger).await;
        storage.lose_payloads();
        let reply = serving.get("payload/000.p/3").await;
        assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(reply.text().contains("as no. ") && !reply.text().contains(SECRET));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(serving.get("tile/entries/000.p/3").await.status, StatusCode::OK);
        serving.stop().await;
    });
}

#[test]
fn who_asks_too_fast_is_told_when_to_come_back() {
    block_on(async {
        let world = World::new();
        let serving = HttpServing::start_with(
            begin(&world),
            ReadOptions { per_second: 1, ..ReadOptions::default() },
        )
        .await;
        for _ in 0..1000 {
            let reply = serving.get("checkpoint").await;
            if reply.status == StatusCode::TOO_MANY_REQUESTS {
                assert_eq!(reply.header("retry-after"), Some("1"));
                assert_eq!(reply.header("cache-control"), Some("no-store"));
                serving.stop().await;
                return;
            }
            assert_eq!(reply.status, StatusCode::OK);
        }
        panic!("a thousand requests in what is a second each");
    });
}

#[test]
fn what_is_read_while_the_log_grows_is_the_beginning_of_what_is_read_later() {
    block_on(async {
        let world = World::new();
        let ledger = begin(&world);
        declare(&world, &ledger, 0..240);
        let serving = HttpServing::start(ledger).await;
        // It is written until enough has been read meanwhile, however fast either of them is.
        let is_enough = Arc::new(AtomicBool::new(false));
        let writing = {
            let (ledger, is_enough) = (Arc::clone(&serving.ledger), Arc::clone(&is_enough));
            tokio::task::spawn_blocking(move || {
                for number in 240..2000 {
                    submit(&ledger, world.declaration(number)).unwrap();
                    if is_enough.load(Ordering::SeqCst) {
                        break;
                    }
                }
            })
        };
        let kinds = [TileKind::Hashes(0), TileKind::Entries, TileKind::Payloads];
        let mut read: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let mut sizes = BTreeSet::new();
        while sizes.len() < 4 && !writing.is_finished() {
            let size = serving.ledger.size();
            sizes.insert(size);
            for kind in kinds {
                for id in kind.all_in_tree(size) {
                    let reply = serving.get(&id.to_string()).await;
                    assert_eq!(reply.status, StatusCode::OK, "{id} at {size}");
                    read.insert(id.to_string(), reply.body);
                }
            }
        }
        is_enough.store(true, Ordering::SeqCst);
        assert_eq!(sizes.len(), 4, "states that were read");
        writing.await.unwrap();
        let size = serving.ledger.size();
        for (path, earlier) in &read {
            let id: TileId = path.parse().unwrap();
            let newest = id.kind().in_tree(id.index(), size).unwrap().to_string();
            assert!(serving.get(&newest).await.body.starts_with(earlier), "{path}");
        }
        serving.stop().await;
    });
}
