//! Orders by chance, beside those of the experiment that they are drawn like.

use std::path::{Path, PathBuf};

use crate::engine::SimTime;
use crate::laboratory::{Item, Need, Workload, read_order};
use crate::placement::Resources;
use crate::placement::gpu::{GpuNeed, Typical};

/// Items of so many GPUs and so many thousandths of each.
fn workload(gpus: impl IntoIterator<Item = (u8, u16)>) -> Workload<2> {
    let item = |(id, (count, milli))| {
        let gpus = GpuNeed { count, milli, ..GpuNeed::NONE };
        let need = Need { gpus, ..Need::of(Resources::ZERO) };
        Item { id, arrival: SimTime::ZERO, lifetime: None, need, priority: 0 }
    };
    let items = (0..).zip(gpus).map(item).collect();
    Workload { items, typical: Typical::default(), left_out: 0 }
}

/// What the items of an order ask for.
fn total(workload: &Workload<2>, pods: &[usize]) -> u64 {
    pods.iter().map(|&pod| workload.items[pod].need.gpus.total()).sum()
}

/// The items of a table of the experiment, by name.
fn published(table: &Path) -> Workload<2> {
    let mut rows = csv::Reader::from_path(table).expect("it is beside its orders");
    let names = rows.headers().expect("it has a header").clone();
    let place = |name| names.iter().position(|it| it == name).expect("it has this column");
    let columns = [place("name"), place("num_gpu"), place("gpu_milli")];
    let mut items: Vec<(String, (u8, u16))> = rows
        .records()
        .map(|row| {
            let row = row.expect("a row");
            let [name, count, milli] = columns.map(|at| &row[at]);
            let count = count.parse().expect("a number");
            let milli = if count == 0 { 0 } else { milli.parse().expect("thousandths") };
            (name.to_owned(), (count, milli))
        })
        .collect();
    items.sort();
    workload(items.into_iter().map(|(_, gpus)| gpus))
}

/// All recorded orders of the experiment, of five workloads and ten seeds, down to the last item
/// and host, by their seeds alone.
#[test]
fn seeds_have_the_orders_of_the_experiment() {
    const HOSTS: usize = 1_213;
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/openb-gpu-2023");
    let Ok(orders) = std::fs::read_dir(data.join("orders")) else {
        eprintln!("skipped: openb-gpu-2023 is not here");
        return;
    };
    let mut compared = 0;
    for file in orders {
        let file = file.expect("a file").path();
        let name = file.file_name().and_then(|it| it.to_str()).expect("a name");
        let name = name.strip_suffix(".jsonl.gz").expect("orders are compressed");
        let workload = published(&data.join(format!("csv/{name}.csv")));
        for seed in 42..52 {
            let recorded = read_order(&file, seed, workload.items.len(), HOSTS);
            let recorded = recorded.expect("there is one of each seed");
            let drawn = workload.shuffled(1.3, 6_212_000, HOSTS, seed);
            assert!(drawn.pods == recorded.pods, "items of {name}, {seed}");
            assert!(drawn.node_rank == recorded.node_rank, "hosts of {name}, {seed}");
            compared += 1;
        }
    }
    assert_eq!(compared, 50);
}

/// Ten items of 300 thousandths come to 3000. With a load of 5000 there are 16 (a 17th would be
/// beyond), with one of 2000 six, each of them once.
#[test]
fn items_come_again_or_are_taken_out_until_they_ask_for_the_load() {
    let workload = workload([(1, 300); 10]);
    let more = workload.shuffled(5.0, 1_000, 3, 7);
    assert_eq!((more.pods.len(), more.node_rank.len()), (16, 3));
    let mut first = more.pods[..10].to_vec();
    first.sort_unstable();
    assert_eq!(first, (0..10).collect::<Vec<_>>());

    let fewer = workload.shuffled(2.0, 1_000, 3, 7);
    let mut kept = fewer.pods.clone();
    kept.sort_unstable();
    kept.dedup();
    assert_eq!((kept.len(), fewer.pods.len()), (6, 6));
    assert_ne!(workload.shuffled(2.0, 1_000, 3, 8), fewer);
}

/// Two GPUs of 400 are 800, but the next is measured by the 400 of one: with a load of 1200 it
/// comes once more, as in the experiment, and then not again.
#[test]
fn the_next_is_measured_by_what_it_asks_of_one_gpu() {
    let workload = workload([(2, 400); 1]);
    let order = workload.shuffled(1.2, 1_000, 1, 1);
    assert_eq!((order.pods.len(), total(&workload, &order.pods)), (2, 1_600));
}
