//! What went wrong, as RFC 9457 problem details with a stable code and what to do about it.

use super::fault::Faults;
use super::json::Malformed;
use super::source::Language;
use super::spot::Spot;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// Declares the table of problems. Codes are part of the interface: they are only ever added to.
macro_rules! codes {
    ($( $name:ident = $code:literal, $status:ident, $title:literal, $fix:literal; )+) => {
        /// Every problem that the interface knows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code { $($name),+ }

        impl Code {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable code.
            pub(crate) const fn name(self) -> &'static str {
                match self { $( Self::$name => $code, )+ }
            }

            /// The status of the answer.
            pub(crate) const fn status(self) -> StatusCode {
                match self { $( Self::$name => StatusCode::$status, )+ }
            }

            /// What it means, the same each time.
            pub(crate) const fn title(self) -> &'static str {
                match self { $( Self::$name => $title, )+ }
            }

            /// What to do about it.
            pub(crate) const fn fix(self) -> &'static str {
                match self { $( Self::$name => $fix, )+ }
            }
        }
    };
}

codes! {
    MalformedJson = "malformed_json", BAD_REQUEST, "The body is not JSON",
        "Correct the document at the place that is named.";
    MalformedYaml = "malformed_yaml", BAD_REQUEST, "The body is not YAML, or not of the part that is read",
        "Correct the document at the place that is named; docs/workflows.md says what is read of YAML.";
    InvalidBody = "invalid_body", BAD_REQUEST, "The body is not what this request takes",
        "Send an object with the field that is named, or no body.";
    InvalidQuery = "invalid_query", BAD_REQUEST, "The query is not understood",
        "Correct the parameter that is named.";
    InvalidHeader = "invalid_header", BAD_REQUEST, "A header is not understood",
        "Correct the header that is named.";
    InvalidEventId = "invalid_event_id", BAD_REQUEST, "There is no such event to go on after",
        "Send as Last-Event-ID the id of an event that this stream gave, or leave it out to begin at the start.";
    InvalidDefinition = "invalid_definition", UNPROCESSABLE_ENTITY, "The definition has faults",
        "Correct every fault that is listed and submit again; nothing was recorded.";
    InvalidValue = "invalid_value", UNPROCESSABLE_ENTITY, "A value is not allowed",
        "Send a value within the bounds that are named.";
    ForeignOrigin = "foreign_origin", FORBIDDEN, "The request came through a page of another site",
        "Call the server directly, under the name that it listens on.";
    NotIdentified = "not_identified", UNAUTHORIZED, "It is not known who asks",
        "Send `Authorization: Bearer KEY`: with the command line by --key-file or TRIAD_KEY. `triad access key issue` makes keys.";
    NotAllowed = "not_allowed", FORBIDDEN, "Whoever asks may not do that",
        "`triad access explain --action ACTION` says why, and what would make it allowed.";
    AskedTooOften = "asked_too_often", TOO_MANY_REQUESTS, "The credential asks more often than it may",
        "Ask again after the time in Retry-After.";
    KeyUnknown = "key_unknown", NOT_FOUND, "There is no such key",
        "Look for it in `triad access key list` or GET /v1/access/keys.";
    KeyConflict = "key_conflict", CONFLICT, "The state of the key does not allow that",
        "See `triad access key show ID` or GET /v1/access/keys/ID.";
    LastAdministrator = "last_administrator", CONFLICT, "Nobody would be left who can give rights",
        "Issue another key with the role admin for the whole installation first.";
    LinkUnknown = "link_unknown", NOT_FOUND, "There is no such link",
        "A link counts once, and for a limited time: have another one made.";
    SessionUnknown = "session_unknown", NOT_FOUND, "There is no such session", "It has ended, or never began.";
    IssuerUnknown = "issuer_unknown", NOT_FOUND, "Tokens of that issuer are not accepted",
        "Look at those that are: `triad access issuer list` or GET /v1/access/issuers.";
    TooManyCredentials = "too_many_credentials", CONFLICT, "There are as many as may be",
        "Revoke those that nobody needs.";
    PolicyInForce = "policy_in_force", CONFLICT, "These policies are in force", "Nothing needs to be done.";
    InvalidPolicy = "invalid_policy", UNPROCESSABLE_ENTITY, "The policies have faults",
        "Correct every fault that is listed; the policies before stay in force.";
    NotFound = "not_found", NOT_FOUND, "There is nothing at this address",
        "See `triad serve --help` for what there is.";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "This address does not take that method",
        "Use the method that the Allow header names.";
    AlertUnknown = "alert_unknown", NOT_FOUND, "There is no such alert, or it is resolved",
        "List the alerts that are open.";
    AlreadyAcknowledged = "already_acknowledged", CONFLICT, "Somebody has acknowledged the alert",
        "Nothing needs to be done: it stays open until its condition ends.";
    SubscriptionUnknown = "subscription_unknown", NOT_FOUND, "There is no such subscription",
        "Look for it in `triad subscription list` or GET /v1/subscriptions.";
    TooManySubscriptions = "too_many_subscriptions", CONFLICT, "There are as many subscriptions as may be",
        "Remove one that nobody needs: `triad subscription remove NAME`.";
    MessageUnknown = "message_unknown", NOT_FOUND, "No such message was given up",
        "Look for it in `triad subscription dead-letters` or GET /v1/messages.";
    ChannelUnknown = "channel_unknown", UNPROCESSABLE_ENTITY, "The server was not started with such a channel",
        "Name a channel of `triad subscription channels`, or start the server with --channels FILE.";
    DefinitionUnknown = "definition_unknown", NOT_FOUND, "There is no such definition, or it has no such version",
        "Look for it in `triad definition list`, `triad definition show NAME` or GET /v1/definitions.";
    VersionRetired = "version_retired", CONFLICT, "The version is retired",
        "Name another version; `triad definition show NAME` lists them.";
    AliasMeansIt = "alias_means_it", CONFLICT, "An alias means that version",
        "Let the alias that is named mean another version first: `triad definition alias NAME ALIAS VERSION`.";
    TooManyDefinitions = "too_many_definitions", CONFLICT, "There are as many definitions, versions or aliases as may be",
        "Use a name, a version or an alias that is there.";
    BulkUnknown = "bulk_unknown", NOT_FOUND, "There is no such bulk action",
        "Look for it in `triad bulk list` or GET /v1/bulk.";
    BulkEnded = "bulk_ended", CONFLICT, "The bulk action has ended", "See what came of it: `triad bulk items ID`.";
    AlreadyStopping = "already_stopping", CONFLICT, "The bulk action is stopping", "Nothing needs to be done.";
    TooManyBulk = "too_many_bulk", TOO_MANY_REQUESTS, "As many bulk actions are under way as may be",
        "Wait until one has ended, or stop one: `triad bulk list --open`.";
    ScheduleUnknown = "schedule_unknown", NOT_FOUND, "There is no such schedule",
        "Look for it in `triad schedule list` or GET /v1/schedules.";
    InvalidSchedule = "invalid_schedule", UNPROCESSABLE_ENTITY, "The timing has a fault",
        "Correct it at the column that is named: `triad schedule next EXPRESSION` tries it; docs/schedules.md has the language.";
    ScheduleCircle = "schedule_circle", UNPROCESSABLE_ENTITY, "Schedules would follow one another in a circle",
        "Let one of those that are named have a calendar, or follow something else.";
    FollowsRuns = "follows_runs", CONFLICT, "It follows runs and has no calendar",
        "Submit what is missing with `triad workflow submit`, or fill back the schedule that it follows.";
    TooManySchedules = "too_many_schedules", CONFLICT, "There are as many schedules as may be",
        "Delete those that nobody needs: `triad schedule delete NAME`.";
    ScheduleChanged = "schedule_changed", CONFLICT, "Somebody else set it at the same moment", "Look at it, and ask again.";
    BackfillUnderWay = "backfill_under_way", CONFLICT, "A backfill of the schedule is under way",
        "Wait for its end, or stop it: `triad schedule stop NAME`.";
    NoBackfill = "no_backfill", CONFLICT, "No backfill of the schedule is under way", "Nothing needs to be done.";
    MoreFound = "more_found", CONFLICT, "More workflows are found than were expected",
        "Look at them with dry_run, and ask again with their number, or without one.";
    NoPriceSource = "no_price_source", CONFLICT, "There is nothing for which prices could be published or removed",
        "Say where prices come from first: `triad price set series`.";
    NoCarbonSource = "no_carbon_source", CONFLICT, "There is nothing for which carbon intensity could be published or removed",
        "Say where it comes from first: `triad carbon set`.";
    NoRules = "no_rules", CONFLICT, "No rules of an operator are set", "Nothing needs to be done.";
    PricesOutdated = "prices_outdated", CONFLICT, "Prices that were published later are there already",
        "Nothing needs to be done, unless the clock of whoever publishes is wrong.";
    CurrencyWithoutRate = "currency_without_rate", UNPROCESSABLE_ENTITY, "The currency cannot be compared with bids",
        "Say what one unit of it is worth: `triad price set series --currency EUR --usd-per-unit 1.0832`.";
    BudgetUnknown = "budget_unknown", NOT_FOUND, "The account has no budget",
        "Look for it in `triad ledger budget show` or GET /v1/ledger/budgets.";
    TooManyBudgets = "too_many_budgets", CONFLICT, "There are as many budgets as there may be",
        "Remove one that nobody needs: `triad ledger budget remove`.";
    WorkflowUnknown = "workflow_unknown", NOT_FOUND, "There is no such workflow",
        "Look for it in `triad workflow list` or GET /v1/workflows.";
    TaskUnknown = "task_unknown", NOT_FOUND, "The workflow has no such task",
        "Look for it in `triad workflow show ID` or GET /v1/workflows/ID/graph.";
    NoOutput = "no_output", NOT_FOUND, "Nothing is known of that output, or nothing was kept of it",
        "Look at the task's attempts: they say how much was written.";
    ContentErased = "content_erased", GONE, "The content is erased",
        "Nobody can read it any more. What the log says of it stays and verifies.";
    ContentMissing = "content_missing", INTERNAL_SERVER_ERROR, "The content is missing",
        "Restore what is named from a copy of the directory.";
    ContentDamaged = "content_damaged", INTERNAL_SERVER_ERROR, "The content is damaged",
        "Restore what is named from a copy of the directory.";
    NotYetRecorded = "not_yet_recorded", NOT_FOUND, "That sequence is not recorded yet",
        "Ask for a sequence up to the durable one, which `triad log head --server URL` and GET /v1/health state.";
    NotAccepted = "not_accepted", NOT_FOUND, "The workflow was not accepted",
        "Ask again once it is, or name another record of it with ?sequence=.";
    RecordElsewhere = "record_elsewhere", NOT_FOUND, "That record is of another stream",
        "Name a sequence that the workflow's timeline lists.";
    WorkflowEnded = "workflow_ended", CONFLICT, "The workflow has ended",
        "Nothing can change it any more: `triad workflow retry ID` goes on with what of it failed.";
    WorkflowAlive = "workflow_alive", CONFLICT, "The workflow has not ended",
        "Wait for its end, or cancel it, and ask again.";
    WorkflowExists = "workflow_exists", CONFLICT, "A workflow with that id exists",
        "Submit again: the next id will be another one.";
    WorkflowIdZero = "workflow_id_zero", BAD_REQUEST, "All zero is no id of a workflow",
        "Submit again: the next id will be another one.";
    IdempotencyConflict = "idempotency_conflict", CONFLICT, "The idempotency key was used for another definition",
        "Use a new key for a new definition.";
    UploadChanged = "upload_changed", CONFLICT, "Another upload interfered",
        "Submit the definition again.";
    AlreadyCancelling = "already_cancelling", CONFLICT, "The workflow is being cancelled already",
        "Nothing needs to be done: an earlier request was granted. Wait for its end.";
    AlreadyPaused = "already_paused", CONFLICT, "It is paused already", "Nothing needs to be done.";
    SignalUnknown = "signal_unknown", NOT_FOUND, "No task of the workflow waits for that signal",
        "The definition names the signals that its tasks wait for: `triad workflow show ID`.";
    InvalidPayload = "invalid_payload", UNPROCESSABLE_ENTITY, "What comes with the signal is not what a task wants",
        "Correct every fault that is listed, each at its place in the payload; nothing was recorded.";
    TooManySignals = "too_many_signals", CONFLICT, "Too many signals wait to be taken",
        "Send it again when tasks have taken some.";
    NotWaiting = "not_waiting", CONFLICT, "The task does not wait for approval",
        "`triad approval list` and `triad incident list` say what does, as GET /v1/approvals and GET /v1/incidents do.";
    RequesterDecides = "requester_decides", FORBIDDEN, "Whoever submitted a workflow does not approve it",
        "Have somebody else decide, with a key of their own.";
    ApprovedAlready = "approved_already", CONFLICT, "You have approved it",
        "Nothing needs to be done: others have to approve as well.";
    NotAnApprover = "not_an_approver", FORBIDDEN, "Holders of other roles decide on it",
        "Have somebody decide who has one of the roles that are named.";
    NotPaused = "not_paused", CONFLICT, "It is not paused", "Nothing needs to be done.";
    ClockConflict = "clock_conflict", CONFLICT, "The state of the clock does not call for that",
        "See `triad clock show` or GET /v1/clock.";
    ClockUnusable = "clock_unusable", SERVICE_UNAVAILABLE, "The machine's clock shows a year that no record can bear",
        "Set it: records are of the years 1970 to 9999. What runs goes on.";
    Quarantined = "quarantined", CONFLICT, "The stream is set aside",
        "`triad stream show ID` says why; `triad stream release ID` lets it go on, `triad stream close ID` ends it for ever.";
    NotQuarantined = "not_quarantined", CONFLICT, "The stream is not set aside", "Nothing needs to be done.";
    StreamUnknown = "stream_unknown", NOT_FOUND, "There is no such stream",
        "Look for those in quarantine in `triad stream list` or GET /v1/streams.";
    NothingDue = "nothing_due", CONFLICT, "Nothing is due", "Nothing needs to be done.";
    AttemptOver = "attempt_over", CONFLICT, "The attempt is over", "Its first outcome counts.";
    AttemptUnknown = "attempt_unknown", NOT_FOUND, "There is no such attempt", "Name the sequence of its request.";
    SubjectUnknown = "subject_unknown", NOT_FOUND, "There is no such data subject",
        "Name one whose content was accepted; a workflow is one by itself.";
    SubjectErased = "subject_erased", CONFLICT, "The data subject is erased",
        "Nothing is accepted for it any more: use another data subject.";
    ErasureUnderWay = "erasure_under_way", CONFLICT, "The data subject is being erased",
        "Nothing is accepted for it any more. `triad subject show ID` or GET /v1/subjects/ID says when its key is destroyed.";
    SubjectInUse = "subject_in_use", CONFLICT, "Workflows that have not ended use the data subject",
        "Wait for their end, or cancel them; close those in quarantine (`triad stream list`). The refusal of an erasure is recorded.";
    LegalHold = "legal_hold", CONFLICT, "The data subject is under legal hold",
        "Every hold must be released first; the refusal is recorded.";
    Retention = "retention", CONFLICT, "The retention rule does not allow it yet",
        "Ask again after the time that is named; the refusal is recorded.";
    HoldExists = "hold_exists", CONFLICT, "The data subject is under a hold of that name",
        "Use another name for another hold.";
    HoldUnknown = "hold_unknown", NOT_FOUND, "The data subject is under no hold of that name",
        "Look at its holds: `triad subject show ID` or GET /v1/subjects/ID.";
    TooManyHolds = "too_many_holds", CONFLICT, "As many holds stand as may",
        "Release those that are over: `triad subject release ID --name NAME`.";
    SettingUnknown = "setting_unknown", NOT_FOUND, "There is no such setting",
        "Look for it in `triad setting list` or GET /v1/settings.";
    TooLarge = "too_large", PAYLOAD_TOO_LARGE, "The request is larger than may be",
        "Stay below the limit that is named.";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body is of a type that is not read",
        "Send JSON as `Content-Type: application/json`, or a definition in YAML as `application/yaml`, without an encoding.";
    UnsupportedTransferCoding = "unsupported_transfer_coding", NOT_IMPLEMENTED, "The body comes in a coding that is not read",
        "Send it with a Content-Length, or as `Transfer-Encoding: chunked` alone.";
    SlowBody = "slow_body", REQUEST_TIMEOUT, "The body did not arrive in time",
        "Send it again over a faster connection.";
    TooManyAlive = "too_many_alive", TOO_MANY_REQUESTS, "As many workflows are alive as may be",
        "Wait until some have ended.";
    Busy = "busy", SERVICE_UNAVAILABLE, "The server has too much to do", "Ask again after the time in Retry-After.";
    ViewsBehind = "views_behind", SERVICE_UNAVAILABLE, "The views have not read far enough yet",
        "Ask again after the time in Retry-After.";
    VaultUnavailable = "vault_unavailable", SERVICE_UNAVAILABLE, "The vault failed",
        "Look at the server's messages for the cause, and at docs/recovery.md, which says for each file what helps.";
    Stopping = "stopping", SERVICE_UNAVAILABLE, "The server is stopping; nothing was recorded",
        "Ask again when it is back.";
    NotRecorded = "not_recorded", SERVICE_UNAVAILABLE, "The log could not be written; nothing was recorded",
        "Look at the server's messages and its disk, restart it, and ask again.";
    UnknownOutcome = "unknown_outcome", INTERNAL_SERVER_ERROR, "It is not known whether it was recorded",
        "Ask again with the same idempotency key once the server is back: it is recorded once.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "The server failed", "Look at the server's messages.";
}

impl Code {
    /// Whether asking again may help, without anybody mending anything first.
    fn is_passing(self) -> bool {
        let is_busy =
            matches!(self.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
        is_busy && self != Self::VaultUnavailable
    }
}

/// Seconds after which a client that came at a bad moment may ask again.
const RETRY_AFTER_SECONDS: &str = "1";

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    detail: String,
    more: Map<String, Value>,
    /// Seconds after which asking again may help, where that is known.
    retry_after: Option<u64>,
}

impl Problem {
    /// A problem and what is special about it this time.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), more: Map::new(), retry_after: None }
    }

    /// With the seconds after which asking again may help.
    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// With a further member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// Everything that is wrong with a definition.
    pub(crate) fn faults(faults: &Faults) -> Self {
        let listed: Vec<Value> = faults
            .listed
            .iter()
            .map(|fault| {
                json!({
                    "path": fault.path(), "task": fault.task.map(Spot::outermost),
                    "task_id": Some(&fault.id).filter(|id| !id.is_empty()), "problem": fault.problem,
                    "line": fault.place.map(|place| place.line), "column": fault.place.map(|place| place.column),
                })
            })
            .collect();
        let more = faults.total - listed.len();
        let unlisted =
            if more > 0 { format!(", the first {} are listed", listed.len()) } else { String::new() };
        let plural = if faults.total == 1 { "fault" } else { "faults" };
        Self::new(Code::InvalidDefinition, format!("the definition has {} {plural}{unlisted}", faults.total))
            .with("faults", listed)
            .with("fault_count", faults.total)
    }

    /// A definition that is not of the language that it should be of.
    pub(crate) fn malformed(language: Language, malformed: &Malformed) -> Self {
        let code = match language {
            Language::Json => Code::MalformedJson,
            Language::Yaml => Code::MalformedYaml,
        };
        let problem = Self::new(code, malformed.to_string());
        problem.with("line", malformed.line).with("column", malformed.column)
    }

    /// What is special about it, for people who read it elsewhere than in an answer.
    pub(crate) fn text(&self) -> String {
        self.detail.clone()
    }

    /// The body of the answer.
    pub(crate) fn document(&self) -> Value {
        let mut document = json!({
            "type": format!("urn:triad:problem:{}", self.code.name()),
            "title": self.code.title(),
            "status": self.code.status().as_u16(),
            "code": self.code.name(),
            "detail": self.detail,
            "fix": self.code.fix(),
        });
        if let Some(members) = document.as_object_mut() {
            members.extend(self.more.clone());
        }
        document
    }
}

impl JsonSchema for Problem {
    fn schema_name() -> Cow<'static, str> {
        "Problem".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<Value> = Code::ALL
            .iter()
            .map(|code| json!({ "const": code.name(), "title": code.title(), "description": code.fix() }))
            .collect();
        let text = || json!({ "type": "string" });
        let count = || json!({ "type": "integer", "minimum": 0 });
        let place = |doc: &str| json!({ "type": ["integer", "null"], "description": doc });
        let fault = json!({
            "type": "object",
            "properties": {
                "path": text(), "problem": text(),
                "task": { "type": ["integer", "null"], "description": "The place of the task." },
                "task_id": { "type": ["string", "null"] },
                "line": place("The line, from 1; null when the definition was not kept."),
                "column": place("The column in characters, from 1."),
            },
            "required": ["path", "problem", "task", "task_id"],
        });
        json_schema!({
            "description": "What went wrong, as RFC 9457 problem details.",
            "type": "object",
            "properties": {
                "type": text(), "title": text(), "status": count(), "code": { "oneOf": codes }, "detail": text(),
                "fix": { "type": "string", "description": "What to do about it." },
                "line": count(), "column": count(),
                "faults": { "type": "array", "items": fault }, "fault_count": count(),
                "workflow_status": text(),
                "action": { "type": "string", "description": "What was not allowed: the name of a route." },
                "field": { "type": "string", "description": "The part of a timing that is wrong." },
                "policies": { "type": "array", "items": text(), "description": "The policies that forbid it." },
                "recorded": { "type": "boolean", "description": "Whether the refusal is evidence in the log." },
            },
            "required": ["type", "title", "status", "code", "detail", "fix"],
        })
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.code.status(), self.document().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self.retry_after {
            Some(seconds) => drop(headers.insert(header::RETRY_AFTER, seconds.into())),
            None if self.code.is_passing() => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
            }
            None => {}
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_words() {
        let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
