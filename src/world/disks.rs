//! Where replicas read and write: the disk of their host, or a volume of their own.
//!
//! The disk of a host is shared by all that runs there, in VMs or not; pulls of images, which use
//! it as well, are not in its line. A volume that each replica has is made with it, empty and with
//! full credits, and goes with it, whatever becomes of its process meanwhile. (A StatefulSet keeps
//! its volumes; here its pods have new ones.)

use super::{InputError, Unfit, World};
use crate::aws::ebs::spec::{Part, Provisioned, SpecError, VolumeSpec};
use crate::engine::SimDuration;
use crate::machine::HostId;
use crate::metrics::summary::{Durations, IoSummary};
use crate::scenario::aws::Volume;
use crate::scenario::path::Path;
use crate::scenario::{AppIo, Cluster, Disk, Scenario, VolumePer};
use crate::units::{Bandwidth, Rate};
use crate::workload::AppId;
use crate::workload::storage::{DeviceId, Medium};

/// Time of an operation of a host's disk that nothing hinders, where nothing is said: flash.
const USUAL_LATENCY: SimDuration = SimDuration::from_nanos(100_000);
const GIB: u64 = 1 << 30;
const MIB: f64 = 1_048_576.0;

/// What a volume that a scenario asks for will have.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn provisioned(volume: &Volume) -> Result<Provisioned, Vec<SpecError>> {
    let mebibytes = |throughput: Bandwidth| (throughput.0 / MIB).round() as u32;
    let spec = VolumeSpec {
        kind: volume.kind,
        size: (volume.size.0 / GIB) as u32,
        iops: volume.iops,
        throughput: volume.throughput.map(mebibytes),
    };
    spec.check()
}

/// The root volume of an instance, as pulls of images see it.
pub(super) fn root_disk(volume: &Volume) -> Disk {
    let root = provisioned(volume).expect("volumes of a scenario were checked");
    let throughput = Bandwidth(root.bytes().peak);
    let iops = Some(Rate(root.operations().baseline));
    Disk { size: volume.size, throughput, iops, ..Disk::default() }
}

/// Whether the volumes that a scenario asks for can be had.
///
/// # Errors
/// The first that cannot.
pub(super) fn check(scenario: &Scenario) -> Result<(), InputError> {
    for (index, app) in scenario.apps.iter().enumerate() {
        if let Some(volume) = app.io.as_ref().and_then(|io| io.volume.as_ref()) {
            check_volume(volume, &Path::element("app", index).key("io").key("volume"))?;
        }
    }
    for (index, cluster) in scenario.clusters.iter().enumerate() {
        let at = Path::element("cluster", index);
        for (index, group) in cluster.auto_scaling_groups.iter().enumerate() {
            let at = at.key("auto_scaling_group").index(index).key("volume");
            check_volume(&group.volume, &at)?;
            if !group.volume.kind.can_boot() {
                let title = format!("nothing boots from {}", group.volume.kind.described());
                let help = "root volumes are of type gp3, gp2, io2, io1 or standard".into();
                return Err(Box::new(Unfit { at: at.key("kind"), title, help }).into());
            }
        }
    }
    Ok(())
}

fn check_volume(volume: &Volume, at: &Path) -> Result<(), InputError> {
    let Err(errors) = provisioned(volume) else { return Ok(()) };
    let error = errors[0];
    let at = match error.part() {
        Part::Size => at.key("size"),
        Part::Iops if volume.iops.is_none() => at.clone(),
        Part::Iops => at.key("iops"),
        Part::Throughput => at.key("throughput"),
    };
    let help = "\"Amazon EBS volume types\" in the Amazon EBS User Guide has them all".into();
    Err(Box::new(Unfit { at, title: error.to_string(), help }).into())
}

/// Whether an app has volumes of its own on a cluster.
pub(super) fn volume_of<'a>(io: &'a AppIo, cluster: &Cluster) -> Option<&'a Volume> {
    io.volume_on(cluster.kind)
}

impl World<'_> {
    /// Where a replica on a host reads and writes, and how long an operation takes there that
    /// nothing hinders; none for apps that do not.
    pub(super) fn device_of(
        &mut self,
        replica: u32,
        app: AppId,
        host: HostId,
    ) -> Option<(DeviceId, SimDuration)> {
        let io = self.scenario.apps[app.0 as usize].io.as_ref()?;
        let Some(volume) = volume_of(io, self.cluster) else {
            return Some(self.disk_of(host));
        };
        let volume = *volume;
        Some(match io.volume_per {
            VolumePer::Replica => self.replica_volume(&volume, app, replica, host),
            VolumePer::Machine => self.machine_volume(&volume, app, host),
        })
    }

    /// The volume that a replica is to have to itself, and whose that is.
    pub(super) fn wanted_volume(&self, replica: u32) -> Option<(AppId, Volume)> {
        let app = self.replicas.all[replica as usize].app();
        let io = self.scenario.apps[app.0 as usize].io.as_ref()?;
        let volume = volume_of(io, self.cluster)?;
        (io.volume_per == VolumePer::Replica).then_some((app, *volume))
    }

    /// The disk of a host: the root volume of an instance.
    fn disk_of(&mut self, host: HostId) -> (DeviceId, SimDuration) {
        if let Some(root) = self.root_volume(host) {
            return root;
        }
        let disk = self.shapes[host.index()].disk;
        let latency = disk.latency.unwrap_or(USUAL_LATENCY);
        let (now, pool) = (self.now(), self.scenario.apps.len() as u32);
        let storage = self.services.storage_mut();
        let known = self.disks.entry(host);
        (*known.or_insert_with(|| storage.add(now, Medium::Disk(disk), pool, None)), latency)
    }

    /// What the requests of an app read and wrote, and what that did to its disks.
    pub(super) fn io_summary(&self, app: AppId) -> Option<IoSummary> {
        let io = self.scenario.apps[app.0 as usize].io.as_ref()?;
        let volume = volume_of(io, self.cluster);
        let now = self.end;
        let usage = self.services.disk_usage(app, volume.is_some(), now);
        let meters = &self.services.meters(app).io;
        let count = meters.took.count();
        let share = |part: f64| if usage.there > 0.0 { part / usage.there } else { 0.0 };
        Some(IoSummary {
            on: volume.map_or("host disk", |volume| volume.kind.name()).to_owned(),
            operations: meters.operations,
            wait_mean: (count > 0).then(|| meters.waited / count as f64),
            took: Durations::from(&meters.took),
            busy: share(usage.busy),
            busiest: usage.busiest,
            queued: share(usage.waited),
            out_of_credits: share(usage.dry),
            held_by_instance: share(usage.squeezed),
        })
    }
}
