//! Medians and quantiles, which measurements state.

use fixtures::statistics::{median, quantile};

#[test]
fn a_quantile_is_a_sample() {
    let samples: Vec<f64> = (1..=100).rev().map(f64::from).collect();
    assert_eq!((median(&samples), quantile(&samples, 0.99), quantile(&samples, 1.0)), (51.0, 100.0, 100.0));
    assert_eq!(median(&[7.0]), 7.0);
}
