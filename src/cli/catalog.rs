//! `catalog`: shapes and images to start from, and the instance types of EC2.

use super::schedule::text::table;
use super::{Failure, Outcome, print};
use crate::aws::ec2::catalogue::{
    Architecture, InstanceType, instance_type, instance_types, known_interfaces,
};
use crate::aws::eks::node::pods::published_pods;
use crate::aws::iam::Context;
use crate::aws::iam::pattern::Pattern;
use crate::report::quantity::count;
use crate::units::HourlyPrice;

/// List the host shapes and images a scenario can start from, as TOML to copy; or, by name, the
/// instance types of EC2 with their shape, limits and prices.
#[derive(Debug, clap::Args)]
pub(super) struct Catalog {
    /// Instance types of EC2 by name, family or pattern: `m6i.large`, `c7g`, `*.metal`.
    #[arg(value_name = "TYPE")]
    types: Vec<String>,
    /// As comma-separated values instead of a table.
    #[arg(long, requires = "types")]
    csv: bool,
}

const HEADER: [&str; 12] = [
    "type",
    "arch",
    "vCPUs",
    "cores",
    "memory GiB",
    "network Gbit/s",
    "interfaces",
    "tasks awsvpc",
    "pods EKS",
    "EBS volumes",
    "Linux $/h",
    "Windows $/h",
];

impl Catalog {
    pub fn execute(&self) -> Result<Outcome, Failure> {
        if self.types.is_empty() {
            return print(include_str!("catalog.toml"));
        }
        let rows: Vec<Vec<String>> = self.found()?.into_iter().map(row).collect();
        match self.csv {
            true => print(&csv(&rows)),
            false => {
                let right: Vec<usize> = (2..HEADER.len()).collect();
                print(&table(&HEADER.map(str::to_owned), &rows, &right))
            }
        }
    }

    /// The types of all names, each family from its smallest on.
    fn found(&self) -> Result<Vec<&'static InstanceType>, Failure> {
        for name in &self.types {
            if let (Some(_), Err(error)) = (known_interfaces(name), instance_type(name)) {
                let pods = published_pods(name).expect("its interfaces are known");
                return Err(Failure::Input(format!(
                    "error: {error}\n  help: a Linux node of EKS would take {pods} pods by them"
                )));
            }
            if !instance_types().iter().any(|one| fits(name, one)) {
                let all = count(instance_types().len() as u64);
                return Err(Failure::Input(format!(
                    "error: none of the {all} instance types of the catalogue fits `{name}`\n  \
                     help: a name, a family or a pattern, such as `m6i.large`, `c7g` or `*.metal`"
                )));
            }
        }
        let fits = |one: &&InstanceType| self.types.iter().any(|name| fits(name, one));
        let mut found: Vec<&InstanceType> = instance_types().iter().filter(fits).collect();
        found.sort_by_key(|one| (one.family(), one.vcpus, one.memory));
        Ok(found)
    }
}

fn fits(name: &str, one: &InstanceType) -> bool {
    one.family() == name || Pattern::plain(name).matches(&one.name, &Context::default())
}

fn row(one: &InstanceType) -> Vec<String> {
    let architecture = match one.architecture {
        Architecture::X86 => "amd64",
        Architecture::Arm => "arm64",
    };
    let gbits = |bandwidth: crate::units::Bandwidth| decimal(bandwidth.0 * 8.0 / 1e9);
    let network = one.network.bandwidth;
    let network = match network.baseline == network.peak {
        true => gbits(network.peak),
        false => format!("{} to {}", gbits(network.baseline), gbits(network.peak)),
    };
    let price = |price: Option<HourlyPrice>| price.map_or(String::new(), |it| it.0.to_string());
    vec![
        one.name.clone(),
        architecture.to_owned(),
        one.vcpus.to_string(),
        one.cores.to_string(),
        decimal(one.memory.0 as f64 / f64::from(1 << 30)),
        network,
        one.network.enis.to_string(),
        match one.tasks.trunked {
            Some(trunked) if trunked != one.tasks.plain => {
                format!("{} or {trunked}", one.tasks.plain)
            }
            _ => one.tasks.plain.to_string(),
        },
        one.max_pods.to_string(),
        one.attach.volumes_with(1).to_string(),
        price(one.linux),
        price(one.windows),
    ]
}

/// Three decimals at most, and none that say nothing.
fn decimal(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn csv(rows: &[Vec<String>]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let all = std::iter::once(HEADER.map(str::to_owned).to_vec()).chain(rows.iter().cloned());
    all.for_each(|row| writer.write_record(row).expect("memory takes all"));
    let bytes = writer.into_inner().expect("memory takes all");
    String::from_utf8(bytes).expect("names and numbers are text")
}
