//! What becomes of the calls of AWS that apps on ECS make.
//!
//! A task has the role that its definition names. Without one its SDK finds the role of the
//! instance; on Fargate it finds none (AWS SDKs and Tools Reference Guide, "Standardized credential
//! providers"). Calls that security groups drop fail after a minute, the SDKs' time to connect
//! (botocore, `connect_timeout`).

use crate::aws::iam::Attached;
use crate::engine::SimDuration;
use crate::metrics::{Finding, FindingKind};
use crate::scenario::AwsCall;
use crate::workload::AppId;
use crate::workload::outside::Outcome;
use crate::world::access::{Denial, is_in_aws, resource_policy};
use crate::world::{InputError, World};

const CONNECT: SimDuration = SimDuration::from_secs(60);

impl World<'_> {
    /// Decides about the calls of AWS of all apps.
    ///
    /// # Errors
    /// A file with the policy of a resource cannot be used.
    pub(in crate::world) fn decide_outside_calls(&mut self) -> Result<(), InputError> {
        let apps = &self.scenario.apps;
        for (place, app) in apps.iter().enumerate() {
            for (number, call) in app.aws_calls.iter().enumerate() {
                let policy = call.policy.as_deref().map(resource_policy).transpose()?;
                let outcome = match self.ecs.is_some() {
                    true => self.outcome(place, call, policy.as_ref()),
                    false => self.outcome_of_pods(place, call, policy.as_ref()),
                };
                self.services.set_outside_call(AppId(place as u32), number, outcome);
            }
        }
        Ok(())
    }

    /// What becomes of a call of an app.
    fn outcome(&mut self, app: usize, call: &AwsCall, policy: Option<&Attached>) -> Outcome {
        if self.ecs().connections.endpoints[app].is_some() {
            return Outcome::Unheard(CONNECT);
        }
        if !is_in_aws(self.cluster) {
            return Outcome::Answered;
        }
        let AwsCall { action, resource, .. } = call;
        let definition = &self.ecs().bindings[app].definition;
        let roles = &self.access.roles;
        let client = match &definition.task_role {
            Some(role) => roles.session(role, &definition.family),
            None if definition.for_fargate => {
                let advice = "name a role as `taskRoleArn` of the task definition, or as \
                              `task_role` of `[cluster.ecs]`";
                let why = "Unable to locate credentials: tasks on Fargate without a task role have \
                           none";
                return self.call_denied(app, action, why, advice);
            }
            None => roles.identity(),
        };
        let Some(client) = client else { return Outcome::Answered };
        match roles.may(&client, action, resource, policy) {
            Ok(()) => Outcome::Answered,
            Err(Denial { sentence, advice }) => {
                let why = format!("AccessDenied: {sentence}");
                self.call_denied(app, action, &why, &advice)
            }
        }
    }

    /// A call of an app fails, and why.
    pub(in crate::world) fn call_denied(
        &mut self,
        app: usize,
        action: &str,
        why: &str,
        advice: &str,
    ) -> Outcome {
        let name = &self.scenario.apps[app].name;
        self.find(Finding {
            kind: FindingKind::Permission,
            about: format!("app `{name}`: {action}"),
            title: format!("requests of `{name}` that call {action} fail: {why}"),
            advice: advice.to_owned(),
        });
        Outcome::Refused
    }
}
