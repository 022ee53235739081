//! What `triad setting` can be asked.

use super::subject::Why;
use super::workflow::Caller;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum SettingVerb {
    /// List the settings: value, unit, bounds, and what each does.
    #[command(after_help = "Examples:\n  triad setting list\n  triad setting list -o json")]
    List {
        #[command(flatten)]
        at: Caller,
    },
    /// Change a setting. The change is recorded, and decisions from there on follow it.
    #[command(
        after_help = "Example:\n  triad setting set retention_min 2592000000 --reason \"30 days, policy 4\""
    )]
    Set {
        #[command(flatten)]
        at: Caller,
        /// The setting.
        #[arg(value_name = "NAME")]
        name: String,
        /// Its value, in its unit.
        #[arg(value_name = "VALUE", allow_negative_numbers = true)]
        value: i64,
        #[command(flatten)]
        why: Why,
    },
}
