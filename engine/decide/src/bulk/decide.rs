//! Decides on bulk actions. Everything is recorded in the stream of the action.

use triad_event::bulk::{
    ActionEnded, ActionRequested, Ask, EndAction, PageEnded, PageListed, Phase, StopRequested, Why,
};
use triad_event::ids::StreamId;

use super::facts::Facts;
use super::refusal::Refusal;
use super::state::Open;
use crate::decision::Decision;
use crate::limits::{BULK_FILTER_BYTES_MAX, BULK_OPEN_MAX, BULK_PAGE_MAX, check_reason};

/// Decides on what is asked.
pub(crate) fn decide(facts: &Facts<'_>, stream: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    match ask {
        Ask::Request(requested) => request(facts, stream, *requested),
        Ask::ListPage(listed) => list(facts, stream, listed),
        Ask::EndPage(ended) => end_page(facts, stream, ended),
        Ask::Stop(stop) => request_stop(facts, stream, stop),
        Ask::End(asked) => end(facts, stream, asked),
    }
}

fn request(facts: &Facts<'_>, stream: StreamId, requested: ActionRequested) -> Result<Decision, Refusal> {
    if stream == StreamId::LOG || facts.streams.get(stream).is_some() {
        return Err(Refusal::StreamTaken { stream });
    }
    if facts.state.open.len() >= BULK_OPEN_MAX {
        return Err(Refusal::TooManyOpen);
    }
    if requested.filter.len() > BULK_FILTER_BYTES_MAX {
        return Err(Refusal::FilterTooLong);
    }
    if requested.through >= facts.next_sequence {
        return Err(Refusal::NotYetRecorded { through: requested.through });
    }
    check_reason(&requested.reason)?;
    Ok(Decision::recorded(stream, requested))
}

fn list(facts: &Facts<'_>, stream: StreamId, listed: PageListed) -> Result<Decision, Refusal> {
    let open = known(facts, stream)?;
    let cursor = open.next.filter(|_| open.phase == Phase::Listing && !open.is_stopping);
    let cursor = cursor.ok_or(Refusal::PageOutOfTurn)?;
    let goes_on = listed.next.is_none_or(|next| next < cursor);
    if listed.page != open.pages + 1 || !goes_on {
        return Err(Refusal::PageOutOfTurn);
    }
    if !(1..=BULK_PAGE_MAX).contains(&listed.workflows.len()) {
        return Err(Refusal::PageLength);
    }
    Ok(Decision::recorded(stream, listed))
}

fn end_page(facts: &Facts<'_>, stream: StreamId, ended: PageEnded) -> Result<Decision, Refusal> {
    let open = known(facts, stream)?;
    if open.phase != Phase::Acting || ended.page != open.pages {
        return Err(Refusal::PageOutOfTurn);
    }
    if !open.is_answered_by(&ended.items) {
        return Err(Refusal::OtherWorkflows);
    }
    Ok(Decision::recorded(stream, ended))
}

fn request_stop(facts: &Facts<'_>, stream: StreamId, stop: StopRequested) -> Result<Decision, Refusal> {
    if known(facts, stream)?.is_stopping {
        return Err(Refusal::AlreadyStopping);
    }
    check_reason(&stop.reason)?;
    Ok(Decision::recorded(stream, stop))
}

fn end(facts: &Facts<'_>, stream: StreamId, asked: EndAction) -> Result<Decision, Refusal> {
    let open = known(facts, stream)?;
    if open.phase != Phase::Listing {
        return Err(Refusal::PageOutOfTurn);
    }
    // All that is left may be of others, or gone: then the end comes without another page.
    let is_so = match asked.why {
        Why::Finished | Why::CredentialRevoked => true,
        Why::Stopped => open.is_stopping,
    };
    if !is_so {
        return Err(Refusal::NotStopped);
    }
    let Open { done, refused, .. } = *open;
    Ok(Decision::recorded(stream, ActionEnded { asked, done, refused }))
}

/// The action, which has not ended.
fn known<'a>(facts: &Facts<'a>, stream: StreamId) -> Result<&'a Open, Refusal> {
    facts.state.open.get(&stream).ok_or(Refusal::ActionUnknown { action: stream })
}
