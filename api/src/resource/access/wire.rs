//! Credentials as JSON.

use crate::access::admitted::TENANT_DEFAULT;
use crate::clock;
use crate::wire::content::Sealed;
use crate::wire::moment::Moment;
use crate::wire::problem::{Code, Problem};
use crate::wire::words::{Word, words};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triad_event::access::{Grants, Person, Phase, Reach};
use triad_event::ids::PrincipalId;
use triad_event::quantity::Micros;
use triad_projections::view::access_book::Key;

/// Where a key stands for whoever would show it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyStatus {
    Active,
    Expired,
    Suspended,
    Revoked,
}

words! {
    KeyStatus as KeyStatus:
    Active = "ACTIVE",
    Expired = "EXPIRED",
    Suspended = "SUSPENDED",
    Revoked = "REVOKED",
}

/// What a credential may, as far as it says so itself.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantsDocument {
    /// Its roles; what they allow, the policies say.
    pub(super) roles: Vec<String>,
    /// Whether it sees all tenants and the installation as a whole.
    #[serde(default)]
    pub(super) installation: bool,
    /// The tenant to which belongs what it submits.
    #[serde(default = "tenant_default")]
    pub(super) tenant: String,
    /// The tenants that it sees besides.
    #[serde(default)]
    pub(super) further_tenants: Vec<String>,
    /// Whose it is in accounts and budgets; its tenant, when nobody says.
    #[serde(default)]
    pub(super) owner: Option<String>,
    /// The zones in which its work may run; empty for all.
    #[serde(default)]
    pub(super) zones: Vec<String>,
    /// The privacy classes that it may name; empty for all.
    #[serde(default)]
    pub(super) classes: Vec<String>,
    /// Requests that it may make in a minute; as many as it can, when nobody says.
    #[serde(default)]
    pub(super) requests_per_minute: Option<u32>,
    /// Workflows of it that may be alive at once.
    #[serde(default)]
    pub(super) workflows_alive_max: Option<u32>,
    /// When it counts no more, as RFC 3339 writes it; never, when nobody says.
    #[serde(default)]
    pub(super) expires: Option<String>,
}

fn tenant_default() -> String {
    TENANT_DEFAULT.to_owned()
}

impl GrantsDocument {
    pub(super) fn read(self) -> Result<Grants, Problem> {
        let expires = self.expires.as_deref().map(moment).transpose()?;
        Ok(Grants {
            owner: self.owner.unwrap_or_else(|| self.tenant.clone()),
            roles: self.roles,
            reach: if self.installation { Reach::Installation } else { Reach::Tenants },
            tenant: self.tenant,
            further_tenants: self.further_tenants,
            zones: self.zones,
            classes: self.classes,
            requests_per_minute: self.requests_per_minute,
            workflows_alive_max: self.workflows_alive_max,
            expires,
        })
    }
}

impl From<&Grants> for GrantsDocument {
    fn from(grants: &Grants) -> Self {
        Self {
            roles: grants.roles.clone(),
            installation: grants.reach == Reach::Installation,
            tenant: grants.tenant.clone(),
            further_tenants: grants.further_tenants.clone(),
            owner: Some(grants.owner.clone()),
            zones: grants.zones.clone(),
            classes: grants.classes.clone(),
            requests_per_minute: grants.requests_per_minute,
            workflows_alive_max: grants.workflows_alive_max,
            expires: grants.expires.map(|expires| clock::show(expires.0)),
        }
    }
}

/// A moment of the calendar.
fn moment(text: &str) -> Result<Micros, Problem> {
    let wrong = |_| Problem::new(Code::InvalidValue, "expires is no time as RFC 3339 writes it");
    text.parse::<Timestamp>().map(|time| Micros(time.as_microsecond())).map_err(wrong)
}

/// A key. Its secret is nowhere: whoever was given it has it.
#[derive(Serialize, JsonSchema)]
pub(super) struct KeyDocument {
    key_id: String,
    label: String,
    /// Whose it is; none when nobody said. The name itself is shown at `/v1/access/keys/{id}/person`.
    person: Option<PersonKept>,
    status: Word<KeyStatus>,
    grants: GrantsDocument,
    issued: Moment,
    /// Who issued it; none when it was the installation itself.
    issued_by: Option<String>,
    changed: Option<Moment>,
    rotated: Option<Moment>,
    /// Until when the secret before counts.
    former_until: Option<String>,
    revoked: Option<Moment>,
    /// What was said of it last.
    reason: String,
}

impl KeyDocument {
    pub(super) fn of(key: &Key) -> Self {
        Self {
            key_id: key.id.to_string(),
            label: key.label.clone(),
            person: key.person.as_ref().map(PersonKept::from),
            status: Word(status(key)),
            grants: GrantsDocument::from(&key.grants),
            issued: Moment::from(key.issued),
            issued_by: Some(key.issued_by).filter(|by| *by != PrincipalId::ZERO).map(|by| by.to_string()),
            changed: key.changed.map(Moment::from),
            rotated: key.rotated.map(Moment::from),
            former_until: key.former.as_ref().map(|(_, until)| clock::show(until.0)),
            revoked: key.revoked.map(Moment::from),
            reason: key.reason.clone(),
        }
    }
}

fn status(key: &Key) -> KeyStatus {
    let is_expired = key.grants.expires.is_some_and(|expires| expires.0 <= clock::now_us());
    match key.phase {
        Phase::Revoked => KeyStatus::Revoked,
        Phase::Suspended => KeyStatus::Suspended,
        Phase::Active if is_expired => KeyStatus::Expired,
        Phase::Active => KeyStatus::Active,
    }
}

/// A key and its secret, which is shown this once.
#[derive(Serialize, JsonSchema)]
pub(super) struct KeyHandedOut {
    pub(super) key: KeyDocument,
    /// What whoever asks shows: `Authorization: Bearer` and this.
    pub(super) secret: String,
}

/// Whose a key is, as far as records say.
#[derive(Serialize, JsonSchema)]
pub(super) struct PersonKept {
    /// With what the name is erased.
    data_subject: String,
    /// Where the name lies.
    name: Sealed,
}

impl From<&Person> for PersonKept {
    fn from(person: &Person) -> Self {
        Self { data_subject: person.subject.id.to_string(), name: Sealed::from(&*person.name) }
    }
}

/// What may stand against anything that is done to a key.
pub(super) const CHANGES: &[Code] =
    &[Code::KeyUnknown, Code::KeyConflict, Code::LastAdministrator, Code::InvalidValue];
