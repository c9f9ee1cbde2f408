//! Hosts of a shape: disk, network, GPUs, NUMA nodes, and what else one says.

use crate::laboratory::{Site, replay};
use crate::metrics::summary::{PlacementSummary, Rejections};
use crate::scenario::{Disk, HostShape};
use crate::units::{Bandwidth, Bytes};

/// Items on two hosts of 8 cores, 4 GiB, 100 GB and 10 Gbit/s, with two GPUs and two NUMA nodes.
fn on_two(items: &str, columns: &str) -> PlacementSummary {
    let shape = HostShape {
        system_memory: Bytes(0),
        disk: Disk { size: Bytes(100_000_000_000), ..Disk::default() },
        network: Bandwidth(1.25e9),
        numa_nodes: Some(2),
        gpus: Some(2),
        gpu_model: Some("A100".to_owned()),
        ..HostShape::new("server", 8, Bytes(4 << 30))
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("items.csv");
    std::fs::write(&file, items).expect("a file");
    let text = format!(
        "host_extra = {{ ports = 3 }}\n[items]\nfile = '{}'\ncolumns = {{ {columns} }}",
        file.display()
    );
    let description = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    replay(&description, &Site::of(Some((&shape, 2))), 1).expect("it can be played").summary
}

/// 60 of 100 GB and 60 of 100 GB share no host, and 6 of 10 Gbit/s neither.
#[test]
fn disk_and_network_of_a_shape_count_where_items_need_them() {
    let columns = "cpu = 'cpu', disk = { column = 'gb', unit = '1GB' }";
    let done = on_two("cpu,gb\n1,60\n1,60\n1,60\n1,40\n", columns);
    assert_eq!((done.placed(), done.rejected), (3, 1));
    assert_eq!(done.shares_max[2], ("disk".to_owned(), Some(160.0 / 200.0)));
    let columns = "cpu = 'cpu', network = { column = 'mbit', unit = '1Mbit/s' }";
    let done = on_two("cpu,mbit\n1,6000\n1,6000\n1,6000\n1,4000\n", columns);
    assert_eq!((done.placed(), done.rejected), (3, 1));
    assert_eq!(done.shares_max[2], ("network".to_owned(), Some(16.0 / 20.0)));
    // nobody needs any, so nothing is said of it
    let done = on_two("cpu\n1\n", "cpu = 'cpu'");
    assert_eq!(
        done.shares.iter().map(|(kind, _)| &**kind).collect::<Vec<_>>(),
        ["cpu", "memory", "ports"]
    );
}

/// Three ports a host; one item needs two, two need one: with the first there is room for one.
#[test]
fn other_kinds_of_a_shape_count() {
    let done =
        on_two("cpu,ports\n1,2\n1,2\n1,2\n1,1\n", "cpu = 'cpu', extra = { ports = 'ports' }");
    assert_eq!((done.placed(), done.rejected), (3, 1));
    assert_eq!(done.shares_max[2], ("ports".to_owned(), Some(5.0 / 6.0)));
}

#[test]
fn gpus_of_a_shape_have_their_model() {
    let columns = "cpu = 'cpu', gpus = 'gpus', gpu_models = 'models'";
    let done = on_two("cpu,gpus,models\n1,2,\n1,1,T4\n1,1,A100|T4\n1,2,\n", columns);
    assert_eq!((done.placed(), done.rejected), (2, 2));
    assert_eq!(done.gpus.map(|gpus| (gpus.count, gpus.allocated)), Some((4.0, 3.0)));
}

/// Two nodes of 4 cores and 2 GiB each.
#[test]
fn a_shape_is_divided_into_equal_nodes() {
    let columns = "cpu = 'cpu', memory = { column = 'gib', unit = '1GiB' }, numa = 'numa'";
    let done = on_two("cpu,gib,numa\n5,1,1\n1,3,1\n5,3,2\n4,2,1\n", columns);
    assert_eq!((done.placed(), done.hosts_max), (2, 2));
    assert_eq!(done.rejections, Rejections { room: 0, nodes: 2, group: 0 });
}
