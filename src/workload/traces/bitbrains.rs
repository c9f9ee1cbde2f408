//! Recorded virtual machines in the layout in which OpenDC keeps the GWA-T-12 Bitbrains trace
//! (Shen, van Beek and Iosup, CCGrid 2015): one table of VMs (`tasks`) and one of their CPU use
//! (`fragments`), times in milliseconds, clock rates in megahertz.
//!
//! **Memory is in KiB.** The layout is often said to give `mem_capacity` in MB, but the values
//! contradict that: VMs of one to eight virtual CPUs have 2097152, 4194304, 8388608 or 20971520,
//! which are 2, 4, 8 and 20 GiB exactly when counted in KiB, and would be terabytes each when
//! counted in MB. The raw trace agrees: its column is called `Memory capacity provisioned [KB]`.
//! Other traces that OpenDC keeps in the same columns (SURF Lisa: 100000 for nodes of 96 GiB) do
//! count in MB and must be multiplied by 1000 or 1024 before they are given to this reader.
//!
//! **The fragments govern.** `duration` of a task is the span of its observations, while the
//! fragments leave out some intervals: in the Bitbrains sample the two differ for all 50 VMs. A
//! VM therefore lives as long as its fragments ([`RecordedVm::lifetime`]).

use std::collections::BTreeMap;
use std::path::Path;

use super::{Table, TraceError};
use crate::engine::SimDuration;
use crate::units::Bytes;

const NANOS_PER_MILLI: u64 = 1_000_000;
const BYTES_PER_KIB: u64 = 1024;

/// A VM of a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedVm {
    /// Its name in the trace.
    pub id: String,
    /// When it was asked for, after the earliest VM of the trace.
    pub submission: SimDuration,
    /// The span of its observations; see the [module documentation](self) on why
    /// [`RecordedVm::lifetime`] is what counts.
    pub duration: SimDuration,
    /// Virtual CPUs.
    pub vcpus: u32,
    /// Configured memory.
    pub memory: Bytes,
    /// Its CPU use, one fragment after the other. None is empty.
    pub fragments: Vec<Fragment>,
}

/// A span of constant CPU use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fragment {
    /// How long.
    pub duration: SimDuration,
    /// How many cores of the clock rate the trace was read with are in use.
    pub cores: f64,
}

impl RecordedVm {
    /// How long the VM lives: the sum of its fragments, or `duration` where it has none.
    pub fn lifetime(&self) -> SimDuration {
        if self.fragments.is_empty() {
            return self.duration;
        }
        self.fragments.iter().fold(SimDuration::ZERO, |sum, fragment| sum + fragment.duration)
    }
}

/// Reads recorded VMs: `tasks` has the columns `id`, `submission_time`, `duration`, `cpu_count`
/// and `mem_capacity`, `fragments` has `id`, `duration` and `cpu_usage`; further columns are
/// ignored. CPU use in megahertz is divided by `core_mhz`. The VMs are given in the order of
/// submission, those submitted together in the order of the file.
///
/// # Errors
/// When a file cannot be read or lacks a column, a field is not a number of 0 or more, a VM has no
/// virtual CPU or is defined twice, or a fragment belongs to no VM.
pub fn read(tasks: &Path, fragments: &Path, core_mhz: f64) -> Result<Vec<RecordedVm>, TraceError> {
    let (mut vms, places) = read_tasks(tasks)?;
    let mut table = Table::open(fragments)?;
    let id = table.column("id")?;
    let duration = table.column("duration")?;
    let usage = table.column("cpu_usage")?;
    while table.advance()? {
        let name = table.text(id);
        let Some(&(place, _)) = places.get(name.as_ref()) else {
            return Err(TraceError::Unknown {
                file: fragments.to_owned(),
                line: table.line(),
                id: name.into_owned(),
                other: tasks.to_owned(),
            });
        };
        let duration = millis(table.whole(duration)?);
        let cores = table.number(usage)? / core_mhz;
        if !duration.is_zero() {
            vms[place].fragments.push(Fragment { duration, cores });
        }
    }
    vms.sort_by_key(|vm| vm.submission);
    Ok(vms)
}

/// The VMs without fragments, and by name the place and the line of each.
type Tasks = (Vec<RecordedVm>, BTreeMap<String, (usize, u64)>);

fn read_tasks(tasks: &Path) -> Result<Tasks, TraceError> {
    let mut table = Table::open(tasks)?;
    let [id, submission, duration, cpus, memory] =
        ["id", "submission_time", "duration", "cpu_count", "mem_capacity"]
            .map(|name| table.column(name));
    let (id, submission, duration, cpus, memory) = (id?, submission?, duration?, cpus?, memory?);
    let mut vms = Vec::new();
    let mut submitted = Vec::new();
    let mut places = BTreeMap::new();
    while table.advance()? {
        let name = table.text(id).into_owned();
        let line = table.line();
        if let Some((_, first)) = places.insert(name.clone(), (vms.len(), line)) {
            return Err(TraceError::Duplicate { file: tasks.to_owned(), line, id: name, first });
        }
        // milliseconds since 1970 do not fit a count of nanoseconds with room to spare, so they
        // are made relative before they are converted
        submitted.push(table.whole(submission)?);
        vms.push(RecordedVm {
            id: name,
            submission: SimDuration::ZERO,
            duration: millis(table.whole(duration)?),
            vcpus: match u32::try_from(table.whole(cpus)?) {
                Ok(count) if count > 0 => count,
                _ => return Err(table.unexpected(cpus, "a number of virtual CPUs, 1 or more")),
            },
            memory: Bytes(kibibytes(table.number(memory)?)),
            fragments: Vec::new(),
        });
    }
    let Some(&earliest) = submitted.iter().min() else {
        return Err(TraceError::Empty { file: tasks.to_owned() });
    };
    for (vm, submitted) in vms.iter_mut().zip(submitted) {
        vm.submission = millis(submitted - earliest);
    }
    Ok((vms, places))
}

fn millis(count: u64) -> SimDuration {
    SimDuration::from_nanos(count.saturating_mul(NANOS_PER_MILLI))
}

fn kibibytes(count: f64) -> u64 {
    (count * BYTES_PER_KIB as f64) as u64
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    const TASKS: &str = "id,submission_time,duration,cpu_count,cpu_capacity,mem_capacity\n\
                         b,1376314547500,900000,2,5200,4194304\n\
                         a,1376314546000,600000,1,2600,262144\n";
    const FRAGMENTS: &str = "id,duration,cpu_usage\n\
                             a,300000,1300\nb,600000,0.0\na,0,99\na,1,2600\nb,300000,5200\n";

    fn read_texts(tasks: &str, fragments: &str) -> Result<Vec<RecordedVm>, TraceError> {
        let (_tasks_folder, tasks) = fixture::file("tasks.csv", tasks);
        let (_fragments_folder, fragments) = fixture::gzip("fragments.csv.gz", fragments);
        read(&tasks, &fragments, 2600.0)
    }

    fn refused(tasks: &str, fragments: &str) -> String {
        fixture::without_folders(&read_texts(tasks, fragments).unwrap_err().to_string())
    }

    #[test]
    fn vms_come_by_submission_with_their_own_fragments_in_order() {
        let vms = read_texts(TASKS, FRAGMENTS).unwrap();
        let fragment =
            |millis, cores| Fragment { duration: SimDuration::from_millis(millis), cores };
        let first = RecordedVm {
            id: "a".to_owned(),
            submission: SimDuration::ZERO,
            duration: SimDuration::from_secs(600),
            vcpus: 1,
            memory: Bytes(256 << 20),
            fragments: vec![fragment(300_000, 0.5), fragment(1, 1.0)],
        };
        assert_eq!(vms[0], first);
        assert_eq!((vms[1].id.as_str(), vms[1].vcpus), ("b", 2));
        assert_eq!(vms[1].submission, SimDuration::from_millis(1500));
        assert_eq!(vms[1].memory, Bytes(4 << 30));
        assert_eq!(vms[1].fragments, [fragment(600_000, 0.0), fragment(300_000, 2.0)]);
        assert_eq!(vms.len(), 2);
    }

    #[test]
    fn a_vm_lives_as_long_as_its_fragments_and_one_without_as_long_as_its_task() {
        let vms = read_texts(TASKS, "id,duration,cpu_usage\na,300000,1\na,1000,1\n").unwrap();
        assert_eq!(vms[0].lifetime(), SimDuration::from_secs(301));
        assert_eq!(vms[1].lifetime(), SimDuration::from_secs(900));
    }

    #[test]
    fn a_wrong_field_is_told_with_its_place() {
        assert_eq!(
            refused(&TASKS.replace("900000", "-9"), FRAGMENTS),
            "`tasks.csv`, line 2, column `duration`: expected a whole number, 0 or more, found `-9`"
        );
        assert_eq!(
            refused(&TASKS.replace(",2,5200", ",0,5200"), FRAGMENTS),
            "`tasks.csv`, line 2, column `cpu_count`: \
             expected a number of virtual CPUs, 1 or more, found `0`"
        );
        assert_eq!(
            refused(TASKS, &FRAGMENTS.replace("0.0", "idle")),
            "`fragments.csv.gz`, line 3, column `cpu_usage`: \
             expected a number, 0 or more, found `idle`"
        );
    }

    #[test]
    fn a_missing_column_a_second_definition_and_a_fragment_of_no_vm_are_refused() {
        assert_eq!(
            refused(&TASKS.replace("mem_capacity", "memory"), FRAGMENTS),
            "`tasks.csv` has no column `mem_capacity`; its columns are `id`, `submission_time`, \
             `duration`, `cpu_count`, `cpu_capacity`, `memory`"
        );
        assert_eq!(
            refused(&TASKS.replace("\na,", "\nb,"), FRAGMENTS),
            "`tasks.csv`, line 3: `b` was already defined in line 2"
        );
        assert_eq!(
            refused(TASKS, "id,duration,cpu_usage\nc,1,1\n"),
            "`fragments.csv.gz`, line 2: no row of `tasks.csv` has the id `c`"
        );
    }

    #[test]
    fn the_bitbrains_sample_is_read_whole() {
        let (Some(tasks), Some(fragments)) = (
            fixture::shared("bitbrains-small/tasks.csv.gz"),
            fixture::shared("bitbrains-small/fragments.csv.gz"),
        ) else {
            return;
        };
        let vms = read(&tasks, &fragments, 2926.0).unwrap();
        assert_eq!(vms.len(), 50);
        assert_eq!(vms.iter().map(|vm| vm.fragments.len()).sum::<usize>(), 276_979);
        assert!(vms.iter().all(|vm| vm.lifetime() != vm.duration));
        assert_eq!((vms[0].id.as_str(), vms[0].submission), ("1019", SimDuration::ZERO));
        assert!(vms.is_sorted_by_key(|vm| vm.submission));
        let largest = vms.iter().max_by_key(|vm| vm.memory).unwrap();
        assert_eq!((largest.vcpus, largest.memory), (32, Bytes(130_457_600 << 10)));
        // the trace shows VMs at up to 1.06 times their capacity; 2926 MHz is its fastest clock
        for vm in &vms {
            let most = vm.fragments.iter().map(|fragment| fragment.cores).fold(0.0, f64::max);
            assert!(most > 0.0 && most <= 1.06 * f64::from(vm.vcpus), "{} uses {most}", vm.id);
        }
    }
}
