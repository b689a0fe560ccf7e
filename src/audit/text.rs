//! The report as text for people.

use std::fmt;

use crate::audit::report::{AuditReport, AuditedHandover, Place};
use crate::policy::Locale;

impl fmt::Display for AuditReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_sound() { "sound" } else { "NOT SOUND" };
        writeln!(f, "{}: {word}", self.origin)?;
        match &self.checkpoint {
            None => writeln!(f, "as of: no checkpoint that counts")?,
            Some(checkpoint) => {
                write!(f, "as of: size {}, root {}", checkpoint.size, checkpoint.root)?;
                if let Some(time) = checkpoint.sealed_at {
                    write!(f, ", sealed {time}")?;
                }
                if let Some(time) = checkpoint.witnessed_at {
                    write!(f, ", witnessed {time}")?;
                }
                writeln!(f)?;
                for AuditedHandover { size, log_key } in &self.handovers {
                    writeln!(f, "handed over: from size {size} on to log key {log_key}")?;
                }
            }
        }
        let counts = &self.counts;
        writeln!(
            f,
            "checked: {} files, {} entries ({} attestations, {} seals), {} subjects, \
             {} signatures, {} admissions, {} of {} verdicts, {} listing records",
            counts.files,
            counts.entries,
            counts.attestations,
            counts.seals,
            counts.subjects,
            counts.signatures,
            counts.admitted,
            counts.verdicts_reevaluated,
            counts.verdicts,
            counts.listings,
        )?;
        writeln!(
            f,
            "not checked: {} payloads erased, {} withheld",
            counts.erased, counts.withheld
        )?;
        if let Some(size) = self.settled {
            writeln!(
                f,
                "not judged again: the first {size} entries, which an audit before found sound"
            )?;
        }
        if let Some(index) = self.not_replayed_from {
            writeln!(f, "not checked: admission from entry {index} on, for what stands before it")?;
        }
        if !self.is_listed {
            writeln!(f, "not checked: whether the source has files that are no part of the log")?;
        }
        for finding in &self.findings {
            writeln!(f, "finding: {}: {}: {}", finding.rule, finding.place, finding.detail)?;
        }
        for observation in &self.observations {
            let (remark, place) = (observation.remark, &observation.place);
            writeln!(f, "observation: {remark}: {place}: {}", observation.detail)?;
        }
        for listing in &self.fallen_listings {
            writeln!(f, "fallen listing: {}", listing.text(Locale::En))?;
        }
        if self.is_cut {
            writeln!(f, "there is more; reports hold no more than this")?;
        }
        let mut limits = self.not_proved.iter().map(|limit| limit.text(Locale::En));
        limits.try_for_each(|limit| writeln!(f, "not proved: {limit}"))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.entry {
            Some(entry) => write!(f, "{}, entry {entry}", self.file),
            None => f.write_str(&self.file),
        }
    }
}
