//! Which plugins run at which extension point, in which order and with which weight.
//!
//! Sources: Kubernetes v1.36, `pkg/scheduler/apis/config/v1/default_plugins.go` (defaults and how a
//! profile changes them) and `pkg/scheduler/framework/runtime/framework.go` (`multiPoint` spread
//! over the extension points: what a point names itself comes first if `multiPoint` has it too,
//! then the rest of `multiPoint`, then the rest of the point).

use super::raw::{RawPlugin, RawPluginSet, RawPlugins};
use crate::kubernetes::api::decode::Path;
use crate::kubernetes::api::validate::Violation;
use crate::scenario::diagnostic::nearest;

/// Where in a scheduling attempt plugins are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the extension point of its name")]
pub enum Point {
    PreEnqueue,
    QueueSort,
    PreFilter,
    Filter,
    PostFilter,
    PreScore,
    Score,
    Reserve,
    Permit,
    PreBind,
    Bind,
    PostBind,
}

impl Point {
    /// All of them, in the order of an attempt.
    pub const ALL: [Self; 12] = [
        Self::PreEnqueue,
        Self::QueueSort,
        Self::PreFilter,
        Self::Filter,
        Self::PostFilter,
        Self::PreScore,
        Self::Score,
        Self::Reserve,
        Self::Permit,
        Self::PreBind,
        Self::Bind,
        Self::PostBind,
    ];
}

use Point::{
    Bind, Filter, PostFilter, PreBind, PreEnqueue, PreFilter, PreScore, QueueSort, Reserve, Score,
};

macro_rules! plugins {
    ($($name:ident: $weight:literal, [$($point:ident),*];)*) => {
        /// A plugin of Kubernetes, under the name it has there.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is the Kubernetes plugin of its name")]
        pub enum Plugin {
            $($name,)*
        }

        impl Plugin {
            /// All of them in the order in which they run by default.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// The extension points that it implements.
            pub const fn points(self) -> &'static [Point] {
                match self {
                    $(Self::$name => &[$($point),*],)*
                }
            }

            /// Its weight in the default profile; 0 is unset and counts as 1 where it scores.
            const fn default_weight(self) -> u32 {
                match self {
                    $(Self::$name => $weight,)*
                }
            }
        }
    };
}

plugins! {
    SchedulingGates: 0, [PreEnqueue];
    PrioritySort: 0, [QueueSort];
    NodeUnschedulable: 0, [Filter];
    NodeName: 0, [Filter];
    TaintToleration: 3, [Filter, PreScore, Score];
    NodeAffinity: 2, [PreFilter, Filter, PreScore, Score];
    NodePorts: 0, [PreFilter, Filter];
    NodeResourcesFit: 1, [PreFilter, Filter, PreScore, Score];
    VolumeRestrictions: 0, [PreFilter, Filter];
    NodeVolumeLimits: 0, [PreFilter, Filter];
    VolumeBinding: 0, [PreFilter, Filter, PreScore, Score, Reserve, PreBind];
    VolumeZone: 0, [PreFilter, Filter];
    PodTopologySpread: 2, [PreFilter, Filter, PreScore, Score];
    InterPodAffinity: 2, [PreFilter, Filter, PreScore, Score];
    DynamicResources: 2, [PreEnqueue, PreFilter, Filter, PostFilter, Score, Reserve, PreBind];
    NodeDeclaredFeatures: 0, [PreFilter, Filter];
    DefaultPreemption: 0, [PreEnqueue, PostFilter];
    NodeResourcesBalancedAllocation: 1, [PreScore, Score];
    ImageLocality: 1, [Score];
    DefaultBinder: 0, [Bind];
}

impl Plugin {
    /// The plugin of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|plugin| plugin.name() == name)
    }
}

/// The plugins of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugins {
    /// By extension point, in the order of [`Point::ALL`].
    enabled: [Vec<Plugin>; Point::ALL.len()],
    /// Weights of the plugins that score.
    weights: Vec<(Plugin, u32)>,
}

impl Plugins {
    /// The plugins that run at an extension point, in order.
    pub fn at(&self, point: Point) -> &[Plugin] {
        &self.enabled[point as usize]
    }

    /// The plugins that score, in order, with their weights.
    pub fn scores(&self) -> &[(Plugin, u32)] {
        &self.weights
    }

    /// Whether a plugin runs at an extension point.
    pub fn has(&self, plugin: Plugin, point: Point) -> bool {
        self.at(point).contains(&plugin)
    }

    /// The defaults, changed by what a profile says.
    pub(super) fn resolve(raw: &RawPlugins, at: &Path, violations: &mut Vec<Violation>) -> Self {
        let multi = Set::read(&raw.multi_point, None, &at.key("multiPoint"), violations);
        let multi = multi.over_defaults();
        let sets = Point::ALL.map(|point| {
            let (key, set) = of_point(raw, point);
            Set::read(set, Some(point), &at.key(key), violations)
        });
        let enabled = Point::ALL.map(|point| sets[point as usize].spread(&multi, point));
        if enabled[QueueSort as usize] != [Plugin::PrioritySort] {
            let message = "the one plugin that can sort the queue is PrioritySort";
            violations.push(Violation::new(at.key("queueSort"), message));
        }
        let own = &sets[Score as usize].enabled;
        let weight = |plugin: Plugin| {
            let found = own.iter().chain(&multi).find(|(other, _)| *other == plugin);
            (plugin, found.map_or(1, |(_, weight)| (*weight).max(1)))
        };
        let weights = enabled[Score as usize].iter().map(|plugin| weight(*plugin)).collect();
        Self { enabled, weights }
    }
}

impl Default for Plugins {
    fn default() -> Self {
        Self::resolve(&RawPlugins::default(), &Path::default(), &mut Vec::new())
    }
}

fn of_point(raw: &RawPlugins, point: Point) -> (&'static str, &RawPluginSet) {
    match point {
        Point::PreEnqueue => ("preEnqueue", &raw.pre_enqueue),
        Point::QueueSort => ("queueSort", &raw.queue_sort),
        Point::PreFilter => ("preFilter", &raw.pre_filter),
        Point::Filter => ("filter", &raw.filter),
        Point::PostFilter => ("postFilter", &raw.post_filter),
        Point::PreScore => ("preScore", &raw.pre_score),
        Point::Score => ("score", &raw.score),
        Point::Reserve => ("reserve", &raw.reserve),
        Point::Permit => ("permit", &raw.permit),
        Point::PreBind => ("preBind", &raw.pre_bind),
        Point::Bind => ("bind", &raw.bind),
        Point::PostBind => ("postBind", &raw.post_bind),
    }
}

/// What a profile says about one extension point or about `multiPoint`.
struct Set {
    enabled: Vec<(Plugin, u32)>,
    disabled: Vec<Plugin>,
    all_disabled: bool,
}

impl Set {
    fn read(
        raw: &RawPluginSet,
        point: Option<Point>,
        at: &Path,
        violations: &mut Vec<Violation>,
    ) -> Self {
        let mut set = Self { enabled: Vec::new(), disabled: Vec::new(), all_disabled: false };
        for (index, entry) in raw.enabled.iter().enumerate() {
            let at = at.key("enabled").index(index);
            match enabled(entry, point, &set.enabled) {
                Ok(plugin) => set.enabled.push(plugin),
                Err(violation) => violations.push(violation.under(&at)),
            }
        }
        for (index, entry) in raw.disabled.iter().enumerate() {
            if entry.name == "*" {
                set.all_disabled = true;
            } else if let Some(plugin) = Plugin::named(&entry.name) {
                set.disabled.push(plugin);
            } else {
                let at = at.key("disabled").index(index);
                violations.push(unknown_plugin(&entry.name).under(&at));
            }
        }
        set
    }

    /// The default plugins as `multiPoint` leaves them.
    fn over_defaults(&self) -> Vec<(Plugin, u32)> {
        let own = |plugin: Plugin| self.enabled.iter().find(|(other, _)| *other == plugin);
        let kept = |plugin: &Plugin| !self.all_disabled && !self.disabled.contains(plugin);
        let default = |plugin| own(plugin).copied().unwrap_or((plugin, plugin.default_weight()));
        let mut plugins: Vec<_> = Plugin::ALL.iter().copied().filter(kept).map(default).collect();
        let further = self.enabled.iter().filter(|(plugin, _)| !kept(plugin));
        plugins.extend(further);
        plugins
    }

    /// The plugins of an extension point that says this, in order.
    fn spread(&self, multi: &[(Plugin, u32)], point: Point) -> Vec<Plugin> {
        let own: Vec<Plugin> = self.enabled.iter().map(|(plugin, _)| *plugin).collect();
        if self.all_disabled {
            return own;
        }
        let applies =
            |plugin: &Plugin| plugin.points().contains(&point) && !self.disabled.contains(plugin);
        let multi: Vec<Plugin> = multi.iter().map(|(plugin, _)| *plugin).filter(applies).collect();
        let first = own.iter().filter(|plugin| multi.contains(plugin));
        let then = multi.iter().filter(|plugin| !own.contains(plugin));
        let last = own.iter().filter(|plugin| !multi.contains(plugin));
        first.chain(then).chain(last).copied().collect()
    }
}

fn enabled(
    entry: &RawPlugin,
    point: Option<Point>,
    before: &[(Plugin, u32)],
) -> Result<(Plugin, u32), Violation> {
    let plugin = Plugin::named(&entry.name).ok_or_else(|| unknown_plugin(&entry.name))?;
    let name = Path::default().key("name");
    if before.iter().any(|(other, _)| *other == plugin) {
        return Err(Violation::new(name, format!("`{}` is enabled twice", entry.name)));
    }
    if point.is_some_and(|point| !plugin.points().contains(&point)) {
        let message = format!("`{}` does not implement this extension point", entry.name);
        return Err(Violation::new(name, message));
    }
    let weight = u32::try_from(entry.weight.unwrap_or(0))
        .map_err(|_| Violation::new(Path::default().key("weight"), "must not be negative"))?;
    Ok((plugin, weight))
}

/// A plugin that is not part of Kubernetes v1.36.
pub(super) fn unknown_plugin(name: &str) -> Violation {
    let path = Path::default().key("name");
    let message = format!("`{name}` is not a plugin of Kubernetes 1.36");
    let near = nearest(name, Plugin::ALL.iter().map(|plugin| plugin.name()));
    let help = near.map_or_else(
        || "plugins that are compiled into a scheduler of one's own cannot be simulated".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Violation::new(path, message).help(help)
}
