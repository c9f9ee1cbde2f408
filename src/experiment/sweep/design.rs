//! The points of a sweep: which values go together.
//!
//! Draws come from a stream for each parameter, so that one more parameter leaves the values of the
//! others as they were.

use std::collections::BTreeMap;

use super::Point;
use crate::engine::{Stream, Streams};
use crate::scenario::sweep::Axis;
use crate::scenario::{Design, Parameter, Sweep, SweepValue};

/// The points of a sweep that was found in order; draws are made with `seed`.
pub fn points(sweep: &Sweep, seed: u64) -> Vec<Point> {
    let axes = axes(&sweep.parameters);
    match sweep.design {
        Design::Grid => grid(&axes),
        Design::LatinHypercube { samples } => drawn(&axes, samples, seed, stratified),
        Design::Random { samples } => drawn(&axes, samples, seed, independent),
    }
}

/// Every value of these parameters, which were found in order, with every other.
pub fn combinations(parameters: &BTreeMap<String, Parameter>) -> Vec<Point> {
    grid(&axes(parameters))
}

fn axes(parameters: &BTreeMap<String, Parameter>) -> Vec<(&str, Axis)> {
    parameters
        .iter()
        .filter_map(|(path, parameter)| Some((path.as_str(), parameter.axis().ok()?)))
        .collect()
}

/// Every value with every other; the last parameter changes fastest.
fn grid(axes: &[(&str, Axis)]) -> Vec<Point> {
    let mut points = vec![Point { values: Vec::new() }];
    for (_, axis) in axes {
        let values: &[SweepValue] = match axis {
            Axis::Values(values) => values,
            Axis::Between(_) => &[],
        };
        points = points.iter().flat_map(|point| values.iter().map(|v| point.with(v))).collect();
    }
    points
}

impl Point {
    fn with(&self, value: &SweepValue) -> Self {
        let mut values = self.values.clone();
        values.push(value.clone());
        Self { values }
    }
}

/// So many points, whose values are quantiles at the shares that `law` draws for each parameter.
fn drawn(
    axes: &[(&str, Axis)],
    samples: u32,
    seed: u64,
    law: fn(&mut Stream, u32) -> Vec<f64>,
) -> Vec<Point> {
    let mut points = vec![Point { values: Vec::with_capacity(axes.len()) }; samples as usize];
    for (path, axis) in axes {
        let mut stream = Streams::new(seed).named(&format!("sweep/design/{path}"));
        for (point, share) in points.iter_mut().zip(law(&mut stream, samples)) {
            point.values.push(axis.quantile(share));
        }
    }
    points
}

/// Shares that are independent of each other.
fn independent(stream: &mut Stream, samples: u32) -> Vec<f64> {
    (0..samples).map(|_| stream.uniform()).collect()
}

/// One share in each of as many strata as there are samples, in random order: a column of a Latin
/// hypercube.
fn stratified(stream: &mut Stream, samples: u32) -> Vec<f64> {
    let mut strata: Vec<u32> = (0..samples).collect();
    // Fisher and Yates' shuffle
    for last in (1..strata.len()).rev() {
        strata.swap(last, stream.below(last + 1));
    }
    let count = f64::from(samples);
    // the sum may round up to the next stratum
    let within = |stratum: u32, at: f64| {
        let share = (f64::from(stratum) + at) / count;
        share.min((f64::from(stratum + 1) / count).next_down())
    };
    strata.into_iter().map(|stratum| within(stratum, stream.uniform())).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_stratum_of_a_latin_hypercube_is_drawn_from_once(
            samples in 1..400_u32,
            seed in any::<u64>(),
        ) {
            let shares = stratified(&mut Streams::new(seed).named("strata"), samples);
            let mut strata: Vec<u32> =
                shares.iter().map(|share| (share * f64::from(samples) + 1e-9) as u32).collect();
            strata.sort_unstable();
            prop_assert_eq!(strata, (0..samples).collect::<Vec<_>>());
        }
    }

    fn sweep(text: &str) -> Sweep {
        toml::from_str(text).unwrap()
    }

    fn written(points: &[Point]) -> Vec<String> {
        let line = |point: &Point| {
            point.values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        points.iter().map(line).collect()
    }

    #[test]
    fn a_grid_has_every_value_with_every_other() {
        let sweep = sweep("parameters = { b = ['x', 'y'], a = { from = 1, to = 3, step = 1 } }");
        let expected = [r#"1 "x""#, r#"1 "y""#, r#"2 "x""#, r#"2 "y""#, r#"3 "x""#, r#"3 "y""#];
        assert_eq!(written(&points(&sweep, 1)), expected);
    }

    #[test]
    fn a_sweep_without_parameters_is_one_point() {
        assert_eq!(points(&sweep("replications = 9"), 1), [Point { values: Vec::new() }]);
    }

    #[test]
    fn a_latin_hypercube_has_each_value_of_a_list_equally_often() {
        let sweep = sweep(
            "parameters = { a = ['x', 'y', 'z'], b = { from = 0.0, to = 12.0 } }
             design = { latin-hypercube = { samples = 12 } }",
        );
        let points = points(&sweep, 7);
        for value in ["x", "y", "z"] {
            let count = points.iter().filter(|p| p.values[0].0.as_str() == Some(value)).count();
            assert_eq!(count, 4, "{value}");
        }
        let mut cells: Vec<u32> =
            points.iter().map(|p| p.values[1].0.as_float().unwrap() as u32).collect();
        cells.sort_unstable();
        assert_eq!(cells, (0..12).collect::<Vec<_>>());
    }

    #[test]
    fn draws_depend_on_the_seed_and_not_on_other_parameters() {
        let one = "parameters = { b = { from = 0.0, to = 1.0 } }
                   design = { random = { samples = 5 } }";
        let two = one.replace("{ b", "{ a = [1, 2], b");
        let column = |points: Vec<Point>, index: usize| -> Vec<SweepValue> {
            points.into_iter().map(|point| point.values[index].clone()).collect()
        };
        let first = column(points(&sweep(one), 1), 0);
        assert_eq!(first, column(points(&sweep(one), 1), 0));
        assert_eq!(first, column(points(&sweep(&two), 1), 1));
        assert_ne!(first, column(points(&sweep(one), 2), 0));
    }
}
