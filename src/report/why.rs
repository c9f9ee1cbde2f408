//! Why a cluster's figures are what they are: what happened in it that a reader would not expect
//! of one that simply works.

use super::accounting::total;
use super::comparison::measures::misses;
use super::quantity::{bytes, duration};
use crate::metrics::summary::{
    ClusterSummary, ContainerAccount, ImageAccount, MigrationAccount, RegistryAccount,
    RequestAccount, Undelivered, VmAccount,
};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub what: String,
    /// How often, where it was counted.
    pub times: Option<u64>,
    /// What it does to those who wait for an answer or a place.
    pub meaning: String,
}

/// All that explains the figures of a cluster: missed objectives, warnings of the run, then what
/// the accounts hold of requests, containers, images, registries, virtual machines and migrations.
pub fn reasons(summary: &ClusterSummary) -> Vec<Reason> {
    let told = |what: String, meaning: &str| Reason { what, times: None, meaning: meaning.into() };
    let missed = misses(summary).map(|missed| told(missed, "an objective is missed"));
    let limit = summary.density.as_ref().map(|density| {
        let what = format!("density limited by {}", density.limited_by);
        told(what, "one more replica per host would not do")
    });
    let warnings = summary.warnings.iter().map(|warning| {
        let found = summary.findings.iter().find(|finding| finding.title == *warning);
        told(warning.clone(), found.map_or("a warning", |finding| &finding.advice))
    });
    let retries: u64 = summary.apps.iter().map(|app| app.retries).sum();
    let requests = total(summary.apps.iter().map(|app| app.requests));
    let undelivered = summary.apps.iter().filter_map(|app| app.undelivered.as_ref());
    let undelivered = Undelivered::of(undelivered);
    missed
        .into_iter()
        .chain(limit)
        .chain(warnings)
        .chain(of_requests(&requests, retries))
        .chain(of_undelivered(&undelivered))
        .chain(of_containers(&summary.containers))
        .chain(of_images(&summary.images))
        .chain(summary.registries.iter().flat_map(of_registry))
        .chain(of_vms(&summary.vms))
        .chain(of_migrations(&summary.migrations))
        .collect()
}

/// What happened at all, with what it means.
fn counted<const N: usize>(all: [(u64, &str, &str); N]) -> impl Iterator<Item = Reason> {
    let reasons = all.map(|(times, what, meaning)| Reason {
        what: what.into(),
        times: Some(times),
        meaning: meaning.into(),
    });
    reasons.into_iter().filter(|reason| reason.times != Some(0))
}

fn of_requests(account: &RequestAccount, retries: u64) -> impl Iterator<Item = Reason> {
    counted([
        (account.timed_out, "requests timed out", "given up after the last attempt took too long"),
        (account.refused, "requests refused", "no replica was ready, or its backlog was full"),
        (account.failed, "requests failed", "cut off by the death of a replica or a failed call"),
        (retries, "attempts repeated", "they add to the load that made them necessary"),
    ])
}

/// Of those that timed out, were refused or failed: what clients of an Application Load Balancer
/// see.
fn of_undelivered(count: &Undelivered) -> impl Iterator<Item = Reason> {
    counted([
        (
            count.no_target,
            "of them with status 503",
            "no target was registered with the target group",
        ),
        (count.no_capacity, "of them with status 503", "the load balancer had not grown enough"),
        (count.refused, "of them with status 502", "the target refused the connection"),
        (
            count.closed,
            "of them with status 502",
            "the target closed the connection under the request",
        ),
        (count.cut, "of them with status 502", "the deregistration delay of the target was over"),
        (
            count.no_connection,
            "of them with status 504",
            "the target did not accept a connection in time",
        ),
        (
            count.idle,
            "of them with status 504",
            "the target did not answer within the idle timeout",
        ),
        (
            count.client_left,
            "of them with status 460",
            "the client left before the target answered",
        ),
    ])
}

fn of_containers(account: &ContainerAccount) -> impl Iterator<Item = Reason> {
    counted([
        (account.refused, "containers refused", "no host had room or could run them"),
        (account.waiting, "containers waiting", "they had found no place by the end"),
        (account.restarting, "containers restarting", "they ended and wait to be started again"),
        (account.dead, "containers dead", "they or their host failed"),
    ])
}

fn of_images(account: &ImageAccount) -> impl Iterator<Item = Reason> {
    let removed = (account.removed > 0).then(|| Reason {
        what: "images removed".into(),
        times: Some(account.removed),
        meaning: format!(
            "to make room on disks, {} in all; who needs them again pulls them again",
            bytes(account.reclaimed as f64)
        ),
    });
    let failed = [
        (account.attempts_failed, "attempts at pulls failed", "most clients wait and try again"),
        (account.pulls.failed, "pulls failed for good", "their containers were refused"),
        (account.pulls.under_way, "pulls under way", "their containers were not up by the end"),
    ];
    counted(failed).chain(removed)
}

fn of_registry(account: &RegistryAccount) -> impl Iterator<Item = Reason> {
    let at = |what: &str| format!("calls {what} by registry `{}`", account.name);
    let throttled = "there were more than it answers in that time; clients wait and ask again";
    let failed = "it could not be reached, or does not have or give what was asked for";
    let to = |what: &str| format!("{what} by registry `{}`", account.name);
    let refused = "the tag is there and does not move, or a quota is used up; layers came in vain";
    let broken = "there was no answer, or there were too many calls; nothing of it is there";
    let expired = "lifecycle policies deleted them; who asks for them is told there are none";
    let archived = "lifecycle policies put them where nobody can pull them";
    [
        (account.throttled, at("throttled"), throttled),
        (account.failed, at("failed"), failed),
        (account.pushes.refused, to("pushes refused"), refused),
        (account.pushes.failed, format!("pushes to registry `{}` failed", account.name), broken),
        (account.expired, to("images expired"), expired),
        (account.archived, to("images archived"), archived),
    ]
    .into_iter()
    .filter(|&(times, ..)| times > 0)
    .map(|(times, what, meaning)| Reason { what, times: Some(times), meaning: meaning.into() })
}

fn of_vms(account: &VmAccount) -> impl Iterator<Item = Reason> {
    counted([
        (account.rejected, "VMs rejected", "no host had room for them"),
        (account.waiting, "VMs waiting", "they had found no host by the end"),
        (account.failed, "VMs failed", "they or their host failed"),
    ])
}

fn of_migrations(account: &MigrationAccount) -> impl Iterator<Item = Reason> {
    let done = (account.completed > 0).then(|| Reason {
        what: "live migrations".into(),
        times: Some(account.completed),
        meaning: format!(
            "VMs stood still for {} in all, {} at most; {} were copied",
            duration(account.downtime),
            duration(account.downtime_max),
            bytes(account.copied as f64)
        ),
    });
    done.into_iter().chain(counted([
        (account.failed, "live migrations failed", "a host died, or the VM ended meanwhile"),
        (account.under_way, "live migrations under way", "they were not done by the end"),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(reasons: impl Iterator<Item = Reason>) -> Vec<String> {
        reasons.map(|reason| format!("{:?} {}", reason.times, reason.what)).collect()
    }

    #[test]
    fn what_did_not_happen_explains_nothing() {
        assert!(lines(of_requests(&RequestAccount::default(), 0)).is_empty());
        assert!(lines(of_containers(&ContainerAccount::default())).is_empty());
        assert!(lines(of_vms(&VmAccount::default())).is_empty());
        assert!(lines(of_images(&ImageAccount::default())).is_empty());
        assert!(lines(of_registry(&RegistryAccount::default())).is_empty());
        assert!(lines(of_migrations(&MigrationAccount::default())).is_empty());
    }

    #[test]
    fn images_that_did_not_come_or_went_are_counted() {
        let mut images = ImageAccount { attempts_failed: 7, removed: 2, ..Default::default() };
        (images.reclaimed, images.pulls.failed) = (3 << 30, 1);
        let reasons: Vec<_> = of_images(&images).collect();
        assert_eq!(
            reasons.iter().map(|it| it.what.as_str()).collect::<Vec<_>>(),
            ["attempts at pulls failed", "pulls failed for good", "images removed"]
        );
        assert_eq!(
            reasons[2].meaning,
            "to make room on disks, 3.00 GiB in all; who needs them again pulls them again"
        );
        let hub = RegistryAccount { name: "hub".into(), throttled: 12, ..Default::default() };
        assert_eq!(lines(of_registry(&hub)), ["Some(12) calls throttled by registry `hub`"]);
    }

    #[test]
    fn what_happened_is_counted() {
        let requests =
            RequestAccount { arrived: 9, succeeded: 6, timed_out: 3, ..Default::default() };
        assert_eq!(
            lines(of_requests(&requests, 4)),
            ["Some(3) requests timed out", "Some(4) attempts repeated"]
        );
        let undelivered = Undelivered { cut: 2, client_left: 1, ..Default::default() };
        assert_eq!(
            lines(of_undelivered(&undelivered)),
            ["Some(2) of them with status 502", "Some(1) of them with status 460"]
        );
        let migrations = MigrationAccount {
            started: 3,
            completed: 2,
            failed: 1,
            downtime: 0.5,
            downtime_max: 0.3,
            copied: 1 << 30,
            ..Default::default()
        };
        let reasons: Vec<_> = of_migrations(&migrations).collect();
        assert_eq!(reasons[0].times, Some(2));
        assert_eq!(
            reasons[0].meaning,
            "VMs stood still for 500 ms in all, 300 ms at most; 1.00 GiB were copied"
        );
        assert_eq!(reasons[1].what, "live migrations failed");
    }
}
