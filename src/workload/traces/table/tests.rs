//! Tables as files have them: what is read, and what is told where they are wrong.

use super::super::fixture;
use super::*;

fn refused(name: &str, text: &str, column: &str) -> String {
    let (_folder, file) = fixture::file(name, text);
    let unit = SimDuration::from_millis(1);
    let error = durations(&TableColumn { file, column: column.to_owned(), unit }).unwrap_err();
    let text = error.to_string();
    let start = text.find(name).expect("the message names the file");
    text[start..].to_owned()
}

#[test]
fn a_column_is_found_by_name_and_its_numbers_are_in_the_given_unit() {
    let text = "kind, ms \na, 1\nb,2.5\n\"c\",1e3\n";
    for (_folder, file) in [fixture::file("t.csv", text), fixture::gzip("t.csv.gz", text)] {
        let unit = SimDuration::from_millis(1);
        let values = durations(&TableColumn { file, column: "ms".to_owned(), unit }).unwrap();
        let nanos: Vec<u64> = values.iter().map(|value| value.as_nanos()).collect();
        assert_eq!(nanos, [1_000_000, 2_500_000, 1_000_000_000]);
    }
}

#[test]
fn needs_round_up_and_capacities_down_but_for_the_noise_of_floats() {
    for (text, unit, need, capacity) in [
        ("0.1", 64_000, 6_400, 6_400),
        ("0.0416666666666667", 24_000, 1_000, 1_000),
        ("0.0416", 24_000, 999, 998),
        ("0.0000001", 64_000, 1, 0),
        ("0.0", 64_000, 0, 0),
        ("1e-1", 10, 1, 1),
        ("2.5", 1, 3, 2),
    ] {
        let (_folder, file) = fixture::file("t.csv", &format!("share\n{text}\n"));
        let mut table = Table::open(&file).unwrap();
        assert!(table.advance().unwrap());
        let share = table.column("share").unwrap();
        assert_eq!(table.need(share, unit).unwrap(), need, "{text}");
        assert_eq!(table.capacity(share, unit).unwrap(), capacity, "{text}");
    }
}

#[test]
fn fields_are_separated_as_the_header_is() {
    for text in ["kind,ms\na;b,7\n", "kind;ms\r\na,b;7\r\n", "kind\tms\na,b;c\t7\n", "ms\n7"] {
        let (_folder, file) = fixture::file("t.csv", text);
        let unit = SimDuration::from_nanos(1);
        let column = TableColumn { file, column: "ms".to_owned(), unit };
        assert_eq!(durations(&column).unwrap(), [SimDuration::from_nanos(7)], "{text}");
    }
}

#[test]
fn a_field_that_is_no_number_is_shown_with_line_and_column() {
    let expected = "t.csv`, line 3, column `ms`: expected a number, 0 or more, found ";
    for wrong in ["x", "-1", "-0", "NaN", "inf", ""] {
        let text = format!("id,ms\n1,2\n1,{wrong}\n");
        assert_eq!(refused("t.csv", &text, "ms"), format!("{expected}`{wrong}`"));
    }
}

/// Rows, and the sums of the columns.
fn summed(file: &str, columns: &[&str]) -> Option<(u64, Vec<u64>)> {
    let mut table = Table::open(&fixture::shared(file)?).unwrap();
    let columns: Vec<_> = columns.iter().map(|name| table.column(name).unwrap()).collect();
    let (mut rows, mut sums) = (0, vec![0; columns.len()]);
    while table.advance().unwrap() {
        rows += 1;
        assert_eq!(table.line(), rows + 1);
        for (sum, &column) in sums.iter_mut().zip(&columns) {
            *sum += table.whole(column).unwrap();
        }
    }
    Some((rows, sums))
}

#[test]
fn the_workbooks_of_the_numa_trace_are_read_whole() {
    let hosts = summed("huawei-numa-vm/PM_res.xlsx", &["CPU1", "RAM1", "CPU2", "RAM2"]);
    let Some((1710, sums)) = hosts else {
        assert_eq!(hosts, None);
        return;
    };
    assert_eq!(sums, [85_582, 140_576, 56_274, 121_928]);
    for (number, cpu, memory, nodes) in [(1, 64_616, 164_748, 6_306), (3, 68_756, 174_640, 6_407)] {
        let file = format!("huawei-numa-vm/VM_data_C{number}.xlsx");
        let items = summed(&file, &["flavor_vcpus", "flavor_ram", "numa"]);
        assert_eq!(items, Some((4998, vec![cpu, memory, nodes])));
    }
    // these have their numbers as text
    for number in [2, 4, 5] {
        let file = format!("huawei-numa-vm/VM_data_C{number}.xlsx");
        let items = summed(&file, &["flavor_vcpus", "flavor_ram", "numa"]);
        assert_eq!(items.expect("they are in one folder").0, 4998);
    }
}

#[test]
fn a_workbook_is_a_table_as_any_other() {
    let mut table = Table::open(Path::new("tests/data/placement/items.xlsx")).unwrap();
    assert_eq!(table.columns(), ["id", "arrival", "cpu", "memory", "life"]);
    let [arrival, cpu, life] = ["arrival", "cpu", "life"].map(|name| table.column(name).unwrap());
    assert!(table.advance().unwrap());
    let second = |nanos: i64| Moment { nanos: nanos * 1_000_000_000, is_date: true };
    assert_eq!(table.moment(arrival, 1).unwrap(), second(1_704_067_200));
    assert_eq!((table.whole(cpu).unwrap(), table.number(life).unwrap()), (2, 10.5));
    assert!(table.advance().unwrap());
    assert!(table.is_blank(life));
    assert_eq!(
        table.whole(cpu).unwrap_err().to_string(),
        "`tests/data/placement/items.xlsx`, line 4, column `cpu`: \
         expected a whole number, 0 or more, found `#N/A`"
    );
    assert!(!table.advance().unwrap());
    let (_folder, file) = fixture::file("t.xlsx", "cpu\n1\n");
    let Err(error) = Table::open(&file) else { panic!("it opened") };
    assert!(error.to_string().contains("it is no workbook: "), "{error}");
    let Err(error) = Table::open(Path::new("tests/data/placement/beyond.xlsx")) else {
        panic!("it opened")
    };
    assert!(error.to_string().ends_with("it has a cell in row 4 and column 16385"), "{error}");
    let (_folder, file) = fixture::file("t.xls", "cpu\n1\n");
    let Err(error) = Table::open(&file) else { panic!("it opened") };
    assert!(error.to_string().ends_with("are not read; save it as `.xlsx` or CSV"), "{error}");
}

#[test]
fn a_missing_column_is_told_with_those_there_are_and_the_nearest() {
    assert_eq!(
        refused("t.csv", "label,durations\n", "duration"),
        "t.csv` has no column `duration`; its columns are `label`, `durations`; \
         did you mean `durations`?"
    );
    assert_eq!(
        refused("t.csv", "label,x\n", "duration"),
        "t.csv` has no column `duration`; its columns are `label`, `x`"
    );
}

#[test]
fn rows_of_another_width_and_files_without_rows_are_refused() {
    assert_eq!(
        refused("t.csv", "id,ms\n1,2\n3\n", "ms"),
        "t.csv`, line 3: expected 2 fields as in the header, found 1"
    );
    assert_eq!(refused("t.csv", "id,ms\n", "ms"), "t.csv` has no rows");
    assert_eq!(refused("t.csv", "", "ms"), "t.csv` has no rows");
}

#[test]
fn what_is_not_gzip_is_refused_as_unreadable() {
    let text = refused("t.csv.gz", "id,ms\n1,2\n", "ms");
    assert!(text.starts_with("t.csv.gz`: "), "{text}");
}

#[test]
fn a_file_that_does_not_exist_is_named() {
    let Err(error) = Table::open(Path::new("no/such.csv")) else { panic!("it opened") };
    assert!(error.to_string().starts_with("cannot read `no/such.csv`: "), "{error}");
}
