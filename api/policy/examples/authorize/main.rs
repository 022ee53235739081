//! What a decision costs, as lines `figure NAME VALUE UNIT [RATIO-TO-LIMIT]`: `cargo run --release -p
//! triad-policy --example authorize`.
//!
//! Each question is asked once new and once again; what is new builds everything that Cedar needs from the
//! credential, and evaluates. Beside it stands Cedar's own authorizer over all policies, for the same
//! questions, which must come to the same verdict.

mod generated;
mod stopwatch;

use cedar_policy::{Authorizer, Decision};
use generated::Question;
use std::time::Duration;
use stopwatch::timed;
use triad_policy::{Asked, Policies, Verdict, Vocabulary};

const QUESTIONS: usize = 20_000;
/// As many are asked of the authorizer too, which takes a millisecond for each.
const COMPARED: usize = 2_000;
/// Microseconds, for 100 policies.
const P50_MAX: f64 = 20.0;
const P99_MAX: f64 = 100.0;

fn main() {
    for count in [10, 100, 1_000] {
        let vocabulary = Vocabulary::new(&generated::actions());
        let text = generated::policies(count);
        let (policies, reading) =
            timed(|| Policies::read(&text, &vocabulary).expect("the text has no fault"));
        println!("figure authorize_read_ms_{count} {:.1} ms", reading.as_secs_f64() * 1e3);
        measure(count, &policies);
    }
}

fn measure(count: usize, policies: &Policies) {
    let questions = generated::questions(count, QUESTIONS);
    let (mut fresh, mut again, mut building, mut alone) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut allowed = 0;
    for (number, question) in questions.iter().enumerate() {
        let asked = asked(question);
        let (verdict, took) = timed(|| policies.decide(&asked));
        fresh.push(took);
        let (remembered, took) = timed(|| policies.decide(&asked));
        again.push(took);
        assert_eq!(verdict, remembered);
        allowed += usize::from(verdict.allowed);
        building.push(timed(|| policies.question(&asked)).1);
        if number < COMPARED {
            let (plain, took) = timed(|| plainly(policies, &asked));
            alone.push(took);
            assert_eq!((verdict.allowed, verdict.policies), (plain.allowed, plain.policies));
        }
    }
    println!("figure authorize_allowed_{count} {:.1} %", 100.0 * allowed as f64 / questions.len() as f64);
    tell("authorize", count, fresh);
    tell("authorize_again", count, again);
    tell("authorize_building", count, building);
    tell("authorizer_alone", count, alone);
}

fn asked(question: &Question) -> Asked<'_> {
    Asked {
        credential: &question.credential,
        action: question.action,
        tenant: question.tenant.as_deref(),
        circumstances: question.circumstances,
    }
}

/// What Cedar's authorizer says over all policies.
fn plainly(policies: &Policies, asked: &Asked<'_>) -> Verdict {
    let question = policies.question(asked).expect("it fits the vocabulary");
    let response = Authorizer::new().is_authorized(&question.request, policies.set(), &question.entities);
    let mut reasons: Vec<String> = response.diagnostics().reason().map(ToString::to_string).collect();
    reasons.sort();
    Verdict { allowed: response.decision() == Decision::Allow, policies: reasons, errors: Vec::new() }
}

fn tell(name: &str, count: usize, mut took: Vec<Duration>) {
    took.sort();
    for (percentile, max) in [(50, P50_MAX), (99, P99_MAX)] {
        let microseconds = took[took.len() * percentile / 100].as_secs_f64() * 1e6;
        let ratio = if count == 100 { format!(" {:.2}", microseconds / max) } else { String::new() };
        println!("figure {name}_us_p{percentile}_{count} {microseconds:.1} us{ratio}");
    }
}
