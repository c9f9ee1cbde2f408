//! Tests of goodness of fit. Seeds are fixed, so a test passes always or never; the levels say how
//! unlikely a correct sampler was to be turned down when the seed was chosen.

/// Kolmogorov's critical value at the level 0.001.
const KOLMOGOROV: f64 = 1.9495;
/// Standard errors an estimate may be off: a level of 0.00006.
const ERRORS: f64 = 4.0;

/// Checks the mean and the squared coefficient of variation of `draws`, to four standard errors
/// estimated from the draws themselves.
pub(crate) fn moments(name: &str, draws: &[f64], mean: f64, scv: f64) {
    let count = draws.len() as f64;
    let found = draws.iter().sum::<f64>() / count;
    let squares: Vec<f64> = draws.iter().map(|x| (x - found) * (x - found)).collect();
    let variance = squares.iter().sum::<f64>() / (count - 1.0);
    let spread = squares.iter().map(|s| (s - variance) * (s - variance)).sum::<f64>() / count;
    let error = (found - mean).abs() / (variance / count).sqrt();
    assert!(error < ERRORS, "{name}: mean {found} instead of {mean}, {error} standard errors");
    let error = (variance - scv * mean * mean).abs() / (spread / count).sqrt();
    let found = variance / (mean * mean);
    assert!(error < ERRORS, "{name}: scv {found} instead of {scv}, {error} standard errors");
}

/// The Kolmogorov-Smirnov test of `draws` against the distribution function `cdf` at the level
/// 0.001, with Stephens' correction for the size of the sample (1974). Sorts the draws.
pub(crate) fn distribution(name: &str, draws: &mut [f64], cdf: impl Fn(f64) -> f64) {
    draws.sort_unstable_by(f64::total_cmp);
    let count = draws.len() as f64;
    let gap = |(index, &x): (usize, &f64)| {
        let exact = cdf(x);
        (exact - index as f64 / count).max((index + 1) as f64 / count - exact)
    };
    let distance = draws.iter().enumerate().map(gap).fold(0.0, f64::max);
    let root = count.sqrt();
    let statistic = distance * (root + 0.12 + 0.11 / root);
    assert!(statistic < KOLMOGOROV, "{name}: {statistic} exceeds {KOLMOGOROV}");
}

/// Checks that `found` of `trials` is what `probability` makes expect, to four standard errors.
pub(crate) fn count(name: &str, found: usize, trials: usize, probability: f64) {
    let expected = trials as f64 * probability;
    let error = (found as f64 - expected).abs() / (expected * (1.0 - probability)).sqrt();
    assert!(error < ERRORS, "{name}: {found} instead of {expected}, {error} standard errors");
}
