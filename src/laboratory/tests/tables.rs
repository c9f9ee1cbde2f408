//! Tables as they are published: types beside items, shares of a host, times before the trace and
//! of clocks.

use crate::metrics::summary::{Account, PlacementSummary};
use crate::scenario::Replay;
use crate::workload::traces::fixture;

/// What a table of types says of each on two kinds of machine: shares of it.
const TYPES: &str = "id,vmTypeId,machineId,core,ssd\n\
                     0,a,16,0.5,0.1\n1,a,17,0.25,\n2,b,16,0.25,\n3,c,17,1,1\n";

const HEADER: &str = "vmId,vmTypeId,starttime,endtime\n";

const VMS: [&str; 6] =
    ["6,a,-3,-1", "1,a,-1.5,1", "2,a,-0.5,", "3,a,0.25,0.75", "4,b,0.5,2", "5,c,0.5,2"];

/// Plays items and types with more keys of the items, on two hosts of 64 cores.
fn played(items: &str, keys: &str) -> Result<PlacementSummary, String> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in
        [("vm.csv", items), ("types.csv", TYPES), ("hosts.csv", "cpu,ssd\n64,1000\n64,1000\n")]
    {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    let text = format!(
        "[items]
        file = 'FOLDER/vm.csv'
        {keys}
        [host_table]
        file = 'FOLDER/hosts.csv'
        columns = {{ cpu = 'cpu', extra = {{ ssd = 'ssd' }} }}"
    );
    let text = text.replace("FOLDER", &folder.path().display().to_string());
    let replay: Replay = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let done = super::super::replay(&replay, &crate::laboratory::Site::default(), 1);
    let summary = done.map_err(|error| fixture::without_folders(&error.to_string()))?.summary;
    assert!(summary.balances(), "{summary:?}");
    Ok(summary)
}

/// Items of the shape of the packing trace of Azure.
fn packed(rows: &[&str], keys: &str) -> Result<PlacementSummary, String> {
    let items = format!("{HEADER}{}\n", rows.join("\n"));
    let keys = format!(
        "{keys}
        [items.types]
        file = 'FOLDER/types.csv'
        key = 'vmTypeId'
        only = {{ machineId = '16' }}
        unknown = 'leave-out'
        [items.columns]
        name = 'vmId'
        arrival = {{ column = 'starttime', unit = '1day' }}
        end = {{ column = 'endtime', unit = '1day' }}
        cpu = {{ column = 'core', unit = '64' }}
        extra = {{ ssd = {{ column = 'ssd', unit = 1000 }} }}"
    );
    played(&items, &keys)
}

/// 1 and 2 are on the first host from the start, which they fill, 1 until day 1; 3 on the second
/// from day 0.25 to 0.75, 4 from day 0.5 to 2. 5 runs on no such machine, 6 had left.
#[test]
fn items_that_began_before_the_trace_are_there_at_its_start() {
    let summary = packed(&VMS, "").unwrap();
    assert_eq!((summary.arrived, summary.left_out, summary.rejected), (4, 2, 0));
    assert_eq!((summary.running, summary.departed, summary.hosts_max), (1, 3, 2));
    assert_eq!((summary.makespan, summary.host_hours), (172_800.0, 48.0 + 42.0));
    assert_eq!(summary.mean_finish, Some(86_400.0 * (1.0 + 0.75 + 2.0) / 3.0));
    // three items of a, 100 each, until day 0.75, of 2000
    assert_eq!(summary.shares_max[2], ("ssd".to_owned(), Some(0.15)));
}

#[test]
fn with_the_first_arrival_as_the_start_all_of_the_trace_is_played() {
    let summary = packed(&VMS, "origin = 'first'").unwrap();
    assert_eq!((summary.arrived, summary.left_out, summary.makespan), (5, 1, 5.0 * 86_400.0));
    let error = packed(&["1,a,2,3", "2,a,1,3"], "origin = 'first'").unwrap_err();
    assert!(error.starts_with("`vm.csv`, line 3: an item that comes before the one above"));
}

#[test]
fn sorted_rows_come_as_those_of_a_sorted_table() {
    let sorted = packed(&VMS, "").unwrap();
    // the third before the first two, which come at one instant for all that their starts say
    let order = [4, 3, 0, 2, 1, 5].map(|at| VMS[at]);
    assert_eq!(
        packed(&order, "").unwrap_err(),
        "`vm.csv`, line 3: an item that comes before the one above it; \
         `sort` sorts the rows by arrival"
    );
    assert_eq!(packed(&order, "sort = true").unwrap(), sorted);
}

/// Items of an hour each, half a host, at 0, 1 and 3 hours.
fn hours(times: [&str; 3], column: &str) -> Result<PlacementSummary, String> {
    let rows = times.map(|time| format!("{time},3600,32\n")).concat();
    let keys = format!(
        "{column}
        [items.columns]
        arrival = {{ column = 'at', unit = '1ms' }}
        lifetime = 's'
        cpu = 'cpu'"
    );
    played(&format!("at,s,cpu\n{rows}"), &keys)
}

#[test]
fn clocks_that_count_from_1970_start_with_the_first_arrival() {
    let expected = hours(["0", "3600000", "10800000"], "").unwrap();
    assert_eq!((expected.makespan, expected.host_hours), (4.0 * 3600.0, 3.0));
    let epoch = ["1665093600000", "1665097200000", "1665104400000"];
    assert_eq!(hours(epoch, "").unwrap(), expected);
    let dates = ["2022-10-06T22:00:00Z", "2022-10-07 01:00:00+02:00", "2022-10-07 01:00:00"];
    assert_eq!(hours(dates, "").unwrap(), expected);
    let late = hours(epoch, "origin = 'zero'").unwrap();
    assert_eq!((late.makespan, late.host_hours), (1_665_093_600.0 + 4.0 * 3600.0, 3.0));
    let soon = hours(["600000", "4200000", "11400000"], "").unwrap();
    assert_eq!(soon.makespan, expected.makespan + 600.0);
    let soon = hours(["600000", "4200000", "11400000"], "origin = 'first'").unwrap();
    assert_eq!(soon, expected);
}

#[test]
fn dates_and_numbers_are_not_mixed() {
    for (times, expected) in [
        (["0", "2022-10-06", "5"], "a number, as the times before it, found `2022-10-06`"),
        (["2022-10-06", "2022-10-07", "5"], "a date, as the times before it, found `5`"),
        (
            ["0", "soon", "5"],
            "a number, or a date such as `2024-01-31` or \
                              `2024-01-31T12:00:00Z`, found `soon`",
        ),
    ] {
        let error = hours(times, "").unwrap_err();
        assert!(error.ends_with(expected), "{error}");
    }
}

/// Four thirds of 48 cores fit on 64; of a little more than a third, three do.
#[test]
fn shares_of_a_host_are_rounded_up() {
    let of = |share: &str| {
        let items = format!("share\n{}", format!("{share}\n").repeat(4));
        played(&items, "columns = { cpu = { column = 'share', unit = '48' } }").unwrap().hosts_max
    };
    assert_eq!((of("0.333333333333333"), of("0.33334")), (1, 2));
}
