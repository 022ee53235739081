//! `POST /v1/schedules`: reads a schedule whole, shows when it fires, and has it recorded.

use super::text::recorded as recorded_language;
use super::timing::{faulty, rules, vain};
use super::wire::{NextMoment, Preview, Schedule, next_moments};
use crate::access::admitted::Admitted;
use crate::access::sight::About;
use crate::entropy;
use crate::http::answer::{json, recorded};
use crate::http::document::Document;
use crate::http::state::AppState;
use crate::resource::bulk::connection;
use crate::resource::workflow::SUBMIT;
use crate::wire::problem::{Code, Problem};
use crate::wire::source::Language;
use crate::wire::words::{Word, Words};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use triad_calendar::{Timing, ZONES_VERSION};
use triad_decide::limits::{SCHEDULE_BYTES_MAX, is_id};
use triad_decide::{Input, Refusal, subjects};
use triad_event::ids::StreamId;
use triad_event::quantity::Millis;
use triad_event::schedules::{Ask, CatchUp, CatchUpPolicy, Fold, Gap, Overlap, ScheduleSet};

/// How often a text is handed in again, when more was erased meanwhile than the engine remembers.
const LOOKUPS_MAX: usize = 3;

/// A schedule as it is to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleDocument {
    /// Its name. One that is there with that name is replaced.
    name: String,
    /// When it fires: cron with five or six fields, @daily and the like, or @every 15m.
    at: String,
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

/// What is asked for, read whole.
struct Read {
    timing: Timing,
    gap: Gap,
    fold: Fold,
    overlap: Overlap,
    catch_up: CatchUp,
    language: Language,
    text: Vec<u8>,
    next: Vec<NextMoment>,
}

pub(super) async fn request(
    State(state): State<AppState>,
    admitted: Admitted,
    Document(document): Document<ScheduleDocument>,
) -> Result<Response, Problem> {
    let now_ms = state.engine_ms().await?;
    let read = document.read(now_ms)?;
    state.allow(&admitted, SUBMIT, About::Home).await?;
    let first_ms = read.timing.next_after(now_ms).ok_or_else(vain)?;
    let moment = (document.name.as_str(), first_ms);
    let submitted = state.read_scheduled(&admitted, read.language, read.text.clone(), moment).await?;
    if document.dry_run {
        let tasks = submitted.checked.tasks.len();
        let zone = read.timing.zone().to_owned();
        let preview =
            Preview { name: document.name, zone, zones_version: ZONES_VERSION, tasks, next: read.next };
        return Ok(json(StatusCode::OK, &preview));
    }
    let name = document.name.clone();
    let sequence = state.set_schedule(&admitted, document, read).await?;
    state.schedules_changed.notify_one();
    let shown = state.schedule(&admitted, &name).await?;
    Ok(recorded(StatusCode::CREATED, &Schedule::of(&shown, now_ms), sequence))
}

impl ScheduleDocument {
    /// Reads all of it but the definition.
    fn read(&self, now_ms: i64) -> Result<Read, Problem> {
        if !is_id(&self.name) {
            return Err(invalid("a schedule is named with 1 to 64 of a-z, 0-9, _ and -"));
        }
        let gap = named(self.gap.as_deref(), "gap", Gap::ALL, Gap::Shift)?;
        let fold = named(self.fold.as_deref(), "fold", Fold::ALL, Fold::First)?;
        let overlap = named(self.overlap.as_deref(), "overlap", Overlap::ALL, Overlap::Skip)?;
        let catch_up = self.catch_up()?;
        let timing = Timing::parse(&self.at, self.zone.as_deref(), rules(gap, fold));
        let timing = timing.map_err(|fault| faulty(&fault))?;
        let (language, text) = self.definition()?;
        let next = next_moments(&timing, now_ms);
        Ok(Read { timing, gap, fold, overlap, catch_up, language, text, next })
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
        let age_max = Millis(age_seconds.unwrap_or(AGE_SECONDS_DEFAULT).saturating_mul(1000));
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
    /// Has a schedule recorded as it was read; says where.
    async fn set_schedule(
        &self,
        admitted: &Admitted,
        document: ScheduleDocument,
        read: Read,
    ) -> Result<u64, Problem> {
        let (tenant, name) = (admitted.home().to_owned(), document.name);
        let id = match self.find_schedule(&tenant, &name).await? {
            Some(schedule) => schedule.id,
            None => StreamId(entropy::id()),
        };
        let _alone = self.schedule_turns.alone_with(id).await;
        let (subject, source, attachment) = self.seal_scheduled(&tenant, &name, read.text).await?;
        let mut set = ScheduleSet {
            tenant,
            name,
            timing: document.at,
            zone: read.timing.zone().to_owned(),
            zones_version: ZONES_VERSION.to_owned(),
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
