//! Small maps, compared with what was worked out by hand.

use super::*;
use crate::scenario::SweepValue;

fn levels(name: &str, numbers: &[i64]) -> Levels {
    let values: Vec<_> =
        numbers.iter().map(|number| SweepValue(toml::Value::Integer(*number))).collect();
    Levels::of(name, values.iter())
}

fn finding(mean: f64, met: f64) -> Option<Finding> {
    Some(Finding { mean, half_width: 0.0, runs: 2, met: Some(met) })
}

fn with<T>(findings: Vec<Vec<Option<Finding>>>, look: impl FnOnce(&Question) -> T) -> T {
    let rows = levels("rows", &(0..findings.len() as i64).collect::<Vec<_>>());
    let columns = levels("columns", &(0..findings[0].len() as i64).collect::<Vec<_>>());
    let heading = Heading { title: "How much?".into(), subtitle: String::new() };
    let unit = Unit::Count;
    look(&Question { heading, caption: "much", unit, columns: &columns, rows: &rows, findings })
}

#[test]
fn the_least_has_the_first_colour_and_the_most_the_last() {
    let ramp = Ramp::of(Unit::Count, [3.0, 12.0, 7.0].into_iter()).unwrap();
    assert_eq!((ramp.step(3.0), ramp.step(12.0)), (0, HEAT_STEPS - 1));
    // nine steps of one from 3 to 12
    assert_eq!((ramp.step(3.99), ramp.step(4.01), ramp.start(4)), (0, 1, 7.0));
    let wide = Ramp::of(Unit::Seconds, [0.001, 1.0].into_iter()).unwrap();
    assert_eq!(wide.scale, Scale::Log);
    assert_eq!((wide.step(0.001), wide.step(0.0316), wide.step(1.0)), (0, 4, HEAT_STEPS - 1));
    assert!((wide.start(3) - 0.01).abs() < 1e-12);
    let flat = Ramp::of(Unit::Count, [5.0].into_iter()).unwrap();
    assert_eq!(flat.step(5.0), 0);
    assert!(Ramp::of(Unit::Count, std::iter::empty()).is_none());
}

#[test]
fn the_outline_runs_between_cells_that_met_and_those_that_did_not() {
    let edges = |findings| {
        with(findings, |question| {
            Map::of(question, Ramp { scale: Scale::Linear, low: 0.0, high: 1.0 }).edges().len()
        })
    };
    let (met, not) = (finding(1.0, 1.0), finding(2.0, 0.5));
    assert_eq!(edges(vec![vec![not, None]]), 0);
    assert_eq!(edges(vec![vec![met, not]]), 4);
    // two cells side by side have six outer sides, and four in a square have eight
    assert_eq!(edges(vec![vec![met, met], vec![not, None]]), 6);
    assert_eq!(edges(vec![vec![met, met], vec![met, met]]), 8);
}

#[test]
fn every_cell_tells_its_values_and_an_empty_one_says_so() {
    let findings = vec![vec![finding(1.0, 1.0), finding(9.0, 0.5)], vec![finding(3.0, 0.0), None]];
    let drawing = with(findings, |question| draw(question).unwrap());
    let ChartData::Spots { spots } = &drawing.data else { panic!("a map has spots") };
    assert_eq!(spots.len(), 4);
    assert_eq!(spots[1].title, "columns 1");
    let told: Vec<_> =
        spots[1].rows.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(told, ["rows: 0", "much: 9", "runs: 2", "objectives met: in 1 of 2 runs"]);
    assert_eq!(spots[3].rows.last().unwrap().1, "no value");
    // rows of numbers go up
    assert!(spots[0].top > spots[2].top && spots[0].left < spots[1].left);
    for part in ["SLO met in all runs", "no value", ">9</text>"] {
        assert!(drawing.svg.contains(part), "{part}");
    }
}

#[test]
fn a_map_without_any_value_is_left_out() {
    assert!(with(vec![vec![None]], |question| draw(question).is_none()));
}
