//! From JSON to a task definition; rules that concern several keys are those of [`check`].

mod constraint;
mod container;

use super::{
    Architecture, DEFAULT_EPHEMERAL_STORAGE_GIB, NetworkMode, Platform, System, TaskDefinition,
    check, size,
};
use crate::aws::ecs::reader::{Choices, Described, Keys, Reader};
use crate::aws::json::{Object, Part};

pub(in crate::aws::ecs) use constraint::{constraints, distinct_or_member};
pub(super) use container::Placed;

const DEFINITION: Keys = Keys {
    kind: "a task definition",
    read: &[
        "family",
        "revision",
        "networkMode",
        "requiresCompatibilities",
        "cpu",
        "memory",
        "executionRoleArn",
        "taskRoleArn",
        "runtimePlatform",
        "ephemeralStorage",
        "volumes",
        "placementConstraints",
        "containerDefinitions",
    ],
    ignored: &[
        "pidMode",
        "ipcMode",
        "proxyConfiguration",
        "inferenceAccelerators",
        "tags",
        "enableFaultInjection",
    ],
};
const DESCRIBED: Described = Described {
    list: "taskDefinitions",
    one: "taskDefinition",
    keys: &[
        "taskDefinitionArn",
        "status",
        "requiresAttributes",
        "compatibilities",
        "registeredAt",
        "registeredBy",
        "deregisteredAt",
    ],
};
const PLATFORM: Keys = Keys {
    kind: "a runtime platform",
    read: &["cpuArchitecture", "operatingSystemFamily"],
    ignored: &[],
};
const STORAGE: Keys = Keys { kind: "ephemeral storage", read: &["sizeInGiB"], ignored: &[] };
const VOLUME: Keys = Keys {
    kind: "a volume",
    read: &["name", "host"],
    ignored: &[
        "dockerVolumeConfiguration",
        "efsVolumeConfiguration",
        "fsxWindowsFileServerVolumeConfiguration",
        "configuredAtLaunch",
    ],
};
const HOST: Keys = Keys { kind: "a host volume", read: &["sourcePath"], ignored: &[] };

const NETWORK: Choices<NetworkMode> = &[
    ("awsvpc", NetworkMode::Awsvpc),
    ("bridge", NetworkMode::Bridge),
    ("host", NetworkMode::Host),
    ("none", NetworkMode::None),
];
const ARCHITECTURE: Choices<Architecture> =
    &[("X86_64", Architecture::X86), ("ARM64", Architecture::Arm)];
const SYSTEM: Choices<System> = &[
    ("LINUX", System::Linux),
    ("WINDOWS_SERVER_2016_FULL", System::Windows("WINDOWS_SERVER_2016_FULL")),
    ("WINDOWS_SERVER_2019_CORE", System::Windows("WINDOWS_SERVER_2019_CORE")),
    ("WINDOWS_SERVER_2019_FULL", System::Windows("WINDOWS_SERVER_2019_FULL")),
    ("WINDOWS_SERVER_2022_CORE", System::Windows("WINDOWS_SERVER_2022_CORE")),
    ("WINDOWS_SERVER_2022_FULL", System::Windows("WINDOWS_SERVER_2022_FULL")),
    ("WINDOWS_SERVER_2025_CORE", System::Windows("WINDOWS_SERVER_2025_CORE")),
    ("WINDOWS_SERVER_2025_FULL", System::Windows("WINDOWS_SERVER_2025_FULL")),
];
/// Launch types that a definition may be checked for; true for Fargate.
const COMPATIBILITIES: Choices<bool> =
    &[("EC2", false), ("FARGATE", true), ("EXTERNAL", false), ("MANAGED_INSTANCES", false)];

/// Most containers of a task, by the quotas.
const MOST_CONTAINERS: usize = 10;
/// Least and most storage of a Fargate task that asks for more than the 20 GiB it has anyway.
const STORAGE_GIB: std::ops::RangeInclusive<u32> = 21..=200;

/// Reads a whole document.
pub(super) fn document(reader: &mut Reader, part: Part<'_>) -> Option<TaskDefinition> {
    let (definition, ignored) = reader.described(part, DESCRIBED, definition).pop()?;
    Some(TaskDefinition { ignored, ..definition })
}

fn definition(reader: &mut Reader, part: Part<'_>) -> Option<TaskDefinition> {
    let object = reader.object(part, DEFINITION)?;
    let family = reader.required(&object, "family", family);
    let compatibilities = reader.each(&object, "requiresCompatibilities", |reader, part| {
        reader.choice(part, COMPATIBILITIES)
    });
    let network = reader.optional(&object, "networkMode", |r, part| r.choice(part, NETWORK));
    let platform = reader.optional(&object, "runtimePlatform", platform).unwrap_or_default();
    let windows = matches!(platform.system, Some(System::Windows(_)));
    let default = if windows { NetworkMode::Nat } else { NetworkMode::Bridge };
    let storage = reader.optional(&object, "ephemeralStorage", |reader, part| {
        let object = reader.object(part, STORAGE)?;
        reader.required(&object, "sizeInGiB", |r, part| r.whole(part, STORAGE_GIB))
    });
    let mut definition = TaskDefinition {
        family: family.unwrap_or_default(),
        revision: reader.optional(&object, "revision", |r, part| r.whole(part, 1..=u32::MAX)),
        network: network.unwrap_or(default),
        for_fargate: compatibilities.contains(&true),
        platform,
        cpu: reader.optional(&object, "cpu", size::cpu),
        memory: reader.optional(&object, "memory", size::memory),
        ephemeral_storage_gib: storage.unwrap_or(DEFAULT_EPHEMERAL_STORAGE_GIB),
        execution_role: reader.optional(&object, "executionRoleArn", Reader::text),
        task_role: reader.optional(&object, "taskRoleArn", Reader::text),
        volumes: reader.each(&object, "volumes", volume),
        constraints: constraints(reader, &object),
        containers: Vec::new(),
        ignored: Vec::new(),
    };
    let placed = containers(reader, &object);
    check::task(reader, &object, &definition);
    check::containers(reader, &object, &definition, &placed);
    definition.containers = placed.into_iter().map(|placed| placed.container).collect();
    Some(definition)
}

fn family(reader: &mut Reader, part: Part<'_>) -> Option<String> {
    let text = reader.text(part)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.len() > 255 || !text.chars().all(allowed) {
        let help = "use up to 255 letters, digits, `-` and `_`";
        reader.wrong(part.span(), format!("`{text}` cannot be a family"), help);
    }
    Some(text)
}

fn platform(reader: &mut Reader, part: Part<'_>) -> Option<Platform> {
    let object = reader.object(part, PLATFORM)?;
    Some(Platform {
        system: reader.optional(&object, "operatingSystemFamily", |r, part| r.choice(part, SYSTEM)),
        architecture: reader
            .optional(&object, "cpuArchitecture", |r, part| r.choice(part, ARCHITECTURE)),
    })
}

/// The name of a volume.
fn volume(reader: &mut Reader, part: Part<'_>) -> Option<String> {
    let object = reader.object(part, VOLUME)?;
    reader.optional(&object, "host", |reader, part| reader.object(part, HOST));
    reader.required(&object, "name", Reader::text)
}

/// The containers, their dependencies resolved. Of too many none is read: what is said of them
/// together takes time that grows with their square.
fn containers<'t>(reader: &mut Reader, object: &Object<'t>) -> Vec<Placed<'t>> {
    let list = reader.noted(object.required("containerDefinitions"));
    let listed = list.and_then(|list| Some((list.list().ok()?.len(), list.span())));
    if let Some((count, at)) = listed.filter(|(count, _)| *count > MOST_CONTAINERS) {
        let title = format!("a task has at most {MOST_CONTAINERS} containers, not {count}");
        reader.wrong(at, title, "divide it into several tasks");
        return Vec::new();
    }
    let mut placed = reader.each(object, "containerDefinitions", container::container);
    container::resolve(reader, &mut placed);
    placed
}
