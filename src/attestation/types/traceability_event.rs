//! `traceability-event`: something happened to goods (EPCIS 2.0).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType, SubjectRule};
use crate::attestation::role::Role;
use crate::attestation::values::{Extensions, NonEmpty};
use crate::hash::Digest;
use crate::identifier::{Gln, ProductUri, Serial, SubjectUri};
use crate::time::Timestamp;

/// Something that happened to goods. The manufacturer's first commissioning event gives a batch its
/// production date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    {"required": ["inputs"]},
    {"required": ["outputs"]},
    {"required": ["items"]},
]))]
pub struct TraceabilityEvent {
    /// Who speaks, about which document.
    pub header: Header,
    /// What kind of event it is.
    pub event: EventKind,
    /// When it happened, as claimed.
    pub event_time: Timestamp,
    /// Local offset from UTC, `±hh:mm`.
    #[schemars(regex(pattern = "^[+-](?:0[0-9]|1[0-4]):[0-5][0-9]$"))]
    pub offset: String,
    /// Business step (CBV), as `commissioning`.
    pub biz_step: String,
    /// Disposition (CBV).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    /// Where it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "where")]
    pub place: Option<EventPlace>,
    /// Goods that went in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<NonEmpty<ProductUri>>,
    /// Goods that came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<NonEmpty<ProductUri>>,
    /// `ADD`, `OBSERVE` or `DELETE` (EPCIS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["ADD", "OBSERVE", "DELETE"]))]
    pub action: Option<String>,
    /// Hash of the EPCIS event, `ni:///sha-256;…?ver=CBV2.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^ni:///sha-256;[0-9a-f]{64}\?ver=CBV2\.0$"))]
    pub event_hash: Option<String>,
    /// Which items a batch holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<EventItems>,
    /// Digest of sensor data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensor: Option<Digest>,
    /// Certification information (EPCIS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certification_info: Option<String>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// What kind of event it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventKind {
    /// Something happened to goods as they are.
    Object,
    /// Goods were put together, or taken apart.
    Aggregation,
    /// Goods changed hands.
    Transaction,
}

/// Where an event happened, by location number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventPlace {
    /// Where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_point: Option<Gln>,
    /// Where the goods were after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Gln>,
}

/// Which items a batch holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["serials"]}, {"required": ["ranges"]}]))]
pub struct EventItems {
    /// The batch.
    #[schemars(extend("pattern" = "/10/[^/]+$"))]
    pub batch: ProductUri,
    /// Single serial numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<NonEmpty<Serial>>")]
    pub serials: Option<NonEmpty<String>>,
    /// Ranges of serial numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranges: Option<NonEmpty<SerialRange>>,
}

/// Decimal serial numbers of the same length, both ends included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SerialRange {
    /// The first.
    #[schemars(regex(pattern = "^[0-9]{1,20}$"))]
    pub from: String,
    /// The last.
    #[schemars(regex(pattern = "^[0-9]{1,20}$"))]
    pub to: String,
}

impl SerialRange {
    /// Whether the range holds the serial number: decimal, and of the same length.
    pub fn contains(&self, serial: &str) -> bool {
        // Of decimal numbers of one length, the greater one is also the later text.
        serial.len() == self.from.len()
            && serial.bytes().all(|byte| byte.is_ascii_digit())
            && (self.from.as_str()..=self.to.as_str()).contains(&serial)
    }

    fn is_valid(&self) -> bool {
        let is_decimal = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        self.from.len() == self.to.len()
            && self.from.len() <= 20
            && is_decimal(&self.from)
            && is_decimal(&self.to)
            && self.from <= self.to
    }
}

impl EventItems {
    /// Whether the batch holds the item with this serial number.
    pub fn contains(&self, serial: &str) -> bool {
        self.serials.iter().flat_map(|list| list.iter()).any(|single| single == serial)
            || self.ranges.iter().flat_map(|list| list.iter()).any(|range| range.contains(serial))
    }
}

impl TraceabilityEvent {
    /// What goes in and what comes out.
    pub fn products(&self) -> impl Iterator<Item = &ProductUri> {
        let inputs = self.inputs.iter().flat_map(|list| list.iter());
        inputs.chain(self.outputs.iter().flat_map(|list| list.iter()))
    }

    /// Whether this is the making of the goods.
    pub fn is_commissioning(&self) -> bool {
        self.event == EventKind::Object && self.biz_step == "commissioning"
    }
}

impl PredicateType for TraceabilityEvent {
    const ROLES: &'static [Role] = &[
        Role::Manufacturer,
        Role::Importer,
        Role::AuthorisedRep,
        Role::ResponsiblePerson,
        Role::Distributor,
    ];

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        let mut subjects: Vec<SubjectUri> =
            self.products().cloned().map(SubjectUri::from).collect();
        if let Some(items) = &self.items {
            subjects.push(items.batch.clone().into());
            // An item is looked up by way of its model.
            subjects.push(items.batch.model().into());
        }
        subjects.sort();
        subjects.dedup();
        Ok(SubjectRule::Exactly(subjects))
    }

    fn check(&self) -> Result<(), PredicateError> {
        if self.products().next().is_none() && self.items.is_none() {
            return Err(PredicateError::invalid("inputs", "expected inputs, outputs or items"));
        }
        if !is_offset(&self.offset) {
            let reason = format!("{:?} is not ±hh:mm", self.offset);
            return Err(PredicateError::invalid("offset", reason));
        }
        if let Some(action) = &self.action
            && !["ADD", "OBSERVE", "DELETE"].contains(&action.as_str())
        {
            let reason = "expected ADD, OBSERVE or DELETE";
            return Err(PredicateError::invalid("action", reason));
        }
        if self.event_hash.as_ref().is_some_and(|hash| !is_event_hash(hash)) {
            let reason = "expected ni:///sha-256;, 64 hex digits and ?ver=CBV2.0";
            return Err(PredicateError::invalid("event_hash", reason));
        }
        let Some(items) = &self.items else { return Ok(()) };
        let batch = items.batch.qualifiers();
        if batch.lot.is_none() || batch.serial.is_some() {
            return Err(PredicateError::invalid("items.batch", "expected a batch"));
        }
        if items.serials.is_none() && items.ranges.is_none() {
            return Err(PredicateError::invalid("items", "expected serials, ranges or both"));
        }
        if items.ranges.iter().flat_map(|list| list.iter()).any(|range| !range.is_valid()) {
            let reason = "expected decimal serials of one length, from not after to";
            return Err(PredicateError::invalid("items.ranges", reason));
        }
        let serials = items.serials.iter().flat_map(|list| list.iter());
        for serial in serials {
            items
                .batch
                .with_serial(serial)
                .map_err(|error| PredicateError::invalid("items.serials", error.to_string()))?;
        }
        Ok(())
    }
}

/// The form of an event hash (EPCIS 2.0, section 8.9).
fn is_event_hash(text: &str) -> bool {
    let digits = text.strip_prefix("ni:///sha-256;").and_then(|of| of.strip_suffix("?ver=CBV2.0"));
    digits.is_some_and(|digits| digits.parse::<Digest>().is_ok())
}

fn is_offset(text: &str) -> bool {
    let shape = text.len() == 6
        && text.bytes().zip(*b"+00:00").all(|(found, expected)| match expected {
            b'0' => found.is_ascii_digit(),
            b'+' => found == b'+' || found == b'-',
            _ => found == expected,
        });
    let part = |range: std::ops::Range<usize>| {
        text.get(range).and_then(|digits| digits.parse::<u8>().ok())
    };
    shape && part(1..3).is_some_and(|hours| hours <= 14) && part(4..6).is_some_and(|min| min < 60)
}
