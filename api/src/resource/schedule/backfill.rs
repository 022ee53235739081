//! `POST /v1/schedules/{name}/backfill`: has the moments of a range fire that lies in the past.

use super::moments::Moments;
use crate::access::admitted::Admitted;
use crate::access::sight::About;
use crate::http::answer::recorded;
use crate::http::extract::Reason;
use crate::http::fields::{Field, Fields, REASON};
use crate::http::state::AppState;
use crate::resource::workflow::SUBMIT;
use crate::wire::json::Kind;
use crate::wire::problem::{Code, Problem};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use triad_calendar::{EARLIEST_MS, ZONES_VERSION};
use triad_decide::limits::CATCH_UP_MAX;
use triad_event::schedules::{Ask, BackfillRequested, BackfillWhy, EndBackfill};

pub(super) const FROM: Field = Field {
    name: "from",
    kind: Kind::Text,
    is_required: true,
    doc: "Moments from this one on: RFC 3339, such as 2026-10-01T00:00:00+02:00.",
};
pub(super) const UNTIL: Field = Field {
    name: "until",
    kind: Kind::Text,
    is_required: true,
    doc: "Moments before this one, which has passed.",
};

pub(super) async fn backfill(
    State(state): State<AppState>,
    admitted: Admitted,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let mut fields = Fields::read(&state.bodies, &headers, body, &[FROM, UNTIL, REASON]).await?;
    let from_ms = moment(FROM, &fields.required(FROM)?)?;
    let before_ms = moment(UNTIL, &fields.required(UNTIL)?)?;
    state.allow(&admitted, SUBMIT, About::Home).await?;
    if before_ms > state.engine_ms().await? {
        return Err(invalid("until has not come: what is to come fires by itself".to_owned()));
    }
    if before_ms <= from_ms {
        return Err(invalid("until is not behind from".to_owned()));
    }
    let schedule = state.schedule(&admitted, &name).await?;
    let Moments::Calendar(timing) = Moments::of(&schedule)? else {
        let detail = "it follows runs, which name no moments in the past: there is nothing to fill back";
        return Err(Problem::new(Code::FollowsRuns, detail));
    };
    let expected = timing.count(from_ms - 1, before_ms - 1);
    if !(1..=CATCH_UP_MAX).contains(&expected) {
        let detail =
            format!("that range has {expected} moments: a backfill is of 1 to {CATCH_UP_MAX} of them");
        return Err(invalid(detail));
    }
    let (zones_version, reason) = (ZONES_VERSION.to_owned(), fields.or_empty(REASON));
    let ask = Ask::from(BackfillRequested { from_ms, before_ms, expected, zones_version, reason });
    state.change_schedule(&admitted, &name, ask).await
}

pub(super) async fn stop_backfill(
    State(state): State<AppState>,
    admitted: Admitted,
    Path(name): Path<String>,
    // What is stopped needs no reason of its own, but a body that says something else is refused.
    Reason(_): Reason,
) -> Result<Response, Problem> {
    let ask = Ask::from(EndBackfill { why: BackfillWhy::Stopped, refusal: String::new() });
    state.change_schedule(&admitted, &name, ask).await
}

/// A moment as it is written, in milliseconds.
fn moment(field: Field, text: &str) -> Result<i64, Problem> {
    let read: Result<jiff::Timestamp, _> = text.parse();
    let read = read.map(jiff::Timestamp::as_millisecond).ok().filter(|ms| *ms >= EARLIEST_MS);
    read.ok_or_else(|| {
        let name = field.name;
        invalid(format!("{name} is a moment from 1970 on with its offset, such as 2026-10-01T00:00:00+02:00"))
    })
}

fn invalid(detail: String) -> Problem {
    Problem::new(Code::InvalidValue, detail)
}

impl AppState {
    /// Asks something of a schedule by its name, and answers with the schedule as it is then.
    pub(super) async fn change_schedule(
        &self,
        admitted: &Admitted,
        name: &str,
        ask: Ask,
    ) -> Result<Response, Problem> {
        let id = self.schedule(admitted, name).await?.id;
        let sequence = self.ask_of_schedule(admitted, id, ask).await?;
        let shown = self.schedule_shown(admitted, name).await?;
        Ok(recorded(StatusCode::OK, &shown, sequence))
    }
}
