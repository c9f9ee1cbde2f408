//! Whether runs show that an objective is met, or that it is missed.
//!
//! The mean over independent runs has a one-sided Student-t bound (Law, Simulation Modeling and
//! Analysis, section 9.4.1). An objective is met where the bound is on the good side of its target,
//! missed where the bound the other way is on the bad side, and open otherwise.

use crate::report::size::{Objective, Sense};
use crate::statistics::{deviation, student_t};

/// What is shown of an objective, or of all objectives of a fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is met.
    Met,
    /// It is missed.
    Missed,
    /// The runs do not tell.
    Open,
}

/// What `runs`, each with a value for each of the `objectives`, show of all of them, where a wrong
/// statement may be made with this `risk`. An infinite value is one that nothing was measured for.
pub fn of_all(objectives: &[Objective], runs: &[&[f64]], risk: f64) -> Standing {
    let missed_risk = risk / objectives.len() as f64;
    let standings = objectives.iter().enumerate().map(|(index, objective)| {
        let slack = runs.iter().map(|values| slack(objective, values[index]));
        of_one(&slack.collect::<Vec<_>>(), risk, missed_risk)
    });
    let mut all = Standing::Met;
    for standing in standings {
        match standing {
            Standing::Missed => return Standing::Missed,
            Standing::Open => all = Standing::Open,
            Standing::Met => {}
        }
    }
    all
}

/// How far a value is on the good side of the target; below zero on the bad side.
fn slack(objective: &Objective, value: f64) -> f64 {
    match objective.sense {
        Sense::AtMost => objective.target - value,
        Sense::AtLeast => value - objective.target,
    }
}

fn of_one(slack: &[f64], met_risk: f64, missed_risk: f64) -> Standing {
    if slack.iter().any(|value| value.is_infinite()) {
        // a run without a measurement can never be part of showing that it is met
        let never = slack.iter().all(|value| value.is_infinite());
        return if never { Standing::Missed } else { Standing::Open };
    }
    let count = slack.len() as f64;
    let mean = slack.iter().sum::<f64>() / count;
    let Some(deviation) = deviation(slack) else { return Standing::Open };
    let error = deviation / count.sqrt();
    let bound = |risk: f64| student_t(slack.len() - 1, 1.0 - 2.0 * risk) * error;
    if mean - bound(met_risk) >= 0.0 {
        Standing::Met
    } else if mean + bound(missed_risk) < 0.0 {
        Standing::Missed
    } else {
        Standing::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objective(sense: Sense, target: f64) -> Objective {
        let (cluster, app) = ("c".to_owned(), "a".to_owned());
        Objective { cluster, app, metric: "p95".to_owned(), sense, target }
    }

    fn standing(sense: Sense, target: f64, values: &[f64], risk: f64) -> Standing {
        let runs: Vec<&[f64]> = values.chunks(1).collect();
        of_all(&[objective(sense, target)], &runs, risk)
    }

    #[test]
    fn the_bound_is_the_one_computed_by_hand() {
        // mean 5, s^2 = 20/3, standard error 1.2910; t(3, one-sided 5 %) = 2.3534: bound 3.0382
        let values = [2.0, 4.0, 6.0, 8.0];
        assert_eq!(standing(Sense::AtMost, 8.039, &values, 0.05), Standing::Met);
        assert_eq!(standing(Sense::AtMost, 8.038, &values, 0.05), Standing::Open);
        assert_eq!(standing(Sense::AtMost, 1.962, &values, 0.05), Standing::Open);
        assert_eq!(standing(Sense::AtMost, 1.961, &values, 0.05), Standing::Missed);
        assert_eq!(standing(Sense::AtLeast, 1.961, &values, 0.05), Standing::Met);
        assert_eq!(standing(Sense::AtLeast, 8.039, &values, 0.05), Standing::Missed);
    }

    #[test]
    fn where_all_runs_agree_they_decide() {
        assert_eq!(standing(Sense::AtLeast, 1.0, &[1.0, 1.0], 1e-6), Standing::Met);
        assert_eq!(standing(Sense::AtLeast, 1.0, &[0.9, 0.9], 1e-6), Standing::Missed);
    }

    #[test]
    fn what_was_not_measured_is_not_met() {
        let none = f64::INFINITY;
        assert_eq!(standing(Sense::AtMost, 1.0, &[none, none], 0.05), Standing::Missed);
        assert_eq!(standing(Sense::AtMost, 1.0, &[0.1, none], 0.05), Standing::Open);
    }

    #[test]
    fn all_must_be_met_and_one_is_enough_to_miss() {
        let objectives = [objective(Sense::AtMost, 1.0), objective(Sense::AtLeast, 0.9)];
        for (second, expected) in [(0.95, Standing::Met), (0.8, Standing::Missed)] {
            let runs = [[0.5, second], [0.51, second], [0.49, second]];
            let runs: Vec<&[f64]> = runs.iter().map(|run| run.as_slice()).collect();
            assert_eq!(of_all(&objectives, &runs, 0.05), expected);
        }
        let open = [[0.5, 0.7], [0.51, 1.0], [0.49, 0.99]];
        let runs: Vec<&[f64]> = open.iter().map(|run| run.as_slice()).collect();
        assert_eq!(of_all(&objectives, &runs, 0.05), Standing::Open);
    }
}
