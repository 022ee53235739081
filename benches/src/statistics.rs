//! Medians and quantiles: on a machine that others use too, a mean says more about them than about us.

/// The middle one of some samples; of an even number, the upper of the two in the middle.
///
/// # Panics
/// When there is no sample.
pub fn median(samples: &[f64]) -> f64 {
    quantile(samples, 0.5)
}

/// The sample below which the share `share` of all samples lies.
///
/// # Panics
/// When there is no sample.
pub fn quantile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (share * sorted.len() as f64) as usize;
    sorted[place.min(sorted.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_sample() {
        let samples: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(
            (median(&samples), quantile(&samples, 0.99), quantile(&samples, 1.0)),
            (51.0, 100.0, 100.0)
        );
        assert_eq!(median(&[7.0]), 7.0);
    }
}
