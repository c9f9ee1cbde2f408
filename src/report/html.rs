//! stub
use super::chart::Chart;
use crate::metrics::RunResult;
pub fn page(_result: &RunResult, _charts: &[Chart]) -> String {
    String::new()
}
