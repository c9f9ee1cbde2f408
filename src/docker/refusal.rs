//! Why an engine does not run an image.
//!
//! Linux containers need namespaces, control groups and an overlay file system from the kernel they
//! share with their host; no container runs on a kernel of another family, or on a processor of
//! another architecture (emulation aside). Windows containers need none of the three.

use crate::scenario::{Architecture, KernelFeature, OperatingSystem, OsFamily};
use crate::units::Bytes;

use super::images::{Image, Platform};
use super::registry::RegistryError;

/// A reason, as data; [`Refusal::sentence`] says it in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The operating system has no container engine.
    NoEngine,
    /// The engine is not up, because its machine is not.
    EngineDown,
    /// The image is built for another kernel.
    WrongOs { host: OsFamily, image: OsFamily },
    /// The image is built for another processor.
    WrongArchitecture { host: Architecture, image: Architecture },
    /// The kernel lacks something that containers are made of.
    MissingFeature(KernelFeature),
    /// The image is made for another version of the operating system (Windows).
    WrongVersion,
    /// The image has builds for several platforms, none for this one.
    NoPlatform { os: OsFamily, architecture: Architecture, build: Option<u32> },
    /// The layers that would have to be pulled do not fit.
    DiskFull { needed: Bytes, free: Bytes },
    /// The image is not there, and is not to be pulled.
    NeverPulled,
    /// The engine has begun too many pulls within a short time.
    TooManyPulls,
    /// The image could not be pulled.
    PullFailed(RegistryError),
}

/// What containers on Linux are made of.
const LINUX_FEATURES: [KernelFeature; 3] =
    [KernelFeature::Namespaces, KernelFeature::Cgroups, KernelFeature::Overlayfs];

/// The build of `image` that containers on this operating system are made of; the disk and whether
/// the machine is up are looked at elsewhere.
///
/// # Errors
/// The first reason that they cannot run.
pub fn check<'a>(host: &OperatingSystem, image: &'a Image) -> Result<&'a Platform, Refusal> {
    if !host.container_engine {
        return Err(Refusal::NoEngine);
    }
    let platform = choose(host, image)?;
    let missing = LINUX_FEATURES.iter().find(|needed| !host.kernel_features.contains(needed));
    match missing {
        Some(&feature) if host.family == OsFamily::Linux => Err(Refusal::MissingFeature(feature)),
        _ => Ok(platform),
    }
}

/// The first build that fits, as containerd and dockerd choose from an index; of an image with one
/// build, that one or what is wrong with it.
fn choose<'a>(host: &OperatingSystem, image: &'a Image) -> Result<&'a Platform, Refusal> {
    let mut fitting = image.platforms.iter().filter(|platform| misfit(host, platform).is_none());
    match (fitting.next(), image.platforms.as_slice()) {
        (Some(platform), _) => Ok(platform),
        (None, [only]) => Err(misfit(host, only).unwrap_or(Refusal::WrongVersion)),
        (None, _) => {
            let version = host.version.as_deref().filter(|_| host.is_windows());
            let build = version.and_then(build);
            Err(Refusal::NoPlatform { os: host.family, architecture: host.architecture, build })
        }
    }
}

fn misfit(host: &OperatingSystem, platform: &Platform) -> Option<Refusal> {
    if host.family != platform.os {
        return Some(Refusal::WrongOs { host: host.family, image: platform.os });
    }
    if host.architecture != platform.architecture {
        let (host, image) = (host.architecture, platform.architecture);
        return Some(Refusal::WrongArchitecture { host, image });
    }
    let versions = (host.version.as_deref(), platform.version.as_deref());
    let (Some(host_version), Some(version)) = versions else {
        return None;
    };
    let fits = !host.is_windows() || runs_build(build(host_version), build(version));
    (!fits).then_some(Refusal::WrongVersion)
}

/// The build number of `10.0.20348.2527`.
fn build(version: &str) -> Option<u32> {
    version.split('.').nth(2)?.parse().ok()
}

/// Whether process-isolated containers of a build run on a Windows of another. They share its
/// kernel, so builds must be equal; since Windows Server 2022 (20348) its images run on later ones
/// too (Microsoft, *Windows container version compatibility*).
fn runs_build(host: Option<u32>, image: Option<u32>) -> bool {
    const STABLE_SINCE: u32 = 20348;
    match (host, image) {
        (Some(host), Some(image)) => host == image || (host > image && image >= STABLE_SINCE),
        _ => true,
    }
}

impl Refusal {
    /// The reason in words, for the image of this name.
    pub fn sentence(&self, image: &str) -> String {
        match *self {
            Self::NoEngine => format!("host has no container engine to run image `{image}`"),
            Self::EngineDown => format!("host is down, so nothing can run image `{image}` there"),
            Self::WrongOs { host, image: built } => {
                let (host, built) = (os_name(host), os_name(built));
                format!("host runs {host}, image `{image}` is built for {built}")
            }
            Self::WrongArchitecture { host, image: built } => {
                let (host, built) = (architecture_name(host), architecture_name(built));
                format!("host is {host}, image `{image}` is built for {built}")
            }
            Self::MissingFeature(feature) => {
                let feature = feature_name(feature);
                format!("kernel of host lacks {feature}, which image `{image}` needs to run")
            }
            Self::WrongVersion => {
                format!("host has another build of windows than image `{image}` is made for")
            }
            Self::NoPlatform { os, architecture, build } => {
                let (os, architecture) = (os_name(os), architecture_name(architecture));
                let build = build.map_or(String::new(), |build| format!(" 10.0.{build}"));
                format!("no manifest of image `{image}` matches {os}/{architecture}{build}")
            }
            Self::TooManyPulls => format!("image `{image}` cannot be pulled: pull QPS exceeded"),
            Self::NeverPulled => {
                format!("image `{image}` is not present with pull policy never (ErrImageNeverPull)")
            }
            Self::PullFailed(error) => format!("image `{image}` cannot be pulled: {error}"),
            Self::DiskFull { needed, free } => {
                let (needed, free) = (mebibytes(needed), mebibytes(free));
                format!("image `{image}` needs {needed} more disk, host has {free} left")
            }
        }
    }
}

fn os_name(os: OsFamily) -> &'static str {
    match os {
        OsFamily::Linux => "linux",
        OsFamily::Windows => "windows",
    }
}

fn architecture_name(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Amd64 => "amd64",
        Architecture::Arm64 => "arm64",
    }
}

fn feature_name(feature: KernelFeature) -> &'static str {
    match feature {
        KernelFeature::Namespaces => "namespaces",
        KernelFeature::Cgroups => "cgroups",
        KernelFeature::Overlayfs => "overlayfs",
    }
}

fn mebibytes(bytes: Bytes) -> String {
    format!("{:.1}MiB", bytes.0 as f64 / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> OperatingSystem {
        OperatingSystem {
            family: OsFamily::Linux,
            architecture: Architecture::Amd64,
            version: None,
            container_engine: true,
            kernel_features: LINUX_FEATURES.to_vec(),
        }
    }

    fn reason(host: &OperatingSystem, os: OsFamily) -> Option<String> {
        let name = "shop/web:1.4".to_owned();
        let (architecture, layers) = (Architecture::Amd64, Vec::new());
        let platforms = vec![Platform { os, architecture, version: None, layers }];
        let image = Image { name, platforms, start_data: 1.0, lazy: false };
        check(host, &image).err().map(|refusal| refusal.sentence("shop/web:1.4"))
    }

    #[test]
    fn each_reason_is_a_sentence_a_person_understands() {
        use OsFamily::{Linux, Windows};
        assert_eq!(reason(&host(), Linux), None);
        let cases = [
            (
                OperatingSystem { container_engine: false, ..host() },
                "host has no container engine to run image `shop/web:1.4`",
            ),
            (
                OperatingSystem { family: Windows, ..host() },
                "host runs windows, image `shop/web:1.4` is built for linux",
            ),
            (
                OperatingSystem { architecture: Architecture::Arm64, ..host() },
                "host is arm64, image `shop/web:1.4` is built for amd64",
            ),
            (
                OperatingSystem { kernel_features: vec![KernelFeature::Namespaces], ..host() },
                "kernel of host lacks cgroups, which image `shop/web:1.4` needs to run",
            ),
        ];
        for (host, sentence) in cases {
            assert_eq!(reason(&host, Linux).as_deref(), Some(sentence));
        }
        let full = Refusal::DiskFull { needed: Bytes(3 << 20), free: Bytes(1 << 19) };
        assert_eq!(
            full.sentence("web"),
            "image `web` needs 3.0MiB more disk, host has 0.5MiB left"
        );
        let down = "host is down, so nothing can run image `web` there";
        assert_eq!(Refusal::EngineDown.sentence("web"), down);
    }

    #[test]
    fn windows_containers_need_no_linux_features() {
        let features = Vec::new();
        let windows = OsFamily::Windows;
        let host = OperatingSystem { family: windows, kernel_features: features, ..host() };
        assert_eq!(reason(&host, windows), None);
    }
}
