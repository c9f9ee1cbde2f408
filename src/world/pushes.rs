//! Pushes of a cluster's registries, and what becomes of images there afterwards: copies, scans,
//! expiry.
//!
//! A push of the scenario asks what its repository lacks, uploads that ([`docker::push`]) and is
//! judged when its last manifest has come ([`books`]): from then on its name stands for what was
//! pushed, or it is refused. Registries that replicate this one have it after their delay.
//! Lifecycle policies are at work at regular instants.

mod books;
mod rules;

use std::collections::BTreeMap;

use super::{Event, World};
use crate::aws::ecr::push::PushError;
use crate::aws::ecr::quota::parts;
use crate::docker::{
    self, Engines, ImageId, LayerId, PushContext, PushNotice, PushSpec, PushedLayer, RegistryError,
    RegistryId,
};
use crate::engine::{Calendar, Phase, Schedule, SimDuration, SimTime};
use crate::metrics::summary::PushesAccount;
use crate::scenario::{ClusterKind, Push, RegistryKind, Scenario};
use crate::units::Bytes;
use crate::world::InputError;
use books::Book;
pub(super) use rules::Rules;

/// What is to happen at a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistryEvent {
    /// A push of the scenario begins.
    Push {
        /// To this one.
        registry: RegistryId,
        /// Its place in the list of that.
        place: u32,
    },
    /// A copy of what was pushed arrives.
    Copied {
        /// Where it was pushed.
        from: RegistryId,
        /// Where it arrives.
        to: RegistryId,
        /// The push.
        place: u32,
    },
    /// Lifecycle policies are at work.
    Expire {
        /// Where.
        registry: RegistryId,
    },
}

/// All pushes to the registries of a cluster, and what these keep.
#[derive(Debug)]
pub(super) struct Pushes {
    uploads: docker::Pushes,
    /// Which push of the scenario each is that is under way.
    under_way: BTreeMap<u32, (RegistryId, u32)>,
    pub books: Vec<Book>,
    accounts: Vec<PushesAccount>,
    notices: Vec<PushNotice>,
}

impl Pushes {
    /// The registries as they are when the run begins.
    ///
    /// # Errors
    /// A lifecycle policy that cannot be used.
    pub fn new(scenario: &Scenario, engines: &Engines) -> Result<Self, InputError> {
        let (catalog, registries) = (engines.catalog(), engines.registries());
        let books = scenario.registries.iter().enumerate().map(|(place, written)| {
            let id = RegistryId(place as u16);
            Ok(Book::new(id, written, Rules::read(written)?, catalog, registries))
        });
        Ok(Self {
            uploads: docker::Pushes::default(),
            under_way: BTreeMap::new(),
            books: books.collect::<Result<_, InputError>>()?,
            accounts: vec![PushesAccount::default(); scenario.registries.len()],
            notices: Vec::new(),
        })
    }

    /// Schedules what the scenario says.
    pub fn start(&self, scenario: &Scenario, calendar: &mut Calendar<Event>) {
        for (id, written) in registries(scenario) {
            for (place, push) in (0..).zip(&written.pushes) {
                let event = RegistryEvent::Push { registry: id, place };
                calendar.at(SimTime::ZERO.saturating_add(push.at), Phase::Arrive, event);
            }
            if self.book(id).expires() {
                let event = RegistryEvent::Expire { registry: id };
                calendar.after(written.expires_every(), Phase::Release, event);
            }
        }
    }

    /// Proves that every push that was begun is known until its end.
    ///
    /// # Panics
    /// When one is not.
    pub fn audit(&self) {
        assert_eq!(self.under_way.len(), self.uploads.under_way(), "a push is lost");
    }

    /// What became of the pushes to a registry.
    pub fn account(&self, registry: RegistryId) -> PushesAccount {
        let mine = self.under_way.values().filter(|(to, _)| *to == registry);
        PushesAccount { under_way: mine.count() as u64, ..self.accounts[usize::from(registry.0)] }
    }

    /// What a registry keeps.
    pub fn book(&self, registry: RegistryId) -> &Book {
        &self.books[usize::from(registry.0)]
    }

    fn book_mut(&mut self, registry: RegistryId) -> &mut Book {
        &mut self.books[usize::from(registry.0)]
    }

    fn account_mut(&mut self, registry: RegistryId) -> &mut PushesAccount {
        &mut self.accounts[usize::from(registry.0)]
    }
}

fn registries(
    scenario: &Scenario,
) -> impl Iterator<Item = (RegistryId, &crate::scenario::Registry)> {
    (0..).map(RegistryId).zip(&scenario.registries)
}

impl<'a> World<'a> {
    /// Something happens at a registry.
    pub(super) fn on_registry(&mut self, event: RegistryEvent) {
        match event {
            RegistryEvent::Push { registry, place } => self.begin_push(registry, place),
            RegistryEvent::Copied { from, to, place } => self.copy_arrives(from, to, place),
            RegistryEvent::Expire { registry } => self.expire(registry),
        }
    }

    /// A push that is under way goes on.
    pub(super) fn on_push(&mut self, event: docker::PushEvent) {
        self.with_uploads(|uploads, context| uploads.on(event, context));
    }

    /// An upload is through.
    pub(super) fn uploaded(&mut self, token: u32) {
        self.with_uploads(|uploads, context| uploads.flow_completed(token, context));
    }

    /// Uploads to a registry break off.
    pub(super) fn cut_uploads(&mut self, registry: RegistryId) {
        self.with_uploads(|uploads, context| uploads.cut(registry, context));
    }

    /// Lets `act` work on the pushes under way, and sees to what that changed.
    fn with_uploads<R>(
        &mut self,
        act: impl FnOnce(&mut docker::Pushes, &mut PushContext<'_, Calendar<Event>>) -> R,
    ) -> R {
        let mut context = PushContext {
            calendar: &mut self.calendar,
            network: &mut self.network,
            registries: self.engines.registries_mut(),
            notices: &mut self.pushes.notices,
        };
        let result = act(&mut self.pushes.uploads, &mut context);
        self.network_changed();
        for PushNotice { push, outcome } in std::mem::take(&mut self.pushes.notices) {
            let (registry, place) =
                self.pushes.under_way.remove(&push).expect("a push ends after its beginning");
            self.push_ends(registry, place, outcome);
        }
        result
    }

    fn written(&self, registry: RegistryId, place: u32) -> (&'a Push, ImageId, ImageId) {
        let push = &self.scenario.registries[usize::from(registry.0)].pushes[place as usize];
        (push, self.image(push.tag()), self.image(&push.image))
    }

    fn begin_push(&mut self, registry: RegistryId, place: u32) {
        let (push, _, content) = self.written(registry, place);
        let is_ecr = self.scenario.registries[usize::from(registry.0)].kind == RegistryKind::Ecr;
        let (repository, _) = books::place_of(push.tag());
        let catalog = self.engines.catalog();
        let image = catalog.image(content);
        let placed = image.platforms.iter().flat_map(|platform| &platform.layers);
        let mut layers: Vec<LayerId> = placed.map(|placed| placed.layer).collect();
        layers.sort();
        layers.dedup();
        let book = self.pushes.book(registry);
        let layers = layers.into_iter().map(|layer| {
            let bytes = catalog.layer(layer).compressed;
            // others take a layer in one request
            let parts = if is_ecr { parts(bytes) } else { 1 };
            PushedLayer { bytes, parts, lacking: book.lacks(repository, layer) }
        });
        let layers = layers.collect();
        let manifests = match image.is_index() {
            true => image.platforms.len() as u32 + 1,
            false => 1,
        };
        let spec = PushSpec { registry, layers, manifests };
        self.pushes.account_mut(registry).begun += 1;
        self.with_uploads_of(registry, place, spec);
    }

    /// A push has a number before anything can end it.
    fn with_uploads_of(&mut self, registry: RegistryId, place: u32, spec: PushSpec) {
        let push = self.with_uploads(|uploads, context| uploads.begin(spec, context));
        self.pushes.under_way.insert(push, (registry, place));
    }

    fn push_ends(&mut self, registry: RegistryId, place: u32, outcome: Result<(), RegistryError>) {
        let (push, name, content) = self.written(registry, place);
        let now = self.now();
        if let Err(error) = outcome {
            self.pushes.account_mut(registry).failed += 1;
            return self.warn_of_push(registry, push, &format!("failed: {error}"));
        }
        let catalog = self.engines.catalog();
        let books = &mut self.pushes.books[usize::from(registry.0)];
        if let Err(error) = books.put(now, name, content, catalog) {
            self.pushes.account_mut(registry).refused += 1;
            return self.warn_of_push(registry, push, &refusal(&error));
        }
        self.pushes.account_mut(registry).done += 1;
        self.engines.registries_mut().publish(registry, name, content, now);
        for (to, delay) in self.copies_of(registry) {
            let event = RegistryEvent::Copied { from: registry, to, place };
            self.after(delay, Phase::Arrive, event);
        }
    }

    /// Registries that copy what is pushed to one, and how long that takes.
    fn copies_of(&self, registry: RegistryId) -> Vec<(RegistryId, SimDuration)> {
        let name = &self.scenario.registries[usize::from(registry.0)].name;
        let copies = registries(self.scenario).flat_map(|(id, written)| {
            let mine = written.replicates.iter().filter(|copied| copied.from == *name);
            mine.map(move |copied| (id, copied.delay))
        });
        copies.collect()
    }

    fn copy_arrives(&mut self, from: RegistryId, to: RegistryId, place: u32) {
        let (_, name, content) = self.written(from, place);
        let (now, catalog) = (self.now(), self.engines.catalog());
        let (bytes, named) = self.pushes.books[usize::from(to.0)].copy(now, name, content, catalog);
        self.pushes.book_mut(from).copied.push((now, to, bytes));
        if named {
            self.engines.registries_mut().publish(to, name, content, now);
        }
    }

    /// Lifecycle policies delete and archive images of a registry: their names stand for nothing.
    fn expire(&mut self, registry: RegistryId) {
        let now = self.now();
        let (catalog, registries) = (self.engines.catalog(), self.engines.registries());
        let book = &mut self.pushes.books[usize::from(registry.0)];
        let gone = book.expire(now, catalog, |content| registries.pulled(registry, content));
        let names = catalog.images().filter(|&name| {
            let (repository, _) = books::place_of(&catalog.image(name).name);
            let content = registries.content(registry, name, now);
            gone.iter().any(|(of, it)| of == repository && Some(*it) == content)
        });
        for name in names.collect::<Vec<_>>() {
            self.engines.registries_mut().remove(registry, name, now);
        }
        let every = self.scenario.registries[usize::from(registry.0)].expires_every();
        self.after(every, Phase::Release, RegistryEvent::Expire { registry });
    }

    /// Pushes of what is pulled from elsewhere, each as a warning.
    pub(super) fn idle_pushes(&self) -> Vec<String> {
        let apps = self.scenario.apps.iter().map(|app| &app.image);
        let images: Vec<&String> =
            apps.chain(self.scenario.jobs.iter().map(|job| &job.image)).collect();
        let mut idle = Vec::new();
        if self.cluster.kind == ClusterKind::Hypervisor {
            return idle;
        }
        for (id, written) in registries(self.scenario) {
            let names = written.pushes.iter().map(Push::tag);
            let wanted = names.filter(|tag| images.iter().any(|image| image == tag));
            for tag in wanted.filter(|tag| !self.reaches(id, tag)) {
                let home = self.engines.registries().home(self.image(tag));
                let home = &self.scenario.registries[usize::from(home.0)].name;
                let to = &written.name;
                idle.push(format!(
                    "`{tag}` is pushed to registry `{to}`, but pulled from `{home}`"
                ));
            }
        }
        idle
    }

    /// Whether what is pushed to a registry comes to where a name is pulled from: to that registry,
    /// to one that it caches, or by a copy.
    fn reaches(&self, pushed: RegistryId, name: &str) -> bool {
        let all = &self.scenario.registries;
        let home = self.engines.registries().home(self.image(name));
        let upstream = |it: &&crate::scenario::Registry| {
            let name = it.upstream.as_ref()?;
            all.iter().find(|other| other.name == *name)
        };
        let pushed = &all[usize::from(pushed.0)].name;
        std::iter::successors(Some(&all[usize::from(home.0)]), upstream).any(|it| {
            it.name == *pushed || it.replicates.iter().any(|copied| copied.from == *pushed)
        })
    }

    fn warn_of_push(&mut self, registry: RegistryId, push: &Push, what: &str) {
        let to = &self.scenario.registries[usize::from(registry.0)].name;
        let tagged = match &push.tag {
            Some(tag) if *tag != push.image => format!(" as `{tag}`"),
            _ => String::new(),
        };
        let image = &push.image;
        self.recorder.warn(format!("the push of `{image}`{tagged} to registry `{to}` {what}"));
    }

    /// Bytes that a registry sent to those that copy it, in the measured time, by where they went.
    pub(super) fn copied_from(&self, registry: RegistryId) -> Vec<(RegistryId, Bytes)> {
        let copied = self.pushes.book(registry).copied.iter();
        let measured = copied.filter(|(at, ..)| *at >= self.recorder.measured_from);
        measured.map(|&(_, to, bytes)| (to, bytes)).collect()
    }
}

fn refusal(error: &PushError) -> String {
    format!("was refused: {}: {error}", error.exception())
}
