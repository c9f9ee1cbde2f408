//! Laws: distributions whose parameters define one.

use super::ranges::{lasting, not_zero, within};
use super::{Finding, tables};
use crate::engine::SimDuration;
use crate::scenario::Law;
use crate::scenario::path::Path;

/// Largest coefficient of variation: beyond it a mean would need more samples than any run has.
const MOST_CV: f64 = 1000.0;

/// Checks the parameters of a law.
pub fn check(law: &Law, at: &Path, out: &mut Vec<Finding>) {
    match law {
        Law::Constant(_) => {}
        Law::Uniform { min, max } => {
            let at = at.key("uniform");
            ordered((*min, *max), at.key("min"), at.key("max"), out);
        }
        Law::Exponential { mean } => {
            lasting(*mean, at.key("exponential").key("mean"), "the mean", out);
        }
        Law::Erlang { mean, stages } => {
            let at = at.key("erlang");
            lasting(*mean, at.key("mean"), "the mean", out);
            within(*stages, &(1..=10_000), at.key("stages"), "the number of stages", out);
        }
        Law::Hyperexponential { mean, scv } => {
            let at = at.key("hyperexponential");
            lasting(*mean, at.key("mean"), "the mean", out);
            check_scv(*scv, at.key("scv"), out);
        }
        Law::Lognormal { mean, cv } => {
            let at = at.key("lognormal");
            lasting(*mean, at.key("mean"), "the mean", out);
            check_cv(*cv, at.key("cv"), *mean, out);
        }
        Law::Pareto { minimum, shape, maximum } => {
            let at = at.key("pareto");
            lasting(*minimum, at.key("minimum"), "the minimum", out);
            check_shape(*shape, at.key("shape"), out);
            if minimum == maximum {
                let title = format!("the maximum must be more than the minimum of {minimum}");
                out.push(Finding::new(at.key("maximum"), title));
            }
            ordered((*minimum, *maximum), at.key("minimum"), at.key("maximum"), out);
        }
        Law::Weibull { scale, shape } => {
            let at = at.key("weibull");
            lasting(*scale, at.key("scale"), "the scale", out);
            check_shape(*shape, at.key("shape"), out);
        }
        Law::Empirical(column) => {
            let at = at.key("empirical");
            not_zero(&column.unit, at.key("unit"), "the unit of the column", out);
            tables::check_columns(
                &column.file,
                &at.key("file"),
                &[(column.column.as_str(), at.key("column"))],
                out,
            );
        }
    }
}

/// Checks a law of intervals, which must not all be zero: time would stand still.
pub fn check_interval(law: &Law, at: &Path, what: &str, out: &mut Vec<Finding>) {
    if is_zero(law) {
        let title = format!("{what} must be more than zero, or time would stand still");
        out.push(Finding::new(at.clone(), title));
    }
    check(law, at, out);
}

/// Whether every duration of the law is zero.
pub fn is_zero(law: &Law) -> bool {
    match law {
        Law::Constant(duration) => duration.is_zero(),
        Law::Uniform { max, .. } => max.is_zero(),
        _ => false,
    }
}

fn ordered((low, high): (SimDuration, SimDuration), at: Path, other: Path, out: &mut Vec<Finding>) {
    if low > high {
        let title = format!("the lower bound of {low} is above the upper one of {high}");
        out.push(Finding::new(at, title).related(other, "upper bound"));
    }
}

fn check_scv(scv: f64, at: Path, out: &mut Vec<Finding>) {
    if !(scv > 1.0 && scv <= MOST_CV) {
        let title = format!("`scv` must be above 1 and at most {MOST_CV}, not {scv}");
        out.push(Finding::new(at, title).help(
            "a hyperexponential varies more than an exponential, whose `scv` is 1; \
             below that use `erlang`",
        ));
    }
}

fn check_cv(cv: f64, at: Path, mean: SimDuration, out: &mut Vec<Finding>) {
    if !(cv > 0.0 && cv <= MOST_CV) {
        let title = format!("`cv` must be above 0 and at most {MOST_CV}, not {cv}");
        let finding = Finding::new(at, title);
        out.push(if cv == 0.0 {
            finding.help(format!("without any variation write `\"{mean}\"` instead"))
        } else {
            finding
        });
    }
}

fn check_shape(shape: f64, at: Path, out: &mut Vec<Finding>) {
    if !(0.01..=1000.0).contains(&shape) {
        let title = format!("`shape` must be from 0.01 to 1000, not {shape}");
        out.push(Finding::new(at, title));
    }
}
