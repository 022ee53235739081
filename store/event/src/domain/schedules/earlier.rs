//! Versions of payloads before those of today.

use super::{CatchUp, Fold, Gap, Overlap, ScheduleSet};
use crate::bulk::Connection;
use crate::definitions::Language;
use crate::event::{Laid, Lowers};
use crate::quantity::Millis;
use crate::sealed::SealedApart;
use crate::subjects::Subject;

structure! {
    /// What a schedule is to be, before one could follow runs.
    CalendarSet {
        /// Whose it is.
        tenant: String,
        /// Its name.
        name: String,
        /// The expression that names the moments.
        timing: String,
        /// The time zone in which it is read, as the database spells it.
        zone: String,
        /// The release of the time zone database that it was checked with.
        zones_version: String,
        /// What becomes of a time that a clock leaves out.
        gap: Gap,
        /// What becomes of a time that a clock shows twice.
        fold: Fold,
        /// What becomes of a moment while the run of an earlier one goes on.
        overlap: Overlap,
        /// What becomes of moments that passed while nobody was there to handle them.
        catch_up: CatchUp,
        /// A firing begins later than its moment by less than this, always by the same.
        jitter_max: Millis,
        /// With whom its text is erased.
        subject: Subject,
        /// The document of the workflow that is submitted, as it was written.
        source: SealedApart,
        /// In which language.
        language: Language,
        /// How whoever asks reached the server.
        connection: Connection,
        /// Why.
        reason: String,
    }
}

impl From<CalendarSet> for ScheduleSet {
    fn from(earlier: CalendarSet) -> Self {
        let CalendarSet { tenant, name, timing, zone, zones_version, gap, fold, overlap, .. } = earlier;
        let CalendarSet { catch_up, jitter_max, subject, source, language, connection, reason, .. } = earlier;
        Self {
            tenant,
            name,
            timing,
            zone,
            zones_version,
            gap,
            fold,
            overlap,
            catch_up,
            jitter_max,
            subject,
            source,
            language,
            connection,
            reason,
            after: None,
        }
    }
}

impl Lowers<CalendarSet> for ScheduleSet {
    fn fits(&self) -> bool {
        self.after.is_none()
    }

    fn lower(&self) -> CalendarSet {
        let Self { tenant, name, timing, zone, zones_version, gap, fold, overlap, .. } = self.clone();
        let Self { catch_up, jitter_max, subject, source, language, connection, reason, .. } = self.clone();
        CalendarSet {
            tenant,
            name,
            timing,
            zone,
            zones_version,
            gap,
            fold,
            overlap,
            catch_up,
            jitter_max,
            subject,
            source,
            language,
            connection,
            reason,
        }
    }

    fn saved_bytes(&self) -> usize {
        <Self as Laid>::SIZE_BYTES - <CalendarSet as Laid>::SIZE_BYTES
    }
}
