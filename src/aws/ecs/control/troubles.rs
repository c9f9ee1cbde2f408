//! What somebody should look after, in words: deployments that come to nothing, tasks for which
//! there is no place and will be none.

use super::kinds::{KindId, On};
use super::log::Said;
use super::{ControlPlane, ServiceId};
use crate::aws::ecs::placement::{Left, Need};

/// What does not go on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A service can neither stop nor start anything for its deployment.
    Blocked(ServiceId),
    /// A deployment of a service has failed, whatever follows; the number of the text that says
    /// why.
    Failed {
        /// The service.
        service: ServiceId,
        /// Whether the last deployment that completed comes back.
        rolls_back: bool,
        /// Why, by the number of the text.
        why: u32,
    },
    /// A service has found no place for a task for minutes; the number of the text that says why.
    Unplaced(ServiceId, u32),
    /// Tasks of a kind wait for their provider, which starts no instance for them: not all of its
    /// types would have room for one.
    Unplaceable(KindId),
    /// Tasks wait for a provider, whose group has as many instances as it may have.
    Full {
        /// The provider, by its place.
        provider: u32,
        /// What it would have.
        wanted: u32,
        /// What it may have.
        max: u32,
        /// Why the first of the tasks has no place, by the number of the text.
        why: u32,
    },
}

/// A trouble in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Whom it concerns: ``service `web` ``.
    pub about: String,
    /// What happened and why, in one sentence without a full stop.
    pub title: String,
    /// What would be right.
    pub advice: String,
}

impl ControlPlane {
    /// What there is to say of a trouble.
    pub fn told(&self, trouble: Trouble) -> Told {
        let about = |id: ServiceId| format!("service `{}`", self.service(id).name);
        match trouble {
            Trouble::Blocked(id) => Told {
                about: about(id),
                title: self.words(id, Said::Deadlock, 0, 0),
                advice: "no task may stop before another runs, and none may start beside it: \
                         lower `minimumHealthyPercent` or raise `maximumPercent`"
                    .to_owned(),
            },
            Trouble::Failed { service, rolls_back, why } => {
                let said = if rolls_back { Said::RollsBack } else { Said::Failed };
                let deployment = self.services[service.0 as usize].rollouts.definition();
                let name = &self.service(service).name;
                Told {
                    about: about(service),
                    title: self.words(service, said, deployment, why),
                    advice: format!(
                        "`plimsoll explain RESULT --service {name}` tells why its tasks stopped"
                    ),
                }
            }
            Trouble::Unplaced(id, why) => Told {
                about: about(id),
                title: self.words(id, Said::Unplaced, why, 0),
                advice: "give the group more or larger instances, ask for less, or leave out a \
                         constraint; tasks of a capacity provider wait for instances, which are \
                         started for them"
                    .to_owned(),
            },
            Trouble::Unplaceable(kind) => self.unplaceable(kind),
            Trouble::Full { provider, wanted, max, why } => {
                let about = format!(
                    "capacity provider `{}`",
                    self.settings.providers[provider as usize].name
                );
                Told {
                    title: format!(
                        "tasks wait for {about}, which would have {wanted} instances, and its \
                         group may have {max}"
                    ),
                    advice: format!(
                        "raise `max` of the group, or ask for less. {}",
                        self.log.text_at(why)
                    ),
                    about,
                }
            }
        }
    }

    fn unplaceable(&self, id: KindId) -> Told {
        let kind = self.kind(id);
        let family = &self.definition(kind.definition).family;
        let about = match kind.service {
            Some((service, _)) => format!("service `{}`", self.service(service).name),
            None => format!("tasks of `{family}`"),
        };
        let On::Provider(provider) = kind.on else { unreachable!("it waits for a provider") };
        let provider = &self.settings.providers[provider as usize];
        let need = &kind.demand.need;
        let short = provider.types.iter().filter(|offered| offered.tasks(need) == 0);
        let reason = short.map(|offered| lacking(offered, need)).next().unwrap_or_default();
        let title = format!(
            "capacity provider `{}` starts no instance for tasks of `{family}`: {reason}",
            provider.name
        );
        let advice = "managed scaling leaves out tasks that do not fit on the smallest type of \
                      the group: ask for less, or take that type out of `instance_types`"
            .to_owned();
        Told { about, title, advice }
    }

    /// An event of a service, without its full stop.
    fn words(&self, id: ServiceId, said: Said, a: u32, b: u32) -> String {
        let (_, words) = self.log.said(id.0 as u16, said, a, b);
        let words = format!("(service {}) {words}", self.service(id).name);
        words.strip_suffix('.').map_or(words.clone(), str::to_owned)
    }
}

/// What a type that is empty does not have enough of for a task.
fn lacking(offered: &Left, need: &Need) -> String {
    let (cpu, memory) = (need.cpu, need.memory);
    if offered.cpu < cpu {
        return format!("each needs {cpu}, and one of its types has {}", offered.cpu);
    }
    if offered.memory < memory {
        return format!("each needs {memory}, and one of its types has {}", offered.memory);
    }
    if offered.gpus < need.gpus {
        return format!("each needs {} GPUs, and one of its types has {}", need.gpus, offered.gpus);
    }
    "each needs a network interface, and one of its types has none to spare".to_owned()
}
