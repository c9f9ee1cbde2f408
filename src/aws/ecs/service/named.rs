//! What a cluster has, so that its services and standalone tasks name nothing that is not there.

use super::launch::{FARGATE, Launch};
use super::network::Network;
use crate::aws::ecs::reader::Reader;
use crate::aws::ecs::task_definition::{TaskDefinition, revision};
use crate::aws::json::{Object, Part};
use crate::scenario::diagnostic::suggestion;

/// What there is for a service to name.
#[derive(Clone, Debug, Default)]
pub struct Named<'a> {
    /// Task definitions, in the order in which they were registered.
    pub definitions: &'a [TaskDefinition],
    /// Families that there are besides, of which no more is known.
    pub families: Vec<String>,
    /// Capacity providers of Auto Scaling groups.
    pub providers: Vec<String>,
    /// Subnets.
    pub subnets: Vec<String>,
    /// Security groups; none where it is not known which there are.
    pub security_groups: Vec<String>,
    /// Services that have been created before.
    pub services: Vec<String>,
}

impl Named<'_> {
    /// The task definition that a name means.
    pub fn definition(&self, name: &str) -> Option<&TaskDefinition> {
        revision::find(self.definitions, name).map(|place| &self.definitions[place])
    }

    /// Says what a call names that is not there.
    pub(super) fn check(
        &self,
        reader: &mut Reader,
        object: &Object<'_>,
        launch: &Launch,
        network: Option<&Network>,
    ) {
        if let Some(part) = object.get("taskDefinition")
            && let Ok(name) = part.text()
            && self.definition(&name).is_none()
            && !self.families.iter().any(|family| family == revision::family(&name))
        {
            self.no_definition(reader, part, &name);
        }
        if let (Launch::Providers(shares), Some(part)) =
            (launch, object.get("capacityProviderStrategy"))
        {
            let missing = |name: &&str| {
                !FARGATE.contains(name) && !self.providers.iter().any(|known| known == name)
            };
            let named = shares.iter().map(|share| share.provider.as_str());
            for (name, at) in placed(part, "capacityProvider", named).filter(|it| missing(&it.0)) {
                let known = self.providers.iter().map(String::as_str).chain(FARGATE);
                let help = suggestion(name, known, "capacity provider");
                reader.wrong(at.span(), format!("there is no capacity provider `{name}`"), help);
            }
        }
        let subnets = network.map_or(&[][..], |network| &network.subnets);
        for name in subnets.iter().filter(|name| !self.subnets.contains(name)) {
            let part = object.get("networkConfiguration").unwrap_or(object.part);
            let at = written_at(part, "subnets", name).unwrap_or(part);
            let help = format!(
                "the cluster has {}; write `[[cluster.subnet]]` with `name = \"{name}\"` and its \
                 `cidr` and `zone`",
                listed(&self.subnets)
            );
            reader.wrong(at.span(), format!("there is no subnet `{name}`"), help);
        }
        let groups = network.map_or(&[][..], |network| &network.security_groups);
        let known = &self.security_groups;
        for name in groups.iter().filter(|name| !known.is_empty() && !known.contains(name)) {
            let part = object.get("networkConfiguration").unwrap_or(object.part);
            let at = written_at(part, "securityGroups", name).unwrap_or(part);
            let help = suggestion(name, known.iter().map(String::as_str), "security group");
            reader.wrong(at.span(), format!("there is no security group `{name}`"), help);
        }
    }

    /// Says that there is a service of this name before.
    pub(super) fn check_service(&self, reader: &mut Reader, object: &Object<'_>) {
        if let Some(part) = object.get("serviceName")
            && part.text().is_ok_and(|name| self.services.contains(&name))
        {
            let title = format!("there is a service {} already", part.written().replace('"', "`"));
            reader.wrong(part.span(), title, "give each a name of its own");
        }
    }

    fn no_definition(&self, reader: &mut Reader, part: Part<'_>, name: &str) {
        let family = revision::family(name);
        let families = self.definitions.iter().map(|it| it.family.as_str());
        let (title, help) = if self.definition(family).is_some() {
            let help = format!(
                "name the last one by `{family}`, or say in its file which it is: `\"revision\": \
                 …`, as `describe-task-definition` prints"
            );
            (format!("there is no such revision of the task definition `{family}`"), help)
        } else if families.clone().next().is_none() {
            let help = "name its file in `task_definitions` of `[cluster.ecs]`";
            (format!("there is no task definition `{family}`"), help.to_owned())
        } else {
            let help = suggestion(family, families, "task definition");
            (format!("there is no task definition `{family}`"), help)
        };
        reader.wrong(part.span(), title, help);
    }
}

/// Names and the places they are written at: in the objects of a list, under a key.
fn placed<'n, 't>(
    list: Part<'t>,
    key: &str,
    names: impl Iterator<Item = &'n str>,
) -> impl Iterator<Item = (&'n str, Part<'t>)> {
    let parts = list.list().unwrap_or_default();
    names.enumerate().map(move |(place, name)| {
        let object = parts.get(place).and_then(|part| part.object().ok());
        (name, object.and_then(|object| object.get(key)).unwrap_or(list))
    })
}

/// Where something is named in a list of a network configuration.
fn written_at<'t>(network: Part<'t>, key: &str, name: &str) -> Option<Part<'t>> {
    let inner = network.object().ok()?.get("awsvpcConfiguration")?;
    let names = inner.object().ok()?.get(key)?.list().ok()?;
    names.into_iter().find(|part| part.text().is_ok_and(|text| text == name))
}

fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
