//! Named definitions: published in versions, listed, shown, named by aliases, retired, and made use of by what is submitted.

mod publish;
pub(crate) mod reading;
mod route;
mod verb;
mod wire;

use super::noun::Noun;
use super::route::Resource;
use crate::wire::problem::Code;
use triad_decide::definitions::Refusal;

pub(super) const RESOURCE: Resource = Resource {
    name: "definition",
    noun: Some(Noun::of::<verb::Definition>("definition")),
    routes: route::ROUTES,
};

/// Which problem a refusal is.
pub(crate) fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::DefinitionUnknown { .. } | Refusal::VersionUnknown { .. } => Code::DefinitionUnknown,
        Refusal::VersionRetired { .. } => Code::VersionRetired,
        Refusal::AliasMeansIt { .. } => Code::AliasMeansIt,
        Refusal::TooManyDefinitions | Refusal::TooManyVersions | Refusal::TooManyAliases => {
            Code::TooManyDefinitions
        }
        Refusal::NameNotAnId | Refusal::NotAnAlias | Refusal::ReasonTooLong(_) => Code::InvalidValue,
        Refusal::SourceLength => Code::TooLarge,
    }
}
