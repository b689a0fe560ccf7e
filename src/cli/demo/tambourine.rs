//! Case (c): a batch of a light-up tambourine, recalled after it was listed.

use serde_json::{Value, json};

use super::cast::{
    ACCREDITATION_BODY, BRICOLIN, CONNECTOR, DOUDOU, MARKETO, MSA_FR, TESTA, VERIFIER,
};
use super::expected::Expected;
use super::forms::{self, Declared, Form};
use super::plush::{accreditation_of_testa, contact, logged};
use super::stage::Stage;
use crate::attestation::Role;
use crate::cli::failure::Failure;
use crate::envelope::StatementDigest;

const TAMBOURINE: &str = "https://id.gs1.org/01/09521000300026";
const PACK: &str = "https://id.gs1.org/01/19521000300023";
const TYPE: &str = "BR-TAMB-1";
const REPORT: &str = "R-26-7001";
const DECLARATION: &str = "BR-DOC-26-07";
const RECALL: &str = "RECALL-26-1105";
const STANDARDS: [(&str, &str); 4] = [
    ("EN 71-1", "2014+A1:2018"),
    ("EN 71-2", "2020"),
    ("EN 71-3", "2019"),
    ("EN IEC 62115", "2020"),
];

/// The story as written, with the attacks on it.
pub(super) async fn play(stage: &mut Stage) -> Result<(), Failure> {
    until_the_event(stage).await?;
    let listed_under = list(stage).await?;
    let recall = recall(stage).await?;

    stage.at("2026-11-06T00:00:00Z").await?;
    let recalled = Expected::not_listable(&["RECALLED_BATCH"]);
    let answer = stage.ask("b2608", query(&["B2608"]), &recalled).await?;
    stage.refuses_without(&answer, "4200")?;
    stage.ask("b2607", query(&["B2607"]), &Expected::listable()).await?;
    let no_batch = ["BATCH_REQUIRED", "RECALLED_BATCH"];
    stage.ask("no-batch", query(&[]), &review(&no_batch, &["B2608"])).await?;
    stage.ask("serial-000500", item("000500"), &recalled).await?;
    let unknown = Expected::not_listable(&no_batch);
    stage.ask("serial-777777", item("777777"), &unknown).await?;
    let typed = Expected::not_listable(&["RECALL_APPROX_MATCH", "REQ_MISSING"]);
    stage.ask("b2608-typed-badly", query(&["b2608 "]), &typed).await?;
    stage.ask("pack-b2608", pack(&["P2608"]), &recalled).await?;
    stage.ask("pack-no-batch", pack(&[]), &review(&no_batch, &["B2608"])).await?;

    stage.at("2026-11-09T09:00:00Z").await?;
    stage.record("4210", notice(), &[&CONNECTOR]).await?;
    stage.at("2026-11-10T00:00:00Z").await?;
    let twice = Expected::not_listable(&["RECALLED_BATCH", "RECALL_APPROX_MATCH"]);
    stage.ask("b2608-after-4210", query(&["B2608"]), &twice).await?;
    stage.ask("b2607-after-4210", query(&["B2607"]), &Expected::listable()).await?;
    let mut history = query(&["B2607", "B2608"]);
    history["as_of"] = json!(listed_under);
    stage.ask("as-of-4010", history, &Expected::listable()).await?;

    stage.at("2026-11-20T09:00:00Z").await?;
    let extension = update("4300", (&MSA_FR, Role::MarketSurveillance), &recall, "EXTEND");
    let extended = stage.record("4300", extension, &[&MSA_FR]).await?;
    let lift = update("lift", (&DOUDOU, Role::Importer), &extended, "LIFT");
    stage.refuses("LIFT by Doudou", lift, &[&DOUDOU], "CHANGE_NOT_PERMITTED").await?;
    stage.at("2026-11-20T10:00:00Z").await?;
    let all = ["BATCH_REQUIRED", "RECALLED_BATCH", "RECALL_APPROX_MATCH"];
    let expected = review(&all, &["B2608", "B2609"]);
    stage.ask("no-batch-after-4300", query(&[]), &expected).await?;

    // The maker says which batch the item of unknown batch is from.
    stage.at("2026-11-21T09:00:00Z").await?;
    let named = commissioning("4310", "B2607", json!({ "serials": ["777777"] }));
    stage.record("4310", named, &[&BRICOLIN]).await?;
    stage.at("2026-11-21T10:00:00Z").await?;
    stage.ask("serial-777777-named", item("777777"), &Expected::listable()).await?;
    Ok(())
}

/// A person has to look, and the offer must leave these lots out.
fn review(reasons: &[&str], lots: &[&str]) -> Expected {
    let excluded: Vec<String> = lots.iter().map(|lot| format!("{TAMBOURINE}/10/{lot}")).collect();
    Expected::review(reasons).with("excluded_scopes", json!(excluded))
}

/// Only the register's prose is known, not the recall itself.
pub(super) async fn play_text_only(stage: &mut Stage) -> Result<(), Failure> {
    until_the_event(stage).await?;
    stage.at("2026-11-09T09:00:00Z").await?;
    stage.record("4210", notice(), &[&CONNECTOR]).await?;
    stage.at("2026-11-10T00:00:00Z").await?;
    let expected = Expected::review(&["RECALL_APPROX_MATCH"]);
    stage.ask("b2608", query(&["B2608"]), &expected).await?;
    stage.ask("b2607", query(&["B2607"]), &Expected::listable()).await?;
    Ok(())
}

async fn until_the_event(stage: &mut Stage) -> Result<(), Failure> {
    stage.at("2026-01-05T09:00:00Z").await?;
    for party in
        [&ACCREDITATION_BODY, &TESTA, &BRICOLIN, &DOUDOU, &MARKETO, &VERIFIER, &MSA_FR, &CONNECTOR]
    {
        stage.admit(party).await?;
    }
    stage.at("2026-01-12T09:00:00Z").await?;
    stage.record("accreditation", accreditation_of_testa(), &[&ACCREDITATION_BODY]).await?;

    stage.at("2026-07-06T09:00:00Z").await?;
    let scope = forms::scope(&[], &[(&BRICOLIN, TYPE)], &forms::all());
    let report = forms::test_report(&TESTA, REPORT, "2026-07-03", &STANDARDS, scope);
    stage.record("4001", report, &[&TESTA]).await?;
    stage.at("2026-07-10T09:00:00Z").await?;
    stage.record("4002", identity(), &[&BRICOLIN]).await?;
    stage.record("4002-pack", pack_identity(), &[&BRICOLIN]).await?;
    stage.at("2026-07-15T09:00:00Z").await?;
    stage.record("4003", declaration(DECLARATION, TAMBOURINE), &[&BRICOLIN]).await?;
    let pack = declaration("BR-DOC-26-07-P", PACK);
    stage.record("4003-pack", pack, &[&BRICOLIN]).await?;
    for (label, lot, mrn, day) in [
        ("4004", "B2607", "26FRD0020000123451", "2026-08-03"),
        ("4005", "B2608", "26FRD0020000123452", "2026-08-10"),
    ] {
        stage.at(&format!("{day}T09:00:00Z")).await?;
        let import = |consignment: &str, product: &str, lot: &str| {
            let checked = (&BRICOLIN, DECLARATION);
            forms::importer_declaration(&DOUDOU, consignment, day, (product, &[lot]), checked, mrn)
        };
        let consignment = format!("CONS-{lot}");
        stage.record(label, import(&consignment, TAMBOURINE, lot), &[&DOUDOU]).await?;
        let pack_lot = lot.replace('B', "P");
        let consignment = format!("CONS-{pack_lot}");
        let label = format!("{label}-pack");
        stage.record(&label, import(&consignment, PACK, &pack_lot), &[&DOUDOU]).await?;
    }
    stage.at("2026-08-15T09:00:00Z").await?;
    for (label, product) in [("4005b", TAMBOURINE), ("4005b-pack", PACK)] {
        let parties = (&BRICOLIN, Role::Manufacturer);
        let mandate = forms::mandate(
            label,
            "AUTHORISED_DISTRIBUTOR",
            parties,
            &DOUDOU,
            "2026-08-15",
            product,
        );
        stage.record(label, mandate, &[&BRICOLIN, &DOUDOU]).await?;
    }
    stage.at("2026-08-20T09:00:00Z").await?;
    let ranges = json!({ "ranges": [{ "from": "000001", "to": "001200" }] });
    let items = commissioning("4006", "B2608", ranges);
    stage.record("4006", items, &[&BRICOLIN]).await?;
    for (pack, lot) in [("P2607", "B2607"), ("P2608", "B2608")] {
        let label = format!("4006-{pack}");
        let packing = Form::new("traceability-event", &label, &BRICOLIN, Role::Manufacturer)
            .with("event", json!("AGGREGATION"))
            .with("event_time", json!("2026-08-02T08:00:00Z"))
            .with("offset", json!("+08:00"))
            .with("biz_step", json!("packing"))
            .with("inputs", json!([format!("{TAMBOURINE}/10/{lot}")]))
            .with("outputs", json!([format!("{PACK}/10/{pack}")]));
        stage.record(&label, packing, &[&BRICOLIN]).await?;
    }
    Ok(())
}

/// The first listing. Returns the size of the tree that its verdict rests on.
async fn list(stage: &mut Stage) -> Result<u64, Failure> {
    stage.at("2026-09-15T09:00:00Z").await?;
    let size = stage.size()?;
    let both = query(&["B2607", "B2608"]);
    let verdict = stage.ask("listing", logged(both), &Expected::listable()).await?.logged()?;
    for (label, lot) in [("4011", "B2607"), ("4011b", "B2608")] {
        let listed = listing(label, "2026-09-15", lot, "LISTED").with("verdict", json!(verdict));
        stage.record(label, listed, &[&MARKETO]).await?;
    }
    Ok(size)
}

async fn recall(stage: &mut Stage) -> Result<StatementDigest, Failure> {
    stage.at("2026-11-05T09:00:00Z").await?;
    let recall = Form::new("safety-measure", "4200", &DOUDOU, Role::Importer)
        .document(RECALL, "2026-11-05")
        .with("scope", forms::scope(&[TAMBOURINE], &[], &forms::lots(&["B2608"])))
        .with("kind", json!("RECALL"))
        .with("ordered", json!(false))
        .with("risk", json!({ "type": "ingestion of a button cell", "level": "serious" }))
        .with("start", json!("2026-11-05"))
        .with("countries", json!(["FR"]))
        .with(
            "consumer_action",
            json!({
                "en": "Stop using the toy and bring it back.",
                "fr": "Cessez d'utiliser le jouet et rapportez-le.",
            }),
        )
        .with("remedy", json!("REFUND"));
    let recall = stage.record("4200", recall, &[&DOUDOU]).await?;
    stage.at("2026-11-05T15:00:00Z").await?;
    let delisted = listing("4201", "2026-11-05", "B2608", "DELISTED").with("cause", json!(recall));
    stage.record("4201", delisted, &[&MARKETO]).await?;
    Ok(recall)
}

fn listing(id: &str, day: &str, lot: &str, action: &str) -> Form {
    let batch = format!("{TAMBOURINE}/10/{lot}");
    forms::listing(id, "MK-3", day, (&batch, &DOUDOU, &["FR"]), action, &MARKETO)
}

/// Which items are of a batch.
fn commissioning(id: &str, lot: &str, mut items: Value) -> Form {
    items["batch"] = json!(format!("{TAMBOURINE}/10/{lot}"));
    Form::new("traceability-event", id, &BRICOLIN, Role::Manufacturer)
        .with("event", json!("OBJECT"))
        .with("event_time", json!("2026-08-01T08:00:00Z"))
        .with("offset", json!("+08:00"))
        .with("biz_step", json!("commissioning"))
        .with("items", items)
}

/// What a public register says, in prose.
fn notice() -> Form {
    let batches = json!({ "mode": "TEXT", "text": "lot: b-2608", "tokens": ["b-2608"] });
    Form::new("safety-measure", "4210", &CONNECTOR, Role::Connector)
        .document("A12/09999/26", "2026-11-09")
        .with("scope", forms::scope(&[TAMBOURINE], &[], &batches))
        .with("kind", json!("RECALL"))
        .with("ordered", json!(false))
        .with("risk", json!({ "type": "ingestion of a button cell", "level": "serious" }))
        .with("start", json!("2026-11-05"))
        .with("countries", json!(["FR"]))
        .with("consumer_action", json!({ "en": "Return the toy." }))
        .with("source_id", json!("A12/09999/26"))
}

fn update(
    id: &str,
    (by, role): (&super::cast::Party, Role),
    target: &StatementDigest,
    change: &str,
) -> Form {
    Form::new("measure-update", id, by, role)
        .with("target", json!(target))
        .with("document", forms::document(&DOUDOU, RECALL))
        .with("change", json!(change))
        .with("effective_at", json!("2026-11-20T09:00:00Z"))
        .with("scope", forms::scope(&[TAMBOURINE], &[], &forms::lots(&["B2609"])))
}

fn identity() -> Form {
    Form::new("product-identity", "4002", &BRICOLIN, Role::Manufacturer)
        .with("scope", forms::scope(&[TAMBOURINE], &[(&BRICOLIN, TYPE)], &forms::all()))
        .with("brand", json!("Bricolin"))
        .with("model", json!("Tambourine 1"))
        .with("category", json!({ "gpc": "10005160", "cn": "95030055" }))
        .with("types", json!([{ "designation": TYPE }]))
        .with("origin", json!("CN"))
        .with("images", json!([forms::digest("tambourine.jpg")]))
        .with("intended_age", json!({ "min_months": 36 }))
        .with("warnings", json!(["BUTTON_CELL"]))
        .with("attributes", forms::attributes(&["electrical", "button_cell"]))
}

fn pack_identity() -> Form {
    let mut form = identity()
        .with("scope", forms::scope(&[PACK], &[(&BRICOLIN, TYPE)], &forms::all()))
        .with("model", json!("Tambourine 1, pack of 6"))
        .with("contains", json!([{ "id": TAMBOURINE, "quantity": 6 }]));
    form.predicate["header"]["id"] = json!("4002-pack");
    form
}

fn declaration(number: &str, product: &str) -> Form {
    forms::declaration(
        &BRICOLIN,
        &Declared {
            number,
            issued: "2026-07-15",
            modules: &[("32009L0048", "A"), ("32014L0030", "A"), ("32011L0065", "A")],
            standards: &STANDARDS,
            extent: "FULL",
            cites: &[("cites-report", &TESTA, REPORT)],
            scope: forms::scope(&[product], &[(&BRICOLIN, TYPE)], &forms::all()),
            description: "Light-up tambourine with a button cell",
        },
    )
}

fn query(batches: &[&str]) -> Value {
    json!({
        "product": { "gtin": "09521000300026", "batches": batches },
        "category": { "gpc": "10005160", "cn": "95030055", "platform": "toys/music" },
        "trader": { "operator": DOUDOU.uri, "name": DOUDOU.legal_name },
        "offer": {
            "platform": MARKETO.uri,
            "listing_id": "MK-3",
            "destinations": ["FR"],
            "languages": ["fr"],
            "manufacturer": contact(&BRICOLIN),
            "importer": contact(&DOUDOU),
            "warnings": [{ "lang": "fr", "code": "BUTTON_CELL" }],
            "images": [format!("sha256:{}", forms::digest("tambourine.jpg"))],
            "goods_location": { "kind": "DIRECT_IMPORT" },
        },
        "policy": "demo-toys@2026.11.0",
        "dry_run": true,
    })
}

fn item(serial: &str) -> Value {
    let mut query = query(&[]);
    query["product"]["serial"] = json!(serial);
    query
}

fn pack(batches: &[&str]) -> Value {
    let mut query = query(batches);
    query["product"]["gtin"] = json!("19521000300023");
    query
}
