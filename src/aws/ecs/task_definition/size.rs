//! The size of a task: how it is written, and which sizes Fargate has.
//!
//! Source: Developer Guide, "Task size"; the table is that of Linux tasks, of which Windows has
//! those of 1, 2 and 4 vCPU.

use crate::aws::ecs::reader::Reader;
use crate::aws::ecs::units::{CpuUnits, Mebibytes, UNITS_PER_VCPU};
use crate::aws::json::Part;

const MIB_PER_GB: u32 = 1024;
/// CPU of a task on EC2: an eighth of a vCPU to 192 vCPUs.
const EC2_CPU: std::ops::RangeInclusive<u32> = 128..=196_608;

/// CPU units, least and most memory, and the step between, all in MiB.
struct Row {
    cpu: u32,
    least: u32,
    most: u32,
    step: u32,
}

const fn row(cpu: u32, least_gb: u32, most_gb: u32, step_gb: u32) -> Row {
    let gb = MIB_PER_GB;
    Row { cpu, least: least_gb * gb, most: most_gb * gb, step: step_gb * gb }
}

/// From 512 MiB on, a quarter of a vCPU has each power of two.
const QUARTER: Row = Row { cpu: 256, least: 512, most: 2048, step: 0 };
const FARGATE: [Row; 7] = [
    QUARTER,
    row(512, 1, 4, 1),
    row(1024, 2, 8, 1),
    row(2048, 4, 16, 1),
    row(4096, 8, 30, 1),
    row(8192, 16, 60, 4),
    row(16384, 32, 120, 8),
];
const WINDOWS_CPU: std::ops::RangeInclusive<u32> = 1024..=4096;

impl Row {
    fn has(&self, memory: u32) -> bool {
        let fits = match self.step {
            0 => memory.is_power_of_two(),
            step => (memory - self.least.min(memory)).is_multiple_of(step),
        };
        (self.least..=self.most).contains(&memory) && fits
    }

    fn sizes(&self) -> String {
        match self.step {
            0 => "512, 1024 or 2048 MiB".to_owned(),
            step => {
                let (least, most) = (self.least, self.most);
                format!("{least} to {most} MiB in steps of {step} MiB")
            }
        }
    }
}

/// The smallest size of Fargate with so much CPU and memory; none where there is none.
pub fn of_fargate(cpu: CpuUnits, memory: Mebibytes) -> Option<(CpuUnits, Mebibytes)> {
    FARGATE.iter().filter(|row| row.cpu >= cpu.0).find_map(|row| {
        let least = memory.0.max(row.least);
        let least = match row.step {
            0 => least.next_power_of_two(),
            step => row.least + (least - row.least).next_multiple_of(step),
        };
        (least <= row.most).then_some((CpuUnits(row.cpu), Mebibytes(least)))
    })
}

/// `cpu` of a task: `"256"`, `"0.5 vCPU"`.
pub(super) fn cpu(reader: &mut Reader, part: Part<'_>) -> Option<CpuUnits> {
    let text = quoted(reader, part, "cpu", "256")?;
    let units = match unit(&text, "vcpu") {
        Some(number) => scaled(number, UNITS_PER_VCPU),
        None => text.trim().parse().ok(),
    };
    if units.is_none() {
        let help = "write CPU units such as `\"256\"`, or vCPUs such as `\"0.5 vCPU\"`";
        reader.wrong(part.span(), format!("`{text}` is no CPU of a task"), help);
    }
    units.map(CpuUnits)
}

/// `memory` of a task: `"512"`, `"1 GB"`.
pub(super) fn memory(reader: &mut Reader, part: Part<'_>) -> Option<Mebibytes> {
    let text = quoted(reader, part, "memory", "512")?;
    let mebibytes = match unit(&text, "gb") {
        Some(number) => scaled(number, MIB_PER_GB),
        None => text.trim().parse().ok(),
    };
    if mebibytes.is_none() {
        let help = "write MiB such as `\"512\"`, or gigabytes such as `\"1 GB\"`";
        reader.wrong(part.span(), format!("`{text}` is no memory of a task"), help);
    }
    mebibytes.map(Mebibytes)
}

/// The sizes of a task are strings, those of containers numbers: the command line insists on it.
fn quoted(reader: &mut Reader, part: Part<'_>, key: &str, example: &str) -> Option<String> {
    let number = part.written();
    if part.whole_number().is_ok() {
        let title = format!("`{key}` of a task must be a string, and is a number");
        reader.wrong(part.span(), title, format!("put it in quotes: `\"{number}\"`"));
        return None;
    }
    if !part.is_text() {
        reader.problems.push(part.mismatch(&format!("a string such as `\"{example}\"`")));
        return None;
    }
    reader.text(part)
}

fn unit<'t>(text: &'t str, unit: &str) -> Option<&'t str> {
    let text = text.trim();
    let at = text.len().checked_sub(unit.len()).filter(|at| text.is_char_boundary(*at))?;
    text[at..].eq_ignore_ascii_case(unit).then(|| text[..at].trim())
}

/// A decimal number times `factor`, if that is whole.
fn scaled(number: &str, factor: u32) -> Option<u32> {
    let product = number.parse::<f64>().ok()? * f64::from(factor);
    let whole = product.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&product);
    whole.then_some(product as u32)
}

/// Whether an instance can have a task of this CPU at all.
pub(super) fn check_ec2(reader: &mut Reader, cpu: CpuUnits, part: Part<'_>) {
    if !EC2_CPU.contains(&cpu.0) {
        let (least, most) = (EC2_CPU.start(), EC2_CPU.end());
        let help = format!("it is from {least} to {most} CPU units, or not said at all");
        reader.wrong(part.span(), format!("a task cannot have {cpu}"), help);
    }
}

/// Whether Fargate has this size.
pub(super) fn check_fargate(
    reader: &mut Reader,
    (cpu, cpu_part): (CpuUnits, Part<'_>),
    (memory, memory_part): (Mebibytes, Part<'_>),
    windows: bool,
) {
    let offered = |row: &&Row| !windows || WINDOWS_CPU.contains(&row.cpu);
    let on = if windows { "Fargate for Windows" } else { "Fargate" };
    let Some(row) = FARGATE.iter().filter(offered).find(|row| row.cpu == cpu.0) else {
        let sizes = FARGATE.iter().filter(offered).map(|row| row.cpu.to_string());
        let help = format!("it has {} CPU units", sizes.collect::<Vec<_>>().join(", "));
        reader.wrong(cpu_part.span(), format!("{on} has no tasks of {cpu}"), help);
        return;
    };
    if !row.has(memory.0) {
        let title = format!("{on} has no tasks of {cpu} with {memory}");
        let help = match FARGATE.iter().filter(offered).find(|row| row.has(memory.0)) {
            Some(other) => {
                let (sizes, other) = (row.sizes(), other.cpu);
                format!("with {cpu} it has {sizes}; {memory} come with {other} CPU units or more")
            }
            None => format!("with {cpu} it has {}", row.sizes()),
        };
        let mut problem = memory_part.problem(title).help(help);
        problem.related = Some((cpu_part.span(), "with this".to_owned()));
        reader.problems.push(problem);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fargate_has_as_many_sizes_as_its_table() {
        let count = |row: &Row| (1..=200_000).filter(|&memory| row.has(memory)).count();
        // Developer Guide: 3 for 0.25 vCPU, 1 to 4 GB, 2 to 8, 4 to 16, 8 to 30, 16 to 60 by 4
        assert_eq!(FARGATE.each_ref().map(count), [3, 4, 7, 13, 23, 12, 12]);
    }

    #[test]
    fn sizes_are_written_with_or_without_units() {
        assert_eq!((unit("0.5 vCPU", "vcpu"), unit("512", "gb")), (Some("0.5"), None));
        assert_eq!((scaled("0.5", 1024), scaled("0.3", 1024)), (Some(512), None));
        assert_eq!((scaled("-1", 1024), scaled("x", 1024)), (None, None));
    }
}
