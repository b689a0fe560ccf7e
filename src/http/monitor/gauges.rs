//! How the ledger is, as numbers, at the moment when somebody looks.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use crate::ledger::Ledger;
use crate::time::Timestamp;

/// Looks at a ledger whenever its metrics are read.
#[derive(Debug)]
pub(super) struct Gauges(pub(super) Arc<Ledger>);

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let ledger = &self.0;
        // A view of the newest checkpoint is there at once, and always.
        if let Ok(view) = ledger.view(None) {
            let entries = "Entries under the newest signed checkpoint";
            number(&mut encoder, "log_entries", entries, view.size().get())?;
            let subjects = "Keys in the subject map, of all classes";
            number(&mut encoder, "subject_keys", subjects, view.subjects())?;
            let sealed = "The ledger's time of the newest seal";
            instant(&mut encoder, "seal_time", sealed, view.seal_time())?;
        }
        let writing = "Whether the ledger takes submissions";
        answer(&mut encoder, "writing", writing, ledger.is_writing())?;
        let halted = "Whether the ledger has stopped writing until it is started anew";
        answer(&mut encoder, "halted", halted, ledger.halted().is_some())?;
        let clock = "Whether nothing is written because the clock is wrong";
        answer(&mut encoder, "clock_fault", clock, ledger.clock_fault().is_some())?;
        let Some(witnessing) = ledger.witnessing() else { return Ok(()) };
        let quorum = "Whether a quorum of the ledger's witnesses cosigns";
        answer(&mut encoder, "witness_quorum", quorum, witnessing.has_quorum())?;
        if let Some(size) = witnessing.size {
            let entries = "Entries under the newest checkpoint that a quorum has cosigned";
            number(&mut encoder, "witnessed_entries", entries, size.get())?;
        }
        if let Some(time) = witnessing.time {
            let witnessed = "When a quorum cosigned that checkpoint, by its own clocks";
            instant(&mut encoder, "witnessed_time", witnessed, time)?;
        }
        Ok(())
    }
}

fn number(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: u64,
) -> Result<(), fmt::Error> {
    gauge(encoder, name, help, None, value)
}

fn answer(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    is_so: bool,
) -> Result<(), fmt::Error> {
    gauge(encoder, name, help, None, u64::from(is_so))
}

fn instant(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    time: Timestamp,
) -> Result<(), fmt::Error> {
    gauge(encoder, name, help, Some(&Unit::Seconds), time.seconds())
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    unit: Option<&Unit>,
    value: u64,
) -> Result<(), fmt::Error> {
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, unit, gauge.metric_type())?)
}
