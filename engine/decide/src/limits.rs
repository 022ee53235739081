//! Every bound of the core that is not a setting, each with its reason.

use triad_event::quantity::Millis;

/// Events of one group. A group is one commit and keeps other streams waiting, so work beyond this goes on in
/// a new group; 4096 small records are about one megabyte and a few milliseconds.
pub const GROUP_EVENTS_MAX: usize = 4096;

/// Payload of one record, as the log format allows (1 MiB), less room for the fields around a list of tasks.
pub const RECORD_BYTES_MAX: usize = (1 << 20) - 4096;

/// Command of one task, and its environment, each with a terminator per text, as the operating system counts
/// them.
pub const COMMAND_BYTES_MAX: usize = 64 * 1024;

/// Captured output of one attempt, per stream: twice this and a header fit one record with room to spare.
pub const OUTPUT_BYTES_MAX: usize = 64 * 1024;

/// Display names of workflows and tasks: a line on a screen, not a document.
pub const NAME_BYTES_MAX: usize = 256;

/// Ids of tasks.
pub const ID_BYTES_MAX: usize = 64;

/// Reasons that people give.
pub const REASON_BYTES_MAX: usize = 1024;

/// Attempts of one task: more is a loop, not a retry.
pub const ATTEMPTS_MAX: u32 = 100;

/// Longest timeout that a task may name: 30 days, the same as the bound of the setting.
pub const TIMEOUT_MAX: Millis = Millis(2_592_000_000);

/// Longest base of a retry delay that a task may name: an hour, the same as the bound of the setting.
pub const RETRY_BASE_MAX: Millis = Millis(3_600_000);

/// Idempotency keys that the world keeps. The persisted index lags by far fewer acceptances than this; when
/// it ever does not, a submission is refused until the index has caught up.
pub const KEYS_MAX: usize = 16_384;

/// Faults of one definition that are listed; beyond it only their number is told.
pub const FAULTS_LISTED_MAX: usize = 1000;
