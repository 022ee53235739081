//! What a simulation draws, and the names of what it draws.

use tests::simulation::chance::Chance;
use tests::simulation::names::{name_of, workflow_named};

#[test]
fn a_seed_determines_its_draws_and_a_purpose_changes_them() {
    let draws = |seed, purpose| {
        let mut chance = Chance::new(seed, purpose);
        [chance.any(), chance.below(10), chance.between(3, 4)]
    };
    assert_eq!(draws(1, "one"), draws(1, "one"));
    assert_ne!(draws(1, "one"), draws(1, "two"));
    assert_ne!(draws(1, "one"), draws(2, "one"));
}

#[test]
fn draws_stay_within_their_bounds() {
    let mut chance = Chance::new(7, "bounds");
    for _ in 0..10_000 {
        assert!(chance.below(3) < 3);
        assert!((5..=9).contains(&chance.between(5, 9)));
        assert!((10..=1000).contains(&chance.magnitude(10, 1000)));
    }
    assert_eq!(chance.below(0), 0);
}

#[test]
fn a_name_reads_back_from_its_id() {
    for name in ["w1", "nightly", "sixteen-letters-"] {
        assert_eq!(name_of(workflow_named(name)), name);
    }
}
