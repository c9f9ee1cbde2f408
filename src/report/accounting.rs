//! Accounts in words: what came in, what became of it, and that the sums add up.

use super::quantity::count;
use crate::metrics::summary::{
    Account, ClusterSummary, ContainerAccount, DeploymentAccount, DrainSummary, LayersAccount,
    MigrationAccount, PlacementSummary, PullsAccount, PushesAccount, RequestAccount, ResizeAccount,
    TaskAccount, VmAccount,
};

/// One account of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// `requests 1,000 = 990 answered + 10 timed out`.
    pub text: String,
    /// Whether the sums add up.
    pub balances: bool,
}

/// The accounts of a cluster that count anything: requests (of all apps), tasks of ECS, containers,
/// pulls of images and their layers, pushes, VMs, migrations, items that are placed.
pub fn balances(summary: &ClusterSummary) -> Vec<Balance> {
    let requests = total(summary.apps.iter().map(|app| app.requests));
    let vms = summary.vms;
    let tasks = summary.tasks.as_ref().map(|tasks| tasks.account);
    let deployments = summary.tasks.as_ref().map(|tasks| tasks.deployments);
    let containers = summary.containers;
    let images = summary.images;
    let placement = summary.placement.as_ref();
    let pushes = pushed(summary.registries.iter().map(|registry| registry.pushes));
    [
        (requests.carried_in + requests.arrived > 0).then(|| of_requests(&requests)),
        tasks.filter(|it| it.created > 0).map(|it| of_tasks(&it)),
        deployments.filter(|it| it.begun > 0).map(|it| of_deployments(&it)),
        (containers.created > 0).then(|| of_containers(&containers)),
        (images.pulls.begun > 0).then(|| of_pulls(&images.pulls)),
        (images.layers.wanted > 0).then(|| of_layers(&images.layers)),
        (pushes.begun > 0).then(|| of_pushes(&pushes)),
        (vms.requested > 0).then(|| of_vms(&vms)),
        (summary.migrations.started > 0).then(|| of_migrations(&summary.migrations)),
        placement.map(of_placement),
        placement.and_then(|it| it.drains).filter(|it| it.begun > 0).map(|it| of_drains(&it)),
        placement.and_then(|it| it.resizes).map(|it| of_resizes(&it)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The sum of the accounts of several apps.
pub fn total(accounts: impl Iterator<Item = RequestAccount>) -> RequestAccount {
    accounts.fold(RequestAccount::default(), |sum, one| RequestAccount {
        carried_in: sum.carried_in + one.carried_in,
        arrived: sum.arrived + one.arrived,
        succeeded: sum.succeeded + one.succeeded,
        timed_out: sum.timed_out + one.timed_out,
        refused: sum.refused + one.refused,
        failed: sum.failed + one.failed,
        in_flight: sum.in_flight + one.in_flight,
    })
}

fn of_requests(account: &RequestAccount) -> Balance {
    let incoming = account.carried_in + account.arrived;
    let carried = match account.carried_in {
        0 => String::new(),
        carried => format!(" ({} of them already in flight)", count(carried)),
    };
    Balance::of(
        account,
        format!("requests {}{carried}", count(incoming)),
        &[
            (account.succeeded, "answered"),
            (account.timed_out, "timed out"),
            (account.refused, "refused"),
            (account.failed, "failed"),
            (account.in_flight, "in flight at the end"),
        ],
    )
}

fn of_placement(account: &PlacementSummary) -> Balance {
    Balance::of(
        account,
        format!("items {}", count(account.arrived)),
        &[
            (account.rejected, "turned away"),
            (account.waiting, "waiting in the end"),
            (account.running, "on a host in the end"),
            (account.departed, "left"),
            (account.lost, "lost with their host"),
        ],
    )
}

fn of_drains(account: &DrainSummary) -> Balance {
    Balance::of(
        account,
        format!("drains {}", count(account.begun)),
        &[
            (account.emptied, "done"),
            (account.not_emptied, "ended with items on the host"),
            (account.under_way, "under way at the end"),
        ],
    )
}

fn of_resizes(account: &ResizeAccount) -> Balance {
    Balance::of(
        account,
        format!("resizes {}", count(account.asked)),
        &[
            (account.in_place, "in place"),
            (account.migrated, "by a migration"),
            (account.waiting, "of items that waited"),
            (account.refused, "refused"),
            (account.gone, "of items that were not there"),
        ],
    )
}

fn of_migrations(account: &MigrationAccount) -> Balance {
    Balance::of(
        account,
        format!("migrations {}", count(account.started)),
        &[
            (account.completed, "done"),
            (account.failed, "failed"),
            (account.under_way, "under way at the end"),
        ],
    )
}

fn of_tasks(account: &TaskAccount) -> Balance {
    Balance::of(
        account,
        format!("tasks {}", count(account.created)),
        &[
            (account.running, "running"),
            (account.provisioning, "waiting for capacity"),
            (account.pending, "starting"),
            (account.stopping, "stopping"),
            (account.stopped_by_service, "stopped by their service"),
            (account.stopped_by_user, "stopped by a user"),
            (account.essential_exited, "ended by themselves"),
            (account.failed_to_start, "failed to start"),
            (account.spot_interrupted, "interrupted by Spot"),
            (account.instance_gone, "lost with their instance"),
        ],
    )
}

fn of_deployments(account: &DeploymentAccount) -> Balance {
    Balance::of(
        account,
        format!("deployments {}", count(account.begun)),
        &[
            (account.completed, "completed"),
            (account.failed, "failed"),
            (account.rolled_back_by_breaker, "rolled back by the circuit breaker"),
            (account.rolled_back_by_alarm, "rolled back for an alarm"),
            (account.replaced, "replaced by others"),
            (account.under_way, "under way at the end"),
        ],
    )
}

fn of_containers(account: &ContainerAccount) -> Balance {
    Balance::of(
        account,
        format!("containers {}", count(account.created)),
        &[
            (account.running, "running"),
            (account.waiting, "waiting"),
            (account.pulling, "pulling"),
            (account.starting, "starting"),
            (account.restarting, "restarting"),
            (account.stopping, "stopping"),
            (account.exited, "exited"),
            (account.dead, "dead"),
            (account.refused, "refused"),
        ],
    )
}

fn of_pulls(account: &PullsAccount) -> Balance {
    Balance::of(
        account,
        format!("image pulls {}", count(account.begun)),
        &[
            (account.done, "done"),
            (account.failed, "failed for good"),
            (account.abandoned, "abandoned"),
            (account.under_way, "under way at the end"),
        ],
    )
}

/// The sum of the accounts of several registries.
fn pushed(accounts: impl Iterator<Item = PushesAccount>) -> PushesAccount {
    accounts.fold(PushesAccount::default(), |sum, one| PushesAccount {
        begun: sum.begun + one.begun,
        done: sum.done + one.done,
        refused: sum.refused + one.refused,
        failed: sum.failed + one.failed,
        under_way: sum.under_way + one.under_way,
    })
}

fn of_pushes(account: &PushesAccount) -> Balance {
    Balance::of(
        account,
        format!("pushes {}", count(account.begun)),
        &[
            (account.done, "done"),
            (account.refused, "refused"),
            (account.failed, "failed"),
            (account.under_way, "under way at the end"),
        ],
    )
}

fn of_layers(account: &LayersAccount) -> Balance {
    Balance::of(
        account,
        format!("layers wanted {}", count(account.wanted)),
        &[
            (account.pulled, "pulled"),
            (account.present, "present"),
            (account.joined, "joined"),
            (account.given_up, "given up"),
            (account.under_way, "under way at the end"),
        ],
    )
}

fn of_vms(account: &VmAccount) -> Balance {
    Balance::of(
        account,
        format!("VMs {}", count(account.requested)),
        &[
            (account.running, "running"),
            (account.rejected, "rejected"),
            (account.waiting, "waiting"),
            (account.provisioning, "provisioning"),
            (account.booting, "booting"),
            (account.stopped, "stopped"),
            (account.failed, "failed"),
        ],
    )
}

impl Balance {
    /// The first state is always named; others only where anything is in them.
    fn of(account: &impl Account, incoming: String, states: &[(u64, &str)]) -> Self {
        let terms: Vec<_> = states
            .iter()
            .enumerate()
            .filter(|(index, (number, _))| *index == 0 || *number > 0)
            .map(|(_, (number, state))| format!("{} {state}", count(*number)))
            .collect();
        let balances = account.balances();
        let warning = match balances {
            true => "",
            false => ": this does not add up, which is a defect of the simulator; please report it",
        };
        let relation = if balances { "=" } else { "≠" };
        Self { text: format!("{incoming} {relation} {}{warning}", terms.join(" + ")), balances }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_names_every_state_that_holds_anything() {
        let account = RequestAccount {
            carried_in: 3,
            arrived: 1_234_564,
            succeeded: 1_234_500,
            timed_out: 12,
            in_flight: 55,
            ..RequestAccount::default()
        };
        assert_eq!(
            of_requests(&account).text,
            "requests 1,234,567 (3 of them already in flight) = 1,234,500 answered + 12 timed out \
             + 55 in flight at the end"
        );
    }

    #[test]
    fn tasks_are_alive_or_have_stopped_with_one_code() {
        let mut account = TaskAccount {
            created: 25,
            running: 10,
            provisioning: 2,
            stopped_by_service: 8,
            failed_to_start: 3,
            spot_interrupted: 2,
            not_placed: 7,
            ..TaskAccount::default()
        };
        assert_eq!(
            of_tasks(&account).text,
            "tasks 25 = 10 running + 2 waiting for capacity + 8 stopped by their service + 3 \
             failed to start + 2 interrupted by Spot"
        );
        account.stopping = 1;
        assert!(!of_tasks(&account).balances);
    }

    #[test]
    fn layers_end_in_one_of_five_ways() {
        let mut account = LayersAccount {
            wanted: 20_000,
            pulled: 9_000,
            present: 10_400,
            joined: 500,
            given_up: 60,
            under_way: 40,
        };
        assert_eq!(
            of_layers(&account).text,
            "layers wanted 20,000 = 9,000 pulled + 10,400 present + 500 joined + 60 given up + \
             40 under way at the end"
        );
        account.given_up = 0;
        assert!(!of_layers(&account).balances);
        let pulls = PullsAccount { begun: 3, done: 1, failed: 1, abandoned: 1, under_way: 0 };
        assert_eq!(
            of_pulls(&pulls).text,
            "image pulls 3 = 1 done + 1 failed for good + 1 abandoned"
        );
    }

    #[test]
    fn an_account_that_does_not_add_up_says_so() {
        let account = VmAccount { requested: 2, running: 1, ..VmAccount::default() };
        let balance = of_vms(&account);
        assert!(!balance.balances);
        assert!(balance.text.starts_with("VMs 2 ≠ 1 running: this does not add up"));
    }
}
