//! Instances that are put aside for a while, or leave the group for good.
//!
//! Source: Amazon EC2 Auto Scaling User Guide, "Temporarily remove instances from your Auto Scaling
//! group" and "Detach or attach instances".

use super::{Action, Group, Refusal};
use crate::aws::auto_scaling::instance::{InstanceId, State};
use crate::aws::auto_scaling::process::Process;
use crate::engine::SimTime;

impl Group {
    /// Lowers the desired capacity by what one counts, if asked to and if the minimum allows it.
    pub(super) fn decrement(&mut self, id: InstanceId, decrement: bool) -> Result<(), Refusal> {
        if !decrement {
            return Ok(());
        }
        let counts = self.roster.get(id).filter(|instance| instance.state.counts());
        let weight = counts.map_or(0, |instance| instance.weight);
        let (min, max) = (self.settings.min, self.settings.max);
        let desired = self.settings.desired.saturating_sub(weight);
        if desired < min {
            return Err(Refusal::Sizes { min, max, desired });
        }
        self.desire(desired);
        Ok(())
    }

    /// Whether one is in this state.
    fn expect(&self, id: InstanceId, state: State) -> Result<(), Refusal> {
        (self.roster.state(id) == Some(state)).then_some(()).ok_or(Refusal::State(id))
    }

    /// One that serves does so no more, and is missed unless the desired capacity falls with it.
    fn leave_service(
        &mut self,
        id: InstanceId,
        decrement: bool,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        self.expect(id, State::InService)?;
        self.decrement(id, decrement)?;
        self.take_out(id, out);
        Ok(())
    }

    /// Puts one that serves on standby. It is replaced unless the desired capacity falls with it.
    ///
    /// # Errors
    /// When it does not serve, or the group would be below its minimum.
    pub fn enter_standby(
        &mut self,
        id: InstanceId,
        decrement: bool,
        now: SimTime,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        self.leave_service(id, decrement, out)?;
        self.roster.change(id, |instance| {
            instance.state = State::Standby;
            (instance.in_service, instance.warm) = (None, false);
        });
        self.settle(now, out);
        Ok(())
    }

    /// Puts one back into service; the desired capacity rises with it, within the maximum.
    ///
    /// # Errors
    /// When it is not on standby, launches are suspended, or the group is at its maximum.
    pub fn exit_standby(
        &mut self,
        id: InstanceId,
        now: SimTime,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        self.expect(id, State::Standby)?;
        if self.is_suspended(Process::Launch) {
            return Err(Refusal::State(id));
        }
        let weight = self.roster.get(id).map_or(0, |instance| instance.weight);
        let (min, max) = (self.settings.min, self.settings.max);
        let desired = self.settings.desired + weight;
        if desired > max {
            return Err(Refusal::Sizes { min, max, desired });
        }
        self.desire(desired);
        self.serve(id, now, out);
        self.settle(now, out);
        Ok(())
    }

    /// Takes one that serves out of the group; it runs on, for the caller to keep. It is replaced
    /// unless the desired capacity falls with it.
    ///
    /// # Errors
    /// When it does not serve, or the group would be below its minimum.
    pub fn detach(
        &mut self,
        id: InstanceId,
        decrement: bool,
        now: SimTime,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        self.leave_service(id, decrement, out)?;
        self.roster.remove(id);
        self.settle(now, out);
        Ok(())
    }

    fn take_out(&mut self, id: InstanceId, out: &mut Vec<Action>) {
        self.forget(id);
        self.roster.change(id, |instance| instance.unhealthy = false);
        if self.settings.load_balanced {
            out.push(Action::Deregister(id));
        }
    }
}
