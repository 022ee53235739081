//! Every bound of the core that is not a setting, each with its reason.

use thiserror::Error;

/// Events of one group. A group is one commit and keeps other streams waiting, so work beyond this goes on in
/// a new group; 4096 small records are about one megabyte and a few milliseconds.
pub const GROUP_EVENTS_MAX: usize = 4096;

/// The same for what need not be punctual, as looks at tasks that wait for a price, behind a timer: about a millisecond.
pub const GROUP_BACKGROUND_EVENTS_MAX: usize = 256;

/// The same behind any other input. Hundreds of those may be decided in one round of the engine, and each would bring so many.
pub const GROUP_BACKGROUND_BESIDE_MAX: usize = 16;

/// Payloads of one group: beyond this, too, work goes on in a new group. A group is one block of the log, which holds 64 MiB
/// at most and lies in memory as a whole; the last record may bring as much as [`RECORD_BYTES_MAX`] beyond it.
pub const GROUP_BYTES_MAX: usize = 8 << 20;

/// Payload of one record, as the log format allows (1 MiB), less room for the fields around a list of tasks.
pub const RECORD_BYTES_MAX: usize = (1 << 20) - 4096;

/// Command of one task, and its environment, each with a terminator per text, as the operating system counts
/// them.
pub const COMMAND_BYTES_MAX: usize = 64 * 1024;

/// Path of a working directory, as the operating system takes it with its terminator.
pub const DIRECTORY_BYTES_MAX: usize = 4095;

/// Text that a command is given on standard input, as written: beside a command and an environment at their limits it still
/// fits into
/// a sealed input.
pub const STDIN_BYTES_MAX: usize = 128 * 1024;

/// The same with the outputs of other tasks in it: a fan-in of thousands.
pub const STDIN_FILLED_BYTES_MAX: usize = 16 << 20;

/// The checks of one task's output as JSON, components in base64 among them: one of some hundred kilobytes, and room for
/// the rest.
pub const VERIFY_BYTES_MAX: usize = 1 << 20;

/// Sealed input of one task: a command and an environment at their limits, one byte to a text, need three
/// quarters of a megabyte, because each text has eight bytes of its own; checks may need another.
pub const INPUT_BYTES_MAX: usize = 2 << 20;

/// Text that a no-op hands on: as much as the vault takes into the commit of the record that names it.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Kept output of one attempt, per stream. Output is for people to read; what is larger is a result that belongs in a file.
pub const OUTPUT_BYTES_MAX: usize = 16 << 20;

/// Signals of one workflow that are kept until a task takes them: every snapshot holds them.
pub const SIGNALS_KEPT_MAX: usize = 1000;

/// Approvals that one task may need: more is a vote.
pub const APPROVALS_MAX: u32 = 16;

/// The longest wait of a task, and the longest time that a signal or an approval may take: a year and a day.
pub const WAIT_MS_MAX: u64 = 366 * 86_400_000;

/// The longest delay before a retry that a task may state: a day.
pub const RETRY_DELAY_MS_MAX: u64 = 86_400_000;

/// Display names of workflows and tasks: a line on a screen, not a document.
pub const NAME_BYTES_MAX: usize = 256;

/// Ids of tasks.
pub const ID_BYTES_MAX: usize = 64;

/// Lives of the server in which one attempt is performed and cut off. A task that takes its server down does so in each of
/// them; a machine that loses power, or somebody who kills the server, rarely ends five within one attempt of anything else.
pub const CUT_OFF_MAX: u32 = 5;

/// Parts of one task that are under way at once.
pub const PARTS_AT_ONCE_MAX: u32 = 1000;

/// Pages in which the entries of one list lie: they stand in one record, which would hold three times as many.
pub const PAGES_MAX: usize = 4096;

/// Labels of one workflow: each is in an index.
pub const LABELS_MAX: usize = 32;

/// What may be said of a workflow beside its tasks: as many labels as there may be, each as long as it may be, and the rest.
pub const TERMS_BYTES_MAX: usize = 16 * 1024;

/// The JSON Schema of what comes with a signal: a form, not a document.
pub const SCHEMA_BYTES_MAX: usize = 16 * 1024;

/// Why something came to nothing, in words.
pub const DETAIL_BYTES_MAX: usize = 1024;

/// The id of a task of a sub-workflow, with those of the sub-workflows that it lies in.
pub const PATH_BYTES_MAX: usize = 256;

/// The rules of diagnosis of an operator, as a document: they stand in one record, and in every snapshot.
pub const RULES_BYTES_MAX: usize = 256 * 1024;

/// The rules of moderation, as a document: they stand in one record, and in every snapshot.
pub const MODERATION_BYTES_MAX: usize = 64 * 1024;

/// Variables of the environment that a server offers to fixes.
pub const OFFERED_MAX: usize = 256;

/// The name of one of them.
pub const OFFERED_NAME_BYTES_MAX: usize = 256;

/// Reasons that people give.
pub const REASON_BYTES_MAX: usize = 1024;

/// A reason that people gave is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a reason has at most {REASON_BYTES_MAX} bytes")]
pub struct ReasonTooLong;

pub(crate) fn check_reason(reason: &str) -> Result<(), ReasonTooLong> {
    if reason.len() > REASON_BYTES_MAX { Err(ReasonTooLong) } else { Ok(()) }
}

/// Idempotency keys that the world keeps. The persisted index lags by far fewer acceptances than this; when
/// it ever does not, a submission is refused until the index has caught up.
pub const KEYS_MAX: usize = 16_384;

/// Erasures that the world keeps. The vault knows of one before its record is decided, so only a question that was
/// asked earlier is answered from here; beyond this it has to be asked again.
pub const ERASED_KEPT_MAX: usize = 4096;

/// Data subjects that went out of use which the world keeps. The vault knows when content was last accepted as
/// soon as that is durable, which takes far fewer workflows than this.
pub const LEFT_KEPT_MAX: usize = 4096;

/// Legal holds that may stand at once: each is in every snapshot, and somebody has to release it.
pub const HOLDS_MAX: usize = 100_000;

/// Readers of content in one minute that are kept to record each once.
pub const READS_KEPT_MAX: usize = 16_384;

/// Keys, links and sessions that may be there at once, of each: every snapshot holds them, and who has more people asks an
/// issuer of tokens to vouch for them.
pub const CREDENTIALS_MAX: usize = 10_000;

/// Sessions of one key that may last at once: more than anybody has browsers, and far from all that there may be.
pub const SESSIONS_PER_KEY_MAX: usize = 32;

/// Keys revoked lately that are kept, so that whoever still asks with one is told so. Older ones are unknown, which
/// lets them do as little.
pub const REVOKED_KEPT_MAX: usize = 16_384;

/// Identities of tokens and certificates that are kept to record each once.
pub const IDENTITIES_KEPT_MAX: usize = 16_384;

/// Uses of rights, and refusals, of one span that are kept to record each once.
pub const NOTED_KEPT_MAX: usize = 16_384;

/// Issuers of tokens that may be trusted at once.
pub const ISSUERS_MAX: usize = 64;

/// Roles, tenants, zones and classes that a credential may name, of each.
pub const GRANTS_LISTED_MAX: usize = 64;

/// Policies as a whole. Whoever reads them does so before they are in force.
pub const POLICY_BYTES_MAX: usize = 256 * 1024;

/// Days that the former secret of a key may count after it was rotated.
pub const FORMER_SECRET_DAYS_MAX: u64 = 90;

/// Hours in which a link can be used, at most: it is as good as what it grants.
pub const LINK_HOURS_MAX: u64 = 7 * 24;

/// Hours that a session may last.
pub const SESSION_HOURS_MAX: u64 = 30 * 24;

/// Named definitions that there may be, over all tenants: every snapshot holds them.
pub const DEFINITIONS_MAX: usize = 10_000;

/// Versions of one of them: a change a day for years.
pub const VERSIONS_MAX: usize = 1000;

/// Versions of all of them: each is some forty bytes of every snapshot.
pub const DEFINITION_VERSIONS_MAX: usize = 100_000;

/// Aliases of one of them: as many as there are places in which something is tried before it counts.
pub const ALIASES_MAX: usize = 64;

/// The text of a version. It is opened whole each time a workflow is made of it.
pub const DEFINITION_BYTES_MAX: usize = 4 << 20;

/// Bulk actions that may be under way at once: each holds a page in every snapshot, and they take turns.
pub const BULK_OPEN_MAX: usize = 16;

/// Workflows of one page of a bulk action: what is tried again when a server ends in between.
pub const BULK_PAGE_MAX: usize = 100;

/// The filter of a bulk action: a name and some labels. It lies in the record of the request.
pub const BULK_FILTER_BYTES_MAX: usize = 8 * 1024;

/// Schedules that there may be, over all tenants: every snapshot holds them, and one driver looks after them.
pub const SCHEDULES_MAX: usize = 10_000;

/// The expression of a schedule, and the name of its time zone, of each.
pub const TIMING_BYTES_MAX: usize = 256;

/// The document of a schedule. It is opened and read whole for each firing, and mostly names a definition.
pub const SCHEDULE_BYTES_MAX: usize = 256 * 1024;

/// Moments that are caught up at most, and those of one backfill.
pub const CATCH_UP_MAX: u64 = 10_000;

/// Jitter lies below this: what is spread over more than a day is another schedule.
pub const JITTER_MS_MAX: u64 = 24 * 3_600_000;

/// Moments that wait at once of a schedule that follows runs. For one more the oldest but one is left out.
pub const FOLLOWED_WAIT_MAX: usize = 100;

/// Ends of runs that are remembered until it is recorded which schedule submitted them: that is recorded next, or when the server
/// begins again.
pub const ENDED_KEPT_MAX: usize = 4096;

/// Days for which prices are kept: what is usual at a time of the week is seen from eight weeks.
pub const PRICES_KEPT_DAYS: i64 = 56;

/// Days ahead of which prices are taken: markets publish the next day, and contracts a week.
pub const PRICES_AHEAD_DAYS_MAX: i64 = 8;

/// Steps of one publication: all that is kept, in quarters of an hour, in one record of 150 kB.
pub const PRICE_STEPS_MAX: usize = 64 * 96;

/// What a kilowatt hour may cost at most, or bring: a thousand dollars, a hundred times what markets admit.
pub const PRICE_MICRO_MAX: u64 = 1_000_000_000;
/// The most carbon dioxide that the generation of a kilowatt hour is said to set free, in milligrams: a hundred kilograms, a
/// hundred times what lignite does.
pub const CARBON_MG_MAX: u64 = 100_000_000;
/// The most that one unit of a currency is worth, in millionths of a dollar: a thousand dollars.
pub const RATE_MICRO_MAX: i64 = 1_000_000_000;

/// The greatest age of a price that can be asked for: a month.
pub const PRICE_AGE_MS_MAX: u64 = 31 * 86_400_000;

/// How long the last price is taken where there is none: a day, after which the same hour is better known by its history.
pub const LAST_KNOWN_MS: u64 = 86_400_000;

/// Which of the prices of how long a time is the typical one: the one in the middle of four weeks.
pub const TYPICAL_PPM: u64 = 500_000;
/// The time of which it is.
pub const TYPICAL_MS: u64 = 28 * 86_400_000;

/// After how long a task that waits is looked at when nothing says that a price will change: it is looked at whenever prices are
/// published, so this is no more than a record of it a day.
pub const LOOK_AGAIN_MS: u64 = 86_400_000;

/// How much cheaper the mean of a later run must be for a task to wait for it: a tenth of a cent, or a gram of
/// carbon dioxide, a kilowatt hour. Less is what
/// a start that is some milliseconds late makes of equal hours.
pub const LEAST_SAVING_MICRO_PER_KWH: u64 = 1_000;
/// The same of several series that are weighed, in millionths of their means: a hundredth.
pub const LEAST_SAVING_WEIGHED_PPM: u64 = 10_000;

/// Tasks of which it is remembered how long they took: some seven hundred bytes each at most. The one whose last run is
/// the longest ago is forgotten first.
pub const DURATIONS_KEPT_MAX: usize = 10_000;

/// The stretch for which a run is suspended at least saves as much as a start is said to cost: a quarter of an hour, the
/// shortest for which there is a price. So no run stops and goes on for less than the least saving of one.
pub const STRETCH_MS_LEAST: u64 = 900_000;

/// How long what remains of a run that may be suspended is thought to take at least, however long it ran: estimates are of most
/// runs, not of all. A task that is thought to take less altogether keeps its own estimate.
pub const REMAINS_MS_LEAST: u64 = 60_000;

/// How long whoever waits for a price is not looked at again while recorded time stands still.
pub const STANDS_STILL_MS: u64 = 60_000;

/// For how long it stands that prices let a task go, while that waits for a place, a budget or the end of a pause. Whatever
/// gets its turn later is asked about again.
pub const RELEASE_HOLDS_MS: u64 = 60_000;

/// What may lie between the decision that a task goes on and the start of its process.
pub const START_MARGIN_MS: u64 = 10_000;

/// Budgets that there may be: each is in every snapshot, and those of a workflow are looked at whenever one of its tasks starts.
pub const BUDGETS_MAX: usize = 1000;

/// The greatest budget, in mWh and in millionths of a dollar: a terawatt hour, a billion dollars.
pub const BUDGET_MAX: u64 = 1_000_000_000_000_000;

/// Faults of one definition that are listed; beyond it only their number is told.
pub const FAULTS_LISTED_MAX: usize = 1000;

/// Whether a text is an id that people give: 1 to 64 of a-z, 0-9, _ and -.
pub fn is_id(id: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(allowed)
}

/// Whether a text is the id of a task of a sub-workflow: ids with dots between them.
pub fn is_path(id: &str) -> bool {
    id.len() <= PATH_BYTES_MAX && id.split('.').all(is_id)
}
