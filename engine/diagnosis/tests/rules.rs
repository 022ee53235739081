//! Rules: those that are built in are as they say, and what is wrong with an operator's is said.

use triad_diagnosis::Rules;

#[test]
fn every_rule_that_is_built_in_is_as_its_examples_say() {
    let faults: Vec<String> = Rules::built_in().faults().iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
