//! Decides on versions of definitions, and on what aliases mean.

use triad_event::definitions::{AliasSet, Ask, DefinitionPublished, DefinitionRetired, PublishDefinition};
use triad_event::ids::StreamId;

use super::facts::Facts;
use super::refusal::Refusal;
use super::state::Definition;
use crate::decision::Decision;
use crate::limits::{
    ALIASES_MAX, DEFINITION_BYTES_MAX, DEFINITION_VERSIONS_MAX, DEFINITIONS_MAX, VERSIONS_MAX, check_reason,
    is_id,
};
use crate::refusal::{Accepted, Refusal as AnyRefusal};

/// Decides on what is asked. Everything is recorded in the log's own stream.
pub(crate) fn decide(facts: &Facts<'_>, _: StreamId, ask: Ask) -> Result<Decision, AnyRefusal> {
    match ask {
        Ask::Publish(asked) => {
            facts.admission.admit(&asked.subject)?;
            Ok(publish(facts, *asked)?)
        }
        Ask::SetAlias(set) => Ok(set_alias(facts, *set)?),
        Ask::Retire(retired) => Ok(retire(facts, *retired)?),
    }
}

fn publish(facts: &Facts<'_>, asked: PublishDefinition) -> Result<Decision, Refusal> {
    if !is_id(&asked.name) || !is_id(&asked.tenant) {
        return Err(Refusal::NameNotAnId);
    }
    check_reason(&asked.reason)?;
    if !(1..=DEFINITION_BYTES_MAX as u64).contains(&asked.source.length.0) {
        return Err(Refusal::SourceLength);
    }
    let state = facts.state;
    let known = state.definitions.get(&(asked.tenant.clone(), asked.name.clone()));
    let newest = known.map_or(0, Definition::newest);
    // Whoever publishes what stands there already has it published: the answer is that version.
    let is_same = |known: &Definition| {
        known.version(newest).is_some_and(|version| version.digest == asked.digest && !version.is_retired)
    };
    if known.is_some_and(is_same) {
        return Ok(Decision::nothing(Accepted::Recorded));
    }
    if known.is_none() && state.definitions.len() >= DEFINITIONS_MAX {
        return Err(Refusal::TooManyDefinitions);
    }
    if newest as usize >= VERSIONS_MAX || state.versions_total >= DEFINITION_VERSIONS_MAX as u64 {
        return Err(Refusal::TooManyVersions);
    }
    Ok(Decision::recorded(StreamId::LOG, DefinitionPublished { asked, version: newest + 1 }))
}

fn set_alias(facts: &Facts<'_>, set: AliasSet) -> Result<Decision, Refusal> {
    if !is_id(&set.alias) || set.alias.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::NotAnAlias);
    }
    check_reason(&set.reason)?;
    let known = known(facts, &set.tenant, &set.name, set.version)?;
    refuse_retired(known, &set.name, set.version)?;
    if known.aliases.get(&set.alias) == Some(&set.version) {
        return Ok(Decision::nothing(Accepted::Recorded));
    }
    if !known.aliases.contains_key(&set.alias) && known.aliases.len() >= ALIASES_MAX {
        return Err(Refusal::TooManyAliases);
    }
    Ok(Decision::recorded(StreamId::LOG, set))
}

fn retire(facts: &Facts<'_>, retired: DefinitionRetired) -> Result<Decision, Refusal> {
    check_reason(&retired.reason)?;
    let version = retired.version;
    let known = known(facts, &retired.tenant, &retired.name, version)?;
    refuse_retired(known, &retired.name, version)?;
    match known.aliases.iter().find(|(_, means)| **means == version) {
        Some((alias, _)) => Err(Refusal::AliasMeansIt { alias: alias.clone(), version }),
        None => Ok(Decision::recorded(StreamId::LOG, retired)),
    }
}

/// The definition, which has that version.
fn known<'a>(facts: &Facts<'a>, tenant: &str, name: &str, version: u32) -> Result<&'a Definition, Refusal> {
    let known = facts.state.definitions.get(&(tenant.to_owned(), name.to_owned()));
    let known = known.ok_or_else(|| Refusal::DefinitionUnknown { name: name.to_owned() })?;
    match known.version(version) {
        Some(_) => Ok(known),
        None => Err(Refusal::VersionUnknown { name: name.to_owned(), version, newest: known.newest() }),
    }
}

fn refuse_retired(known: &Definition, name: &str, version: u32) -> Result<(), Refusal> {
    match known.version(version) {
        Some(found) if found.is_retired => Err(Refusal::VersionRetired { name: name.to_owned(), version }),
        Some(_) | None => Ok(()),
    }
}
