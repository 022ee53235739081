//! `POST /v1/schedules`, and `POST /v1/workflows` of what a task says is to be a schedule: reads a schedule whole, shows when it
//! fires, and has it recorded.

use super::follow::{AfterDocument, Following};
use super::route::SET;
use super::text::{Occasion, recorded as recorded_language};
use super::timing::{faulty, rules, unsaid, vain};
use super::wire::{Preview, next_moments};
use crate::access::admitted::Admitted;
use crate::access::sight::About;
use crate::entropy;
use crate::http::answer::{json, recorded};
use crate::http::document::Document;
use crate::http::state::AppState;
use crate::resource::bulk::connection;
use crate::resource::workflow::SUBMIT;
use crate::wire::definition::{Definition, Recurrence};
use crate::wire::problem::{Code, Problem};
use crate::wire::source::Language;
use crate::wire::words::{Word, Words};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::MutexGuard;
use triad_calendar::{Rules, Timing, ZONES_VERSION};
use triad_decide::limits::{SCHEDULE_BYTES_MAX, is_id};
use triad_decide::{Input, Refusal, subjects};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::quantity::Millis;
use triad_event::schedules::{After, Ask, CatchUp, CatchUpPolicy, Fold, Gap, Overlap, ScheduleSet};

/// How often a text is handed in again, when more was erased meanwhile than the engine remembers.
const LOOKUPS_MAX: usize = 3;

/// A schedule as it is to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleDocument {
    /// Its name. One that is there with that name is replaced.
    name: String,
    /// When it fires: cron with five or six fields, @daily and the like, or @every 15m. Without it, when a task of the definition
    /// says so.
    #[serde(default)]
    at: Option<String>,
    /// Instead of a calendar, whose runs it follows: it fires when one of them has ended.
    #[serde(default)]
    after: Option<AfterDocument>,
    /// The time zone in which that is read, such as Europe/Berlin; UTC unless it is given.
    #[serde(default)]
    zone: Option<String>,
    /// For a time that the clock leaves out: SHIFT to the first moment after it, which is the default, or SKIP.
    #[serde(default)]
    #[schemars(with = "Option<Word<Gap>>")]
    gap: Option<String>,
    /// For a time that the clock shows twice: FIRST, which is the default, or LAST.
    #[serde(default)]
    #[schemars(with = "Option<Word<Fold>>")]
    fold: Option<String>,
    /// For a moment while the run of an earlier one goes on: SKIP, which is the default, QUEUE or ALLOW.
    #[serde(default)]
    #[schemars(with = "Option<Word<Overlap>>")]
    overlap: Option<String>,
    /// Which moments fire that passed while no server ran: NONE, LAST, which is the default, or ALL.
    #[serde(default)]
    #[schemars(with = "Option<Word<CatchUpPolicy>>")]
    catch_up: Option<String>,
    /// With ALL: at most so many, the newest; 100 unless it is given.
    #[serde(default)]
    catch_up_count_max: Option<u32>,
    /// With ALL: none that lies further back; a week unless it is given.
    #[serde(default)]
    catch_up_age_seconds: Option<u64>,
    /// Each firing is later than its moment by less than this, by an amount that is always the same.
    #[serde(default)]
    jitter_seconds: Option<u64>,
    /// The document that is submitted, as POST /v1/workflows takes it: text, or an object.
    #[schemars(with = "String")]
    definition: Value,
    /// In which language the text is: YAML, which is the default, or JSON.
    #[serde(default)]
    language: Option<String>,
    /// Why, for the record.
    #[serde(default)]
    reason: String,
    /// Whether it is only to be told when it would fire, once all of it was read.
    #[serde(default)]
    dry_run: bool,
}

/// With ALL, when nobody says otherwise.
const COUNT_DEFAULT: u32 = 100;
const AGE_SECONDS_DEFAULT: u64 = 7 * 86_400;
/// Ten years.
const AGE_SECONDS_MAX: u64 = 315_360_000;

/// What is asked for, read whole.
struct Read {
    when: When,
    gap: Gap,
    fold: Fold,
    overlap: Overlap,
    catch_up: CatchUp,
    language: Language,
    text: Vec<u8>,
    tasks: usize,
}

/// When a schedule is to fire.
enum When {
    Calendar { at: String, timing: Timing },
    After(After),
}

impl When {
    fn zone(&self) -> Option<String> {
        match self {
            Self::Calendar { timing, .. } => Some(timing.zone().to_owned()),
            Self::After(_) => None,
        }
    }

    fn after(&self) -> Option<&After> {
        match self {
            Self::Calendar { .. } => None,
            Self::After(after) => Some(after),
        }
    }
}

pub(super) async fn request(
    State(state): State<AppState>,
    admitted: Admitted,
    Document(document): Document<ScheduleDocument>,
) -> Result<Response, Problem> {
    state.set_as_asked(&admitted, document).await
}

impl ScheduleDocument {
    /// When it fires, as far as it says so itself.
    fn timing(&self, rules: Rules) -> Result<Option<(String, Timing)>, Problem> {
        let zone = self.zone.as_deref();
        match &self.at {
            Some(at) => Ok(Some((at.clone(), parsed(at, zone, rules)?))),
            None if zone.is_some() => Err(invalid("zone goes with at: a task that says when says where")),
            None => Ok(None),
        }
    }

    /// When it fires, by itself or by what a task of its definition says.
    fn when(&self, rules: Rules, submitted: &Definition, now_ms: i64) -> Result<When, Problem> {
        let said = self.timing(rules)?;
        if let Some(after) = &self.after {
            let of_a_calendar = [&self.at, &self.zone, &self.gap, &self.fold];
            return match of_a_calendar.iter().all(|member| member.is_none()) {
                true => Ok(When::After(after.read(submitted)?)),
                false => Err(invalid("at, zone, gap and fold are of a calendar: give them, or after")),
            };
        }
        let (at, timing) = match (said, &submitted.recurrence) {
            (Some(said), _) => said,
            (None, Some(Recurrence { at, zone })) => (at.clone(), parsed(at, Some(zone), rules)?),
            (None, None) => return Err(unsaid()),
        };
        timing.next_after(now_ms).ok_or_else(vain)?;
        Ok(When::Calendar { at, timing })
    }

    fn catch_up(&self) -> Result<CatchUp, Problem> {
        let policy = named(self.catch_up.as_deref(), "catch_up", CatchUpPolicy::ALL, CatchUpPolicy::Last)?;
        let (count_max, age_seconds) = (self.catch_up_count_max, self.catch_up_age_seconds);
        if policy != CatchUpPolicy::All {
            if count_max.is_some() || age_seconds.is_some() {
                return Err(invalid("catch_up_count_max and catch_up_age_seconds go with catch_up ALL"));
            }
            return Ok(CatchUp { policy, count_max: 0, age_max: Millis(0) });
        }
        let age_seconds = age_seconds.unwrap_or(AGE_SECONDS_DEFAULT);
        if age_seconds > AGE_SECONDS_MAX {
            return Err(invalid("catch_up_age_seconds is at most 315360000, ten years"));
        }
        let age_max = Millis(age_seconds * 1000);
        Ok(CatchUp { policy, count_max: count_max.unwrap_or(COUNT_DEFAULT), age_max })
    }

    fn definition(&self) -> Result<(Language, Vec<u8>), Problem> {
        let language = match self.language.as_deref() {
            Some(word) if word.eq_ignore_ascii_case("YAML") => Some(Language::Yaml),
            Some(word) if word.eq_ignore_ascii_case("JSON") => Some(Language::Json),
            Some(_) => return Err(invalid("language is one of YAML, JSON")),
            None => None,
        };
        let (language, text) = match &self.definition {
            Value::String(text) => (language.unwrap_or(Language::Yaml), text.clone()),
            Value::Object(_) if language != Some(Language::Yaml) => {
                (Language::Json, self.definition.to_string())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err(invalid("definition is the text of a document, or an object in JSON"));
            }
        };
        if text.len() > SCHEDULE_BYTES_MAX {
            let detail = format!("the document of a schedule has at most {SCHEDULE_BYTES_MAX} bytes");
            return Err(Problem::new(Code::TooLarge, detail));
        }
        Ok((language, text.into_bytes()))
    }
}

fn parsed(at: &str, zone: Option<&str>, rules: Rules) -> Result<Timing, Problem> {
    Timing::parse(at, zone, rules).map_err(|fault| faulty(&fault))
}

/// The value with that word, however it is capitalised.
fn named<T: Words + Copy>(word: Option<&str>, field: &str, all: &[T], default: T) -> Result<T, Problem> {
    let Some(word) = word else { return Ok(default) };
    let found = all.iter().copied().find(|value| value.word().eq_ignore_ascii_case(word));
    found.ok_or_else(|| invalid(format!("{field} is one of {}", T::ALL.join(", "))))
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(Code::InvalidValue, detail)
}

impl AppState {
    /// Sets the schedule that a task of a workflow asks for, which has its name. What a workflow cannot say is as it is when
    /// nobody says otherwise.
    pub(in crate::resource) async fn set_as_submitted(
        &self,
        admitted: &Admitted,
        name: String,
        language: Language,
        text: Vec<u8>,
    ) -> Result<Response, Problem> {
        self.allow(admitted, SET, About::Home).await?;
        let language = match language {
            Language::Json => "JSON",
            Language::Yaml => "YAML",
        };
        let text = String::from_utf8(text).map_err(|_| invalid("the text of a schedule is UTF-8"))?;
        let document = ScheduleDocument {
            name,
            at: None,
            after: None,
            zone: None,
            gap: None,
            fold: None,
            overlap: None,
            catch_up: None,
            catch_up_count_max: None,
            catch_up_age_seconds: None,
            jitter_seconds: None,
            definition: Value::String(text),
            language: Some(language.to_owned()),
            reason: String::new(),
            dry_run: false,
        };
        self.set_as_asked(admitted, document).await
    }

    async fn set_as_asked(
        &self,
        admitted: &Admitted,
        document: ScheduleDocument,
    ) -> Result<Response, Problem> {
        let now_ms = self.engine_ms().await?;
        let read = self.read_schedule(admitted, &document, now_ms).await?;
        let name = document.name.clone();
        if document.dry_run {
            return Ok(json(StatusCode::OK, &self.preview(admitted, name, &read, now_ms).await?));
        }
        let sequence = self.set_schedule(admitted, document, read).await?;
        self.schedules_changed.notify_one();
        let shown = self.schedule_shown(admitted, &name).await?;
        Ok(recorded(StatusCode::CREATED, &shown, sequence))
    }

    /// When it would fire that was read.
    async fn preview(
        &self,
        admitted: &Admitted,
        name: String,
        read: &Read,
        now_ms: i64,
    ) -> Result<Preview, Problem> {
        let (next, after) = match &read.when {
            When::Calendar { timing, .. } => (next_moments(timing, now_ms), None),
            When::After(after) => {
                self.refuse_unfollowable(admitted, after).await?;
                let followed = self.followed_by(admitted, Some(after)).await?;
                (Vec::new(), Some(Following::of(after, followed.as_ref(), now_ms)))
            }
        };
        let (zone, tasks) = (read.when.zone(), read.tasks);
        Ok(Preview { name, zone, after, zones_version: ZONES_VERSION, tasks, next })
    }

    /// Reads all of it, and what it would submit at this time.
    async fn read_schedule(
        &self,
        admitted: &Admitted,
        document: &ScheduleDocument,
        now_ms: i64,
    ) -> Result<Read, Problem> {
        if !is_id(&document.name) {
            return Err(invalid("a schedule is named with 1 to 64 of a-z, 0-9, _ and -"));
        }
        let gap = named(document.gap.as_deref(), "gap", Gap::ALL, Gap::Shift)?;
        let fold = named(document.fold.as_deref(), "fold", Fold::ALL, Fold::First)?;
        let overlap = named(document.overlap.as_deref(), "overlap", Overlap::ALL, Overlap::Skip)?;
        let catch_up = document.catch_up()?;
        let rules = rules(gap, fold);
        let (language, text) = document.definition()?;
        self.allow(admitted, SUBMIT, About::Home).await?;
        // Any run will do: what follows one is given its id.
        let follows = document.after.as_ref().map(|_| WorkflowId([0; 16]));
        let occasion = Occasion { name: &document.name, moment_ms: now_ms, follows };
        let definition = self.read_scheduled(admitted, language, text.clone(), occasion).await?;
        let when = document.when(rules, &definition, now_ms)?;
        let tasks = definition.checked.tasks.len();
        Ok(Read { when, gap, fold, overlap, catch_up, language, text, tasks })
    }

    /// The schedule of that name, or one that is to be, alone with it: deleted meanwhile its stream would begin a second time.
    async fn alone_with_named(
        &self,
        tenant: &str,
        name: &str,
    ) -> Result<(StreamId, MutexGuard<'_, ()>), Problem> {
        let mut found = self.find_schedule(tenant, name).await?.map(|schedule| schedule.id);
        loop {
            let id = found.unwrap_or_else(|| StreamId(entropy::id()));
            let alone = self.schedule_turns.alone_with(id).await;
            let now = self.find_schedule(tenant, name).await?.map(|schedule| schedule.id);
            if now == found {
                return Ok((id, alone));
            }
            found = now;
        }
    }

    /// Has a schedule recorded as it was read; says where.
    async fn set_schedule(
        &self,
        admitted: &Admitted,
        document: ScheduleDocument,
        read: Read,
    ) -> Result<u64, Problem> {
        let (tenant, name) = (admitted.home().to_owned(), document.name);
        let (id, _alone) = self.alone_with_named(&tenant, &name).await?;
        let (subject, source, attachment) = self.seal_scheduled(&tenant, &name, read.text).await?;
        let (zone, after) = (read.when.zone(), read.when.after().cloned());
        let (timing, zones_version) = match read.when {
            When::Calendar { at, .. } => (at, ZONES_VERSION.to_owned()),
            When::After(_) => (String::new(), String::new()),
        };
        let mut set = ScheduleSet {
            tenant,
            name,
            timing,
            zone: zone.unwrap_or_default(),
            zones_version,
            gap: read.gap,
            fold: read.fold,
            overlap: read.overlap,
            catch_up: read.catch_up,
            jitter_max: Millis(document.jitter_seconds.unwrap_or(0).saturating_mul(1000)),
            subject,
            source: source.into(),
            language: recorded_language(read.language),
            connection: connection(admitted.circumstances),
            reason: document.reason,
            after,
        };
        for lookup in 1..=LOOKUPS_MAX {
            let input = Input::of(id, Ask::from(set.clone()));
            let answer = self.ask_with(admitted.asker, input, vec![attachment.clone()]).await?;
            match answer.reply {
                Err(Refusal::Subjects(subjects::Refusal::LookupTooOld { .. })) if lookup < LOOKUPS_MAX => {
                    set.subject = self.know_again(&set.subject).await?;
                }
                Err(refusal) => {
                    self.give_back(&set.subject).await?;
                    return Err(refusal.into());
                }
                Ok(_) => return Ok(answer.sequence),
            }
        }
        Err(Problem::new(Code::ViewsBehind, "more was erased meanwhile than the engine remembers"))
    }
}
