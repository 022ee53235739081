//! What is decided about named definitions: asked of a world, one after another.

use triad_event::Event as AnyEvent;
use triad_event::Sealed;
use triad_event::definitions::{AliasSet, DefinitionRetired, Event, Language, PublishDefinition};
use triad_event::ids::{DataSubjectId, StreamId};
use triad_event::quantity::Bytes;
use triad_event::subjects::{Standing, Subject};

use super::decide::decide;
use super::facts::Facts;
use super::state::{Definition, State, Version};
use super::{Ask, Refusal};
use crate::limits::{ALIASES_MAX, DEFINITION_BYTES_MAX, VERSIONS_MAX};
use crate::refusal::Refusal as AnyRefusal;
use crate::subjects::admission::Admission;
use crate::world::World;

const NAME: &str = "nightly";

fn version(digest: u8, is_retired: bool) -> Version {
    Version { digest: [digest; 32], is_retired }
}

/// A world with one definition: version 1 is retired, alias `prod` means version 2.
fn world() -> World {
    let aliases = [("prod".to_owned(), 2)].into();
    let definition =
        Definition { versions: vec![version(1, true), version(2, false), version(3, false)], aliases };
    let definitions = [(("default".to_owned(), NAME.to_owned()), definition)].into_iter().collect();
    let definitions: std::collections::BTreeMap<_, _> = definitions;
    World { definitions: State { definitions: definitions.into(), versions_total: 3 }, ..World::new() }
}

fn publish(name: &str, digest: u8, length: u64) -> Ask {
    let subject =
        Subject { id: DataSubjectId([7; 16]), slot: 1, standing: Standing::Known, looked_up_through: 0 };
    let source = Sealed { address: [0; 32], commitment: [0; 32], length: Bytes(length) };
    Ask::from(PublishDefinition {
        tenant: "default".to_owned(),
        name: name.to_owned(),
        subject,
        source: source.into(),
        language: Language::Yaml,
        digest: [digest; 32],
        tasks: 1,
        reason: String::new(),
    })
}

fn alias(alias: &str, version: u32) -> Ask {
    let (tenant, name) = ("default".to_owned(), NAME.to_owned());
    Ask::from(AliasSet { tenant, name, alias: alias.to_owned(), version, reason: String::new() })
}

fn retire(name: &str, version: u32) -> Ask {
    let (tenant, name) = ("default".to_owned(), name.to_owned());
    Ask::from(DefinitionRetired { tenant, name, version, reason: String::new() })
}

/// What is recorded in words; `nothing` where nothing is; or the refusal.
fn told(world: &World, ask: Ask) -> String {
    let admission = Admission::new(&world.subjects, &world.ports.uses);
    match decide(&Facts { state: &world.definitions, admission }, StreamId::LOG, ask) {
        Ok(decision) => match decision.event {
            None => "nothing".to_owned(),
            Some((_, AnyEvent::Definitions(Event::DefinitionPublished(published)))) => {
                format!("{} has version {}", published.asked.name, published.version)
            }
            Some((_, AnyEvent::Definitions(Event::AliasSet(set)))) => {
                format!("{} means {}", set.alias, set.version)
            }
            Some((_, AnyEvent::Definitions(Event::DefinitionRetired(retired)))) => {
                format!("{} is retired", retired.version)
            }
            Some((_, other)) => panic!("{other:?}"),
        },
        Err(AnyRefusal::Definitions(refusal)) => refusal.to_string(),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn versions_are_counted_and_the_same_text_is_no_new_one() {
    let rows = [
        (publish(NAME, 4, 10), "nightly has version 4"),
        (publish(NAME, 3, 10), "nothing"),
        (publish(NAME, 2, 10), "nightly has version 4"),
        (publish("other", 3, 10), "other has version 1"),
        (publish("Other", 3, 10), "a definition is named with 1 to 64 of a-z, 0-9, _ and -"),
    ];
    for (ask, expected) in rows {
        assert_eq!(told(&world(), ask), expected);
    }
    for length in [0, DEFINITION_BYTES_MAX as u64 + 1] {
        assert_eq!(told(&world(), publish(NAME, 4, length)), Refusal::SourceLength.to_string());
    }
}

#[test]
fn an_alias_means_a_version_that_is_there_and_not_retired() {
    let rows = [
        (alias("prod", 3), "prod means 3"),
        (alias("prod", 2), "nothing"),
        (
            alias("7", 2),
            "an alias has 1 to 64 of a-z, 0-9, _ and -, and is not digits alone: those are versions",
        ),
        (alias("prod", 4), "definition \"nightly\" has no version 4: its newest is 3"),
        (alias("prod", 0), "definition \"nightly\" has no version 0: its newest is 3"),
        (alias("prod", 1), "version 1 of definition \"nightly\" is retired"),
        (retire(NAME, 3), "3 is retired"),
        (retire(NAME, 2), "alias \"prod\" means version 2: let it mean another one first"),
        (retire(NAME, 1), "version 1 of definition \"nightly\" is retired"),
        (retire("other", 1), "there is no definition \"other\""),
    ];
    for (ask, expected) in rows {
        assert_eq!(told(&world(), ask), expected);
    }
}

#[test]
fn there_are_only_so_many() {
    let mut full = world();
    let definitions = std::sync::Arc::make_mut(&mut full.definitions.definitions);
    let definition = definitions.values_mut().next().expect("there is one");
    definition.versions.resize(VERSIONS_MAX, version(9, false));
    definition.aliases = (0..ALIASES_MAX).map(|number| (format!("a{number}"), 2)).collect();
    assert_eq!(told(&full, publish(NAME, 4, 10)), Refusal::TooManyVersions.to_string());
    assert_eq!(told(&full, alias("more", 2)), Refusal::TooManyAliases.to_string());
    assert_eq!(told(&full, alias("a1", 3)), "a1 means 3");
}
