//! Addresses of the subnets of clusters of Amazon EKS over time.

use super::time::{self, Detail, Question};
use super::{Album, Chart};
use crate::metrics::series::names;
use crate::metrics::summary::SubnetSummary;
use crate::report::directory::FileNames;

/// Subnets of which less was ever taken have no chart.
const WORTH_SHOWING: f64 = 0.5;

impl Album<'_> {
    /// One for each subnet of which half was taken once.
    pub(super) fn addresses(&self) -> Vec<Option<Chart>> {
        let all = self.recordings().iter().filter_map(|it| it.summary.addresses.as_ref());
        let short = |it: &&SubnetSummary| {
            f64::from(it.taken_max) >= WORTH_SHOWING * f64::from(it.addresses)
        };
        let mut subnets: Vec<&SubnetSummary> = Vec::new();
        for subnet in all.flat_map(|it| &it.subnets).filter(short) {
            if !subnets.iter().any(|other| other.name == subnet.name) {
                subnets.push(subnet);
            }
        }
        let mut files = FileNames::default();
        let one = |SubnetSummary { name, addresses, .. }: &SubnetSummary| {
            let file = format!("addresses-{}", files.name(name));
            let title = format!("How many addresses of subnet {name} are taken?");
            self.chart(file, title, |heading| {
                let question = Question {
                    heading,
                    caption: "addresses taken",
                    app: None,
                    series: &names::addresses(name),
                    detail: Detail::None,
                    rare: false,
                    limit: Some((f64::from(*addresses), format!("all {addresses}"))),
                };
                time::draw(self.recordings(), question)
            })
        };
        subnets.into_iter().map(one).collect()
    }
}
