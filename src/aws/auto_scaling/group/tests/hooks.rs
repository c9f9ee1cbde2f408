//! Lifecycle hooks that hold instances back.

use super::rig::Rig;
use crate::aws::auto_scaling::group::Report;
use crate::aws::auto_scaling::hook::{Hook, Outcome, Transition};
use crate::aws::auto_scaling::instance::{InstanceId, State};
use crate::aws::auto_scaling::settings::Settings;
use crate::engine::SimDuration;

fn hook(transition: Transition, secs: u64, default_result: Outcome) -> Hook {
    let heartbeat_timeout = SimDuration::from_secs(secs);
    Hook { heartbeat_timeout, default_result, ..Hook::new(transition) }
}

fn settings(hooks: &[Hook]) -> Settings {
    Settings { hooks: hooks.to_vec(), ..Settings::new(0, 4, 1, 1) }
}

fn complete(rig: &mut Rig, id: u32, hook: u16, outcome: Outcome) {
    rig.tell(|it, now, out| it.complete(InstanceId(id), hook, outcome, now, out));
}

#[test]
fn an_instance_serves_when_its_hooks_let_it() {
    let launching = Transition::Launching;
    let hooks = [hook(launching, 100, Outcome::Abandon), hook(launching, 30, Outcome::Continue)];
    let mut rig = Rig::new(settings(&hooks));
    rig.until(80);
    assert_eq!(rig.done(), ["0 launch 0 in a", "60 hook 0 on 0", "60 hook 1 on 0"]);
    assert_eq!(rig.instance(0).state, State::PendingWait);
    rig.tell(|it, now, _| it.heartbeat(InstanceId(0), 0, now));
    rig.until(170);
    assert_eq!(rig.instance(0).state, State::PendingWait, "the heartbeat was at 80 s");
    complete(&mut rig, 0, 0, Outcome::Continue);
    assert_eq!(rig.done(), ["170 serve 0"], "the other one timed out at 90 s");
}

#[test]
fn what_is_abandoned_at_launch_is_terminated_and_replaced() {
    let mut rig = Rig::new(settings(&[hook(Transition::Launching, 30, Outcome::Abandon)]));
    rig.until(100);
    assert_eq!(
        rig.done(),
        ["0 launch 0 in a", "60 hook 0 on 0", "90 terminate 0", "90 launch 1 in a"]
    );
    rig.until(160);
    complete(&mut rig, 1, 0, Outcome::Continue);
    complete(&mut rig, 1, 0, Outcome::Abandon);
    assert_eq!(rig.done(), ["150 hook 0 on 1", "160 serve 1"]);
}

/// The load balancer lets go in 20 s, then the hook holds for 50 s, whatever becomes of it.
#[test]
fn an_instance_drains_and_is_held_before_it_ends() {
    for default_result in [Outcome::Continue, Outcome::Abandon] {
        let hooks = [hook(Transition::Terminating, 50, default_result)];
        let mut rig = Rig::new(Settings { load_balanced: true, ..settings(&hooks) });
        rig.until(100).done();
        rig.desire(0);
        assert_eq!(rig.instance(0).state, State::Terminating);
        rig.until(120);
        assert_eq!(rig.instance(0).state, State::TerminatingWait);
        rig.until(500);
        assert_eq!(rig.done(), ["100 deregister 0", "120 hook 0 on 0", "170 terminate 0"]);
        assert_eq!(rig.group.instances().count(), 0);
    }
}

/// Its replacement is launched while an unhealthy instance still drains and is held.
#[test]
fn a_replacement_does_not_wait_for_the_hooks_of_the_old_one() {
    let hooks = [hook(Transition::Terminating, 50, Outcome::Abandon)];
    let mut rig = Rig::new(Settings { load_balanced: true, ..settings(&hooks) });
    rig.until(100);
    assert_eq!(rig.done(), ["0 launch 0 in a", "60 register 0"]);
    rig.unwell(0, Report::NotRunning);
    assert_eq!(rig.done(), ["100 deregister 0", "100 launch 1 in a"]);
    // EC2 may end it before the group does
    rig.until(130);
    rig.tell(|it, now, out| it.gone(InstanceId(0), now, out));
    rig.until(300);
    assert_eq!(rig.done(), ["120 hook 0 on 0", "160 register 1"]);
}
