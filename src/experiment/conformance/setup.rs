//! Scenario text: what the systems of the table have in common.
//!
//! One time unit of the table is one simulated second. Everything that a textbook leaves out takes
//! no time here: images are there, containers and processes start at once, hosts boot at once.

use std::fmt::Write;

/// A scenario for one system, as TOML, all but `[simulation]`.
#[derive(Clone, Debug)]
pub struct Setup(String);

const HEAD: &str = r#"
[[image]]
name = "work"
layers = ["1MiB"]
"#;

impl Setup {
    /// Containers on `hosts` hosts of so many cores.
    pub fn containers(hosts: u32, cores: u32) -> Self {
        let mut text = HEAD.to_owned();
        host(&mut text, cores);
        let _ = write!(
            text,
            r#"
[[cluster]]
name = "system"
kind = "docker"
hosts = {{ shape = "server", count = {hosts} }}
overcommit = {{ cpu = 100.0 }}
engine = {{ start = "0s", prepulled = true }}
"#
        );
        Self(text)
    }

    /// Virtual machines on one host of so many cores, nothing promised twice.
    pub fn hypervisor(cores: u32) -> Self {
        let mut text = String::new();
        host(&mut text, cores);
        text += r#"
[[cluster]]
name = "system"
kind = "hypervisor"
hosts = { shape = "server" }
"#;
        Self(text)
    }

    /// Adds an app; `rest` is the part of its table that is its own.
    pub fn app(mut self, name: &str, rest: &str) -> Self {
        let _ = write!(
            self.0,
            r#"
[[app]]
name = "{name}"
image = "work"
cpu = {{ request = "1m" }}
memory = {{ request = "1MiB", base = "1MiB" }}
start = "0s"
{rest}
"#
        );
        self
    }

    /// Adds a stream of jobs; `rest` is the part of its table that is its own.
    pub fn job(mut self, name: &str, rest: &str) -> Self {
        let _ = write!(
            self.0,
            r#"
[[job]]
name = "{name}"
image = "work"
memory = {{ request = "1MiB", base = "1MiB" }}
{rest}
"#
        );
        self
    }

    /// Adds a stream of VMs that do nothing but hold their CPUs.
    pub fn vm(mut self, name: &str, vcpus: u32, rate: f64, lifetime: &str) -> Self {
        let _ = write!(
            self.0,
            r#"
[[vm]]
name = "{name}"
arrivals = {{ poisson = "{rate}/s" }}
lifetime = {lifetime}
vcpus = {vcpus}
memory = "1MiB"
usage = {{ constant = "0%" }}
"#
        );
        self
    }

    /// Adds anything.
    pub fn with(mut self, table: &str) -> Self {
        self.0 += table;
        self
    }

    /// All but its times.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The whole scenario.
    pub fn scenario(&self, warm_up: f64, duration: f64) -> String {
        let (warm_up, duration) = (span(warm_up), span(duration));
        format!(
            "[simulation]\nname = \"conformance\"\nduration = {duration}\nwarm_up = {warm_up}\n\
             points = 2\n{}",
            self.0
        )
    }
}

fn host(text: &mut String, cores: u32) {
    let _ = write!(
        text,
        r#"
[[host]]
name = "server"
cores = {cores}
memory = "16TiB"
boot = "0s"
"#
    );
}

/// A duration of so many seconds, to the nanosecond.
pub fn span(seconds: f64) -> String {
    format!("\"{}ns\"", (seconds * 1e9).round() as u64)
}

/// Poisson traffic of an app.
pub fn traffic(rate: f64) -> String {
    format!("traffic = {{ arrivals = {{ poisson = \"{rate}/s\" }} }}\n")
}

/// A law of this mean in seconds and this squared coefficient of variation.
pub fn law(mean: f64, scv: f64) -> String {
    let span = span(mean);
    // the stages of an Erlang law, if it is one
    let stages = (1.0 / scv).round();
    if scv == 0.0 {
        span
    } else if scv == 1.0 {
        format!("{{ exponential = {{ mean = {span} }} }}")
    } else if scv > 1.0 {
        format!("{{ hyperexponential = {{ mean = {span}, scv = {scv:?} }} }}")
    } else if (stages * scv - 1.0).abs() < 1e-6 {
        format!("{{ erlang = {{ mean = {span}, stages = {stages} }} }}")
    } else {
        format!("{{ lognormal = {{ mean = {span}, cv = {:?} }} }}", scv.sqrt())
    }
}
