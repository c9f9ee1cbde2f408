//! Comparisons of runs whose figures were made up, so that all can be worked out by hand.

use super::*;
use crate::metrics::figures::{Figure, Unit};
use crate::report::difference::GateOutcome;

fn heading(metric: &str, better: Better) -> Heading {
    let unit = if metric == "latency_p99" { Unit::Seconds } else { Unit::DollarsPerHour };
    Heading { cluster: "c".into(), app: String::new(), metric: metric.into(), unit, better }
}

/// A run with a latency and a cost.
fn run(key: Key, latency: f64, cost: f64) -> Observation {
    let figures = [("latency_p99", latency), ("cost_per_hour", cost)];
    let figures =
        figures.map(|(metric, value)| Figure { heading: heading(metric, Better::Less), value });
    Observation { key, figures: figures.to_vec() }
}

fn arm(name: &str, runs: Vec<Observation>) -> SampleArm {
    SampleArm { name: name.into(), runs }
}

fn samples(arms: Vec<SampleArm>) -> Samples {
    Samples { name: "x".into(), parameters: Vec::new(), arms, scenario: None }
}

/// Three seeds; the second arm is slower by 10, 11 and 12 ms, and costs 20 ct more.
fn slower() -> Samples {
    let seeds = [3, 1, 2];
    let base = [0.100, 0.110, 0.120];
    let by = [0.010, 0.011, 0.012];
    let runs = |extra: f64, cost: f64| {
        let one =
            |index: usize| run(Key::seed(seeds[index]), base[index] + extra * by[index], cost);
        (0..3).map(one).collect()
    };
    samples(vec![arm("base", runs(0.0, 1.0)), arm("slower", runs(1.0, 1.2))])
}

fn with(conditions: &[&str]) -> Question {
    let read = |text: &&str| text.parse().unwrap_or_else(|error| panic!("{error}"));
    Question { conditions: conditions.iter().map(read).collect(), ..Question::default() }
}

#[test]
fn runs_are_paired_by_seed_whatever_their_order() {
    let mut samples = slower();
    samples.arms[1].runs.reverse();
    let comparison = between(&samples, &Question::default()).unwrap();
    let [latency, cost] = &comparison.arms[0].differences[..] else { panic!("{comparison:?}") };
    // mean 11 ms, standard deviation 1 ms: 11 ± 4.3027 / sqrt(3)
    assert!((latency.paired.absolute.low - 0.008_516).abs() < 1e-6, "{latency:?}");
    assert_eq!(latency.verdict, Verdict::Worse);
    assert_eq!((cost.verdict, cost.adjusted_p), (Verdict::Worse, Some(0.0)));
    assert!(comparison.notes.is_empty(), "{:?}", comparison.notes);
}

#[test]
fn the_baseline_can_be_any_arm() {
    let question = Question { baseline: Some("slower".into()), ..Question::default() };
    let comparison = between(&slower(), &question).unwrap();
    assert_eq!(
        (comparison.baseline.as_str(), comparison.arms[0].name.as_str()),
        ("slower", "base")
    );
    assert_eq!(comparison.arms[0].differences[0].verdict, Verdict::Better);
    let question = Question { baseline: Some("slow".into()), ..Question::default() };
    let error = between(&slower(), &question).unwrap_err().to_string();
    assert_eq!(error, "there is no `slow` to compare with; did you mean `slower`?");
}

#[test]
fn a_condition_is_true_false_or_open() {
    let question = with(&["p99 > +5%", "p99 > +20ms", "c.p99 >= +11ms", "cost_per_hour > $1.10"]);
    let comparison = between(&slower(), &question).unwrap();
    let outcomes: Vec<_> = comparison.gates.iter().map(|gate| gate.outcome).collect();
    use GateOutcome::{Failed, Passed, Undecided};
    assert_eq!(outcomes, [Failed, Passed, Undecided, Failed]);
    assert!(comparison.fails(false));
    let open = between(&slower(), &with(&["p99 >= +11.5ms"])).unwrap();
    assert!(!open.fails(false) && open.fails(true));
    // half-width 2.48 ms, 0.5 ms away: 3 runs times (2.48 / 0.5)^2
    let advice = open.gates[0].advice.as_deref().unwrap();
    assert!(advice.contains("about 75 may decide it"), "{advice}");
}

#[test]
fn conditions_and_names_that_fit_nothing_are_refused() {
    let message = |question: &Question| between(&slower(), question).unwrap_err().to_string();
    let named = |name: &str| Question {
        selection: Selection::Named(vec![name.to_owned()]),
        ..Question::default()
    };
    assert_eq!(
        message(&named("latency_p98")),
        "no run has a figure `latency_p98`; did you mean `latency_p99`?"
    );
    insta::assert_snapshot!(message(&with(&["p99 > 250"])));
    assert!(message(&with(&["p97 > +5%"])).contains("did you mean `p99`?"));
}

#[test]
fn runs_without_a_partner_are_told_and_nothing_is_made_of_them() {
    let mut samples = slower();
    samples.arms[1].runs[0].key.seed = 9;
    let comparison = between(&samples, &Question::default()).unwrap();
    assert_eq!(comparison.arms[0].pairs, 2);
    assert_eq!(
        comparison.notes,
        [
            "base has runs that slower has not, left out: seed 3",
            "slower has runs that base has not, left out: seed 9",
        ]
    );
    for (index, run) in (100..).zip(&mut samples.arms[1].runs) {
        run.key.seed = index;
    }
    let error = between(&samples, &Question::default()).unwrap_err().to_string();
    insta::assert_snapshot!(error);
}

/// Two points under two seeds: each seed counts once, with the mean over its points.
#[test]
fn points_of_a_sweep_are_averaged_for_each_seed() {
    let key = |seed, value: &str| Key { seed, values: vec![value.to_owned()] };
    let runs = |extra: f64| {
        vec![
            run(key(1, "a"), 1.0 + extra, 1.0),
            run(key(1, "b"), 3.0 + 3.0 * extra, 1.0),
            run(key(2, "a"), 2.0 + 2.0 * extra, 1.0),
            run(key(2, "b"), 4.0 + 4.0 * extra, 1.0),
        ]
    };
    let samples = samples(vec![arm("one", runs(0.0)), arm("other", runs(0.5))]);
    let comparison = between(&samples, &Question::default()).unwrap();
    let latency = &comparison.arms[0].differences[0].paired;
    assert_eq!((latency.pairs, latency.baseline.estimate), (2, 2.5));
    // 1 for the first seed, 1.5 for the second
    assert!((latency.absolute.estimate - 1.25).abs() < 1e-12);
    assert!(comparison.notes[0].contains("means over 2 points"), "{:?}", comparison.notes);
}

#[test]
fn from_nothing_to_something_is_beyond_any_share() {
    let runs = |cost: f64| (1..4).map(|seed| run(Key::seed(seed), 0.1, cost)).collect();
    let samples = samples(vec![arm("one", runs(0.0)), arm("other", runs(0.3))]);
    let comparison = between(&samples, &with(&["cost_per_hour > +5%"])).unwrap();
    assert_eq!(comparison.gates[0].outcome, GateOutcome::Failed);
}

#[test]
fn one_pair_decides_nothing() {
    let one = |latency| vec![run(Key::seed(1), latency, 1.0)];
    let samples = samples(vec![arm("one", one(0.1)), arm("other", one(0.9))]);
    let comparison = between(&samples, &with(&["p99 > +5%"])).unwrap();
    assert_eq!(comparison.arms[0].differences[0].verdict, Verdict::NotShown);
    assert_eq!(comparison.gates[0].outcome, GateOutcome::Undecided);
}

#[test]
fn the_table_of_runs_has_a_column_for_each_figure() {
    let mut samples = slower();
    samples.arms[1].runs[2].figures.truncate(1);
    let table = samples.table();
    assert_eq!(table.figures, ["c.latency_p99", "c.cost_per_hour"]);
    assert_eq!(table.rows.len(), 6);
    assert_eq!(table.rows[5].values[1], None);
}
