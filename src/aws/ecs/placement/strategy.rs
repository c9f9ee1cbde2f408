//! Placement strategies.

/// How the best of several instances is told. (API reference, `PlacementStrategy`.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Any.
    Random,
    /// Those with the fewest tasks of the same group.
    Spread(Field),
    /// Those with the least of a resource left.
    Binpack(Resource),
}

/// By what tasks are spread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// By instance: `instanceId` or `host`.
    Instance,
    /// By an attribute of instances, such as `ecs.availability-zone`.
    Attribute(String),
}

/// What instances are packed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// CPU units.
    Cpu,
    /// Memory.
    Memory,
}

impl Strategy {
    /// What a service does that names no strategies: zones, then instances evenly. (Developer
    /// Guide, "Amazon ECS services".)
    pub fn of_services() -> Vec<Self> {
        let zone = Field::Attribute(super::ZONE.to_owned());
        vec![Self::Spread(zone), Self::Spread(Field::Instance)]
    }

    /// What `run-task` does without strategies: any valid instance. (Developer Guide, "Scheduling
    /// tasks".)
    pub fn of_standalone_tasks() -> Vec<Self> {
        vec![Self::Random]
    }
}
