//! What a definition may hold, as the published schema says it; a test compares the two.

use std::ops::RangeInclusive;

/// Tasks of a workflow.
pub(crate) const TASKS_MAX: usize = 100_000;
/// Dependencies of all tasks together. No schema can say it.
pub(crate) const DEPENDENCIES_MAX: usize = 1_000_000;
/// Display names, in bytes.
pub(crate) const NAME_BYTES_MAX: usize = 256;
/// Ids, categories, roles and names of signals, in bytes.
pub(crate) const ID_BYTES_MAX: usize = 64;
/// A command, and an environment, in bytes, with the ends of the texts as the operating system counts them.
pub(crate) const COMMAND_BYTES_MAX: usize = 64 * 1024;
/// The path of a working directory, in bytes.
pub(crate) const DIRECTORY_BYTES_MAX: usize = 4095;
/// The input of a no-op, and what people are asked, in bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Roles whose holders approve.
pub(crate) const ROLES_MAX: usize = 64;
/// How many approve.
pub(crate) const NEEDED: RangeInclusive<u64> = 1..=16;
/// A wait, or what a signal or approvals may take, in seconds.
pub(crate) const WAIT_SECONDS: RangeInclusive<u64> = 1..=31_622_400;
/// How long one attempt may take, in seconds.
pub(crate) const TIMEOUT_SECONDS: RangeInclusive<u64> = 1..=2_592_000;
/// A list that is written out, as JSON, in bytes: 1 MiB less what a server seals around it. No schema can say it, nor the three
/// that follow.
pub(crate) const LIST_BYTES_MAX: usize = 1024 * 1024 - 39;
/// Entries of a list.
pub(crate) const ENTRIES_MAX: usize = 100_000;
/// One of them, as JSON, in bytes.
pub(crate) const ENTRY_BYTES_MAX: usize = 64 * 1024;
/// Lists and objects within each other in one of them: a document has 32 levels, and five are around it.
pub(crate) const ENTRY_LEVELS_MAX: usize = 27;
/// Parts of a task that are under way at once.
pub(crate) const AT_ONCE: RangeInclusive<u64> = 1..=1000;
/// Expressions, in bytes.
pub(crate) const EXPRESSION_BYTES_MAX: usize = 8192;
/// What a command reads on standard input, as written, in bytes.
pub(crate) const STDIN_BYTES_MAX: usize = 128 * 1024;
/// After how many seconds something must have ended.
pub(crate) const DEADLINE_SECONDS: RangeInclusive<u64> = 1..=31_622_400;
/// Labels of a workflow.
pub(crate) const LABELS_MAX: usize = 32;
/// Attempts in all.
pub(crate) const ATTEMPTS: RangeInclusive<u64> = 1..=100;
/// Base of the delay before a retry, in milliseconds.
pub(crate) const RETRY_BASE_MS: RangeInclusive<u64> = 1..=3_600_000;
/// The longest delay before a retry, in milliseconds.
pub(crate) const RETRY_DELAY_MS: RangeInclusive<u64> = 1..=86_400_000;
/// The prefix of the variables that the engine sets.
pub(crate) const RESERVED_PREFIX: &str = "TRIAD_";

/// Whether a text is an id: 1 to 64 characters of `a-z`, `0-9`, `_` and `-`.
pub(crate) fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    (1..=ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn every_limit_is_that_of_the_published_schema() {
        let schema: Value = serde_json::from_str(include_str!("../../../docs/format/workflow.schema.json"))
            .expect("the schema is JSON");
        let task = "/properties/tasks/items/properties";
        let approval = format!("{task}/approval/properties");
        let signal = format!("{task}/signal/anyOf/1/properties");
        let counts = [
            ("/properties/tasks/maxItems".to_owned(), TASKS_MAX),
            ("/properties/name/maxLength".to_owned(), NAME_BYTES_MAX),
            (format!("{task}/name/maxLength"), NAME_BYTES_MAX),
            (format!("{task}/type/maxLength"), ID_BYTES_MAX),
            (format!("{task}/command/maxItems"), COMMAND_BYTES_MAX),
            (format!("{task}/working_directory/maxLength"), DIRECTORY_BYTES_MAX),
            (format!("{task}/input/maxLength"), TEXT_BYTES_MAX),
            (format!("{approval}/message/maxLength"), TEXT_BYTES_MAX),
            (format!("{approval}/roles/maxItems"), ROLES_MAX),
            (format!("{task}/when/maxLength"), EXPRESSION_BYTES_MAX),
            (format!("{task}/for_each/anyOf/0/maxLength"), EXPRESSION_BYTES_MAX),
            (format!("{task}/stdin/maxLength"), STDIN_BYTES_MAX),
            ("/properties/labels/maxProperties".to_owned(), LABELS_MAX),
            ("/properties/labels/additionalProperties/maxLength".to_owned(), NAME_BYTES_MAX),
        ];
        for (place, limit) in counts {
            assert_eq!(schema.pointer(&place), Some(&json!(limit)), "{place}");
        }
        let ranges = [
            (format!("{task}/wait"), WAIT_SECONDS),
            (format!("{signal}/expires_seconds"), WAIT_SECONDS),
            (format!("{approval}/expires_seconds"), WAIT_SECONDS),
            (format!("{approval}/needed"), NEEDED),
            (format!("{task}/timeout_seconds"), TIMEOUT_SECONDS),
            (format!("{task}/for_each/anyOf/2/properties/concurrency"), AT_ONCE),
            (format!("{task}/deadline/anyOf/1"), DEADLINE_SECONDS),
            ("/properties/deadline/anyOf/1".to_owned(), DEADLINE_SECONDS),
            (format!("{task}/retry/properties/attempts"), ATTEMPTS),
            (format!("{task}/retry/properties/base_ms"), RETRY_BASE_MS),
            (format!("{task}/retry/properties/max_ms"), RETRY_DELAY_MS),
        ];
        for (place, range) in ranges {
            let bounds = (
                &schema.pointer(&place).expect("it is there")["minimum"],
                &schema.pointer(&place).expect("it is there")["maximum"],
            );
            assert_eq!(bounds, (&json!(range.start()), &json!(range.end())), "{place}");
        }
        let causes = schema.pointer(&format!("{task}/retry/properties/causes/items/enum"));
        assert_eq!(causes, Some(&json!(crate::Cause::ALL)));
        for place in [format!("{task}/priority/enum"), "/properties/priority/enum".to_owned()] {
            assert_eq!(schema.pointer(&place), Some(&json!(crate::Priority::ALL)), "{place}");
        }
        let id = format!("^[a-z0-9_-]{{1,{ID_BYTES_MAX}}}$");
        for place in [format!("{task}/id"), format!("{signal}/name"), format!("{approval}/roles/items")] {
            assert_eq!(schema.pointer(&place).expect("it is there")["pattern"], id, "{place}");
        }
    }
}
