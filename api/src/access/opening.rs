//! How the first who may give rights comes in: by a link that counts once, which is shown to whoever starts the server.

use super::admitted::{Admitted, TENANT_DEFAULT};
use crate::clock::now_us;
use crate::entropy;
use crate::http::state::AppState;
use crate::wire::problem::{Code, Problem};
use triad_credentials::{Kind, SECRET_LENGTH, Secret};
use triad_decide::Input;
use triad_decide::access::{ADMINISTRATOR, administers};
use triad_event::Source;
use triad_event::access::{Ask, Grants, MakeLink, Phase, Reach};
use triad_event::ids::{LinkId, PrincipalId};
use triad_event::quantity::Micros;
use triad_perform::Asker;
use triad_projections::view::access_book::AccessBook;
use zeroize::Zeroizing;

/// How long the link counts.
const HOUR_US: i64 = 3_600_000_000;

/// Makes the link when everybody has to say who they are and nobody who may give rights could.
pub(crate) async fn first_link(state: &AppState) -> Result<Option<Zeroizing<String>>, Problem> {
    state.views_know(state.durable().next_sequence).await?;
    let now = Micros(now_us());
    let needs = |book: &AccessBook| !state.door.is_open(book) && !is_administered(book, now);
    state.door.learn(&state.views);
    if !needs(&state.door.known().book) {
        return Ok(None);
    }
    let secret = draw(Kind::Link);
    let asked = MakeLink {
        link: LinkId(secret.id()),
        digest: secret.digest(),
        key: None,
        grants: administrator(),
        expires: Micros(now.0 + HOUR_US),
        reason: "the server began, and nobody could give rights".to_owned(),
    };
    let asker = Asker { principal: PrincipalId::ZERO, source: Source::Operator };
    state.ask(asker, Input::from(Ask::from(asked))).await?.reply?;
    Ok(Some(secret.expose()))
}

/// A secret that nobody has seen, under an id that nothing has.
pub(crate) fn draw(kind: Kind) -> Secret {
    draw_for(kind, entropy::id())
}

/// A secret that nobody has seen, for what has an id.
pub(crate) fn draw_for(kind: Kind, id: [u8; 16]) -> Secret {
    let mut random = Zeroizing::new([0; SECRET_LENGTH]);
    entropy::fill(random.as_mut_slice());
    Secret::new(kind, id, random)
}

/// From the first key or issuer on everybody has to say who they are. So where nobody has to yet, the first is a key of somebody
/// who can give rights: otherwise nobody could.
pub(crate) fn is_left_administered(
    state: &AppState,
    admitted: &Admitted,
    asked: Option<&Grants>,
) -> Result<(), Problem> {
    let is_anybody = admitted.grants.is_none();
    let now = Micros(now_us());
    if !is_anybody || asked.is_some_and(administers) || is_administered(&state.door.known().book, now) {
        return Ok(());
    }
    Err(Problem::new(
        Code::LastAdministrator,
        "from then on everybody has to say who they are, and nobody could give rights",
    ))
}

fn is_administered(book: &AccessBook, now: Micros) -> bool {
    book.keys.iter().any(|key| {
        let grants = &key.grants;
        key.phase == Phase::Active
            && administers(grants)
            && grants.expires.is_none_or(|expires| expires > now)
    })
}

fn administrator() -> Grants {
    Grants {
        owner: TENANT_DEFAULT.to_owned(),
        roles: vec![ADMINISTRATOR.to_owned()],
        reach: Reach::Installation,
        tenant: TENANT_DEFAULT.to_owned(),
        further_tenants: Vec::new(),
        zones: Vec::new(),
        classes: Vec::new(),
        requests_per_minute: None,
        workflows_alive_max: None,
        expires: None,
    }
}
