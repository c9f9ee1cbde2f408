//! Requests and jobs of a table: when each comes, and what of it.
//!
//! The table is read as the run goes, a few rows ahead, so that memory does not grow with it.

use std::collections::VecDeque;

use crate::engine::{SimDuration, SimTime};
use crate::scenario::{self, ArrivalTable};
use crate::units::{Bytes, Millicores};
use crate::workload::traces::{Column, Table, TraceError};

/// So many rows are read before the one that comes next is taken: what is known of them is where
/// they go.
const AHEAD: usize = 3;

/// What a row is read as, beside the time at which it comes.
pub trait Row {
    /// The columns it is in.
    type Columns;

    /// What the current row of `table` says.
    ///
    /// # Errors
    /// When it is not what its column holds.
    fn read(table: &Table, columns: &Self::Columns) -> Result<Self, TraceError>
    where
        Self: Sized;
}

/// One request of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordedRequest {
    /// CPU time it needs; none where the table does not say.
    pub demand: Option<SimDuration>,
    /// The number of its replica; none where any will do.
    pub replica: Option<u32>,
}

/// The columns of requests.
#[derive(Clone, Copy, Debug)]
pub struct RequestColumns {
    demand: Option<(Column, u64)>,
    replica: Option<Column>,
    /// Replicas there are.
    replicas: u32,
}

/// One job of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedJob {
    /// How long it runs.
    pub duration: SimDuration,
    /// CPU it requests; none where the table does not say.
    pub cpu: Option<Millicores>,
    /// Memory it requests; none where the table does not say.
    pub memory: Option<Bytes>,
}

/// The columns of jobs.
#[derive(Clone, Copy, Debug)]
pub struct JobColumns {
    duration: (Column, u64),
    cpu: Option<(Column, u64)>,
    memory: Option<(Column, u64)>,
}

/// What comes by a table, in its order.
pub struct Recorded<R: Row> {
    table: Table,
    arrival: (Column, u64),
    columns: R::Columns,
    /// What comes next.
    next: Option<(SimTime, R)>,
    /// What comes after that, as far as it has been read.
    later: VecDeque<(SimTime, R)>,
    /// When the last row that has been read comes.
    last: SimTime,
    /// Whether no more can be read, and why where that is an error.
    ended: bool,
    failure: Option<TraceError>,
}

impl Row for RecordedRequest {
    type Columns = RequestColumns;

    fn read(table: &Table, columns: &RequestColumns) -> Result<Self, TraceError> {
        let replica = match columns.replica {
            Some(column) => match u32::try_from(table.whole(column)?) {
                Ok(replica) if replica < columns.replicas => Some(replica),
                _ => return Err(table.unexpected(column, "a number below the app's `replicas`")),
            },
            None => None,
        };
        let demand = amount(table, columns.demand)?.map(SimDuration::from_nanos);
        Ok(Self { demand, replica })
    }
}

impl Row for RecordedJob {
    type Columns = JobColumns;

    fn read(table: &Table, columns: &JobColumns) -> Result<Self, TraceError> {
        let (duration, unit) = columns.duration;
        Ok(Self {
            duration: SimDuration::from_nanos(table.amount(duration, unit)?),
            cpu: amount(table, columns.cpu)?.map(Millicores),
            memory: amount(table, columns.memory)?.map(Bytes),
        })
    }
}

impl Recorded<RecordedRequest> {
    /// The requests of `table` to an app with so many replicas.
    ///
    /// # Errors
    /// When the file cannot be read, lacks a column, has no rows, or its first row is wrong.
    pub fn requests(table: &ArrivalTable, replicas: u32) -> Result<Self, TraceError> {
        Self::open(table, |rows| {
            Ok(RequestColumns {
                demand: time(rows, table.demand.as_ref())?,
                replica: table.replica.as_deref().map(|name| rows.column(name)).transpose()?,
                replicas,
            })
        })
    }
}

impl Recorded<RecordedJob> {
    /// The jobs of `table`; those without a duration end at once.
    ///
    /// # Errors
    /// When the file cannot be read, lacks a column, has no rows, or its first row is wrong.
    pub fn jobs(table: &ArrivalTable) -> Result<Self, TraceError> {
        let (cpu, memory) = (table.cpu.as_ref(), table.memory.as_ref());
        Self::open(table, |rows| {
            let find = |name: &str, unit: u64| Ok::<_, TraceError>((rows.column(name)?, unit));
            Ok(JobColumns {
                duration: time(rows, table.duration.as_ref())?.unwrap_or((rows.first_column(), 0)),
                cpu: cpu.map(|it| find(&it.column, it.unit.0)).transpose()?,
                memory: memory.map(|it| find(&it.column, it.unit.0)).transpose()?,
            })
        })
    }
}

impl<R: Row + Copy> Recorded<R> {
    fn open(
        table: &ArrivalTable,
        columns: impl FnOnce(&Table) -> Result<R::Columns, TraceError>,
    ) -> Result<Self, TraceError> {
        let rows = Table::open(&table.file)?;
        let arrival = (rows.column(&table.arrival.column)?, table.arrival.unit.as_nanos());
        let columns = columns(&rows)?;
        let mut recorded = Self {
            table: rows,
            arrival,
            columns,
            next: None,
            later: VecDeque::with_capacity(AHEAD),
            last: SimTime::ZERO,
            ended: false,
            failure: None,
        };
        recorded.next = recorded.read()?;
        if recorded.next.is_none() {
            return Err(TraceError::Empty { file: table.file.clone() });
        }
        recorded.read_ahead();
        Ok(recorded)
    }

    /// When the next one comes.
    pub fn arrival(&self) -> Option<SimTime> {
        self.next.map(|(arrival, _)| arrival)
    }

    /// The next one, which has come.
    pub fn take(&mut self) -> Option<R> {
        let (_, taken) = self.next?;
        self.next = self.later.pop_front();
        self.read_ahead();
        Some(taken)
    }

    /// What comes so many rows after the next one, where that is known already.
    #[inline]
    pub fn ahead(&self, rows: usize) -> Option<R> {
        let place = rows.checked_sub(1)?;
        self.later.get(place).map(|&(_, row)| row)
    }

    /// Why it ended early, once it has: a row further down is wrong, or the file cannot be read on.
    pub fn take_failure(&mut self) -> Option<TraceError> {
        if self.next.is_none() { self.failure.take() } else { None }
    }

    fn read_ahead(&mut self) {
        while !self.ended && self.later.len() < AHEAD {
            match self.read() {
                Ok(Some(row)) => self.later.push_back(row),
                Ok(None) => self.ended = true,
                Err(failure) => (self.ended, self.failure) = (true, Some(failure)),
            }
        }
    }

    fn read(&mut self) -> Result<Option<(SimTime, R)>, TraceError> {
        if !self.table.advance()? {
            return Ok(None);
        }
        let (arrival, unit) = self.arrival;
        let at = SimTime::from_nanos(self.table.amount(arrival, unit)?);
        if at < std::mem::replace(&mut self.last, at) {
            return Err(self.table.unexpected(arrival, "no earlier time than in the row before"));
        }
        Ok(Some((at, R::read(&self.table, &self.columns)?)))
    }
}

/// A column of times and its unit.
fn time(
    rows: &Table,
    column: Option<&scenario::Column<SimDuration>>,
) -> Result<Option<(Column, u64)>, TraceError> {
    column.map(|it| Ok((rows.column(&it.column)?, it.unit.as_nanos()))).transpose()
}

/// The field of the current row in a column, if there is that column.
fn amount(table: &Table, column: Option<(Column, u64)>) -> Result<Option<u64>, TraceError> {
    column.map(|(column, unit)| table.amount(column, unit)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;
    use crate::workload::traces::fixture;

    fn open(file: &std::path::Path) -> Result<Recorded<RecordedRequest>, TraceError> {
        let unit = SimDuration::from_millis(1);
        let table = ArrivalTable {
            file: file.to_owned(),
            arrival: scenario::Column::new("at", unit),
            demand: Some(scenario::Column::new("work", SimDuration::from_secs(1))),
            replica: Some("vm".to_owned()),
            duration: None,
            cpu: None,
            memory: None,
        };
        Recorded::requests(&table, 3)
    }

    #[test]
    fn requests_come_in_the_order_and_the_units_of_the_table() {
        let text = "vm,at,work\n2,10,0.5\n0,10,3\n1,12,1e-3\n";
        for (_folder, file) in [fixture::file("b.csv", text), fixture::gzip("b.csv.gz", text)] {
            let mut requests = open(&file).unwrap();
            let mut all = Vec::new();
            while let Some(at) = requests.arrival() {
                let it = requests.take().unwrap();
                all.push((at.as_nanos(), it.demand.unwrap().as_nanos(), it.replica.unwrap()));
            }
            let expected = [
                (10_000_000, 500_000_000, 2),
                (10_000_000, 3_000_000_000, 0),
                (12_000_000, 1_000_000, 1),
            ];
            assert_eq!(all, expected);
            assert_eq!(requests.take(), None);
            assert!(requests.take_failure().is_none());
        }
    }

    #[test]
    fn rows_are_known_ahead_and_wrong_ones_are_told_when_it_is_their_turn() {
        let text = "vm,at,work\n0,1,1\n1,2,1\n2,3,1\n0,4,1\n1,5,1\nx,6,1\n";
        let (_folder, file) = fixture::file("b.csv", text);
        let mut requests = open(&file).unwrap();
        let ahead = |requests: &Recorded<RecordedRequest>| {
            (0..5).map(|rows| requests.ahead(rows)?.replica).collect::<Vec<_>>()
        };
        assert_eq!(ahead(&requests), [None, Some(1), Some(2), Some(0), None]);
        requests.take();
        assert_eq!(ahead(&requests), [None, Some(2), Some(0), Some(1), None]);
        for expected in [1, 2, 0] {
            assert_eq!(requests.take().unwrap().replica, Some(expected));
            // the wrong row has been read
            assert!(requests.take_failure().is_none());
        }
        assert_eq!(requests.take().unwrap().replica, Some(1));
        assert_eq!(requests.arrival(), None);
        let failure = requests.take_failure().unwrap().to_string();
        assert!(failure.contains("line 7, column `vm`"), "{failure}");
    }

    #[test]
    fn a_row_that_is_wrong_ends_the_requests_and_is_told() {
        for (row, expected) in [
            ("1,11,1", "line 3, column `at`: expected no earlier time than in the row before"),
            ("3,12,1", "line 3, column `vm`: expected a number below the app's `replicas`"),
            ("x,12,1", "line 3, column `vm`: expected a whole number, 0 or more, found `x`"),
            ("1,12,-1", "line 3, column `work`: expected a number, 0 or more, found `-1`"),
            ("1,12", "line 3: expected 3 fields as in the header, found 2"),
        ] {
            let (_folder, file) = fixture::file("b.csv", &format!("vm,at,work\n1,12,1\n{row}\n"));
            let mut requests = open(&file).unwrap();
            assert!(requests.take().is_some());
            assert_eq!(requests.take(), None);
            let failure = requests.take_failure().unwrap().to_string();
            assert!(failure.contains(expected), "{failure}");
        }
    }

    #[test]
    fn jobs_have_a_duration_and_what_they_request() {
        let (_folder, file) = fixture::file("k.csv", "s,m,g,d\n1.5,500,2,0.25\n2,4000,16,60\n");
        let table = ArrivalTable {
            file,
            arrival: scenario::Column::new("s", SimDuration::from_secs(1)),
            demand: None,
            replica: None,
            duration: Some(scenario::Column::new("d", SimDuration::from_secs(1))),
            cpu: Some(scenario::Column::new("m", Millicores(1))),
            memory: Some(scenario::Column::new("g", Bytes(1 << 30))),
        };
        let mut jobs = Recorded::jobs(&table).unwrap();
        let job = |nanos, cpu, gib: u64| RecordedJob {
            duration: SimDuration::from_nanos(nanos),
            cpu: Some(Millicores(cpu)),
            memory: Some(Bytes(gib << 30)),
        };
        assert_eq!(jobs.arrival(), Some(SimTime::from_nanos(1_500_000_000)));
        assert_eq!(jobs.take(), Some(job(250_000_000, 500, 2)));
        assert_eq!(jobs.take(), Some(job(60_000_000_000, 4000, 16)));
        assert_eq!(jobs.take(), None);
    }

    #[test]
    fn a_table_without_rows_is_refused() {
        let (_folder, file) = fixture::file("b.csv", "vm,at,work\n");
        assert!(open(&file).err().unwrap().to_string().ends_with("b.csv` has no rows"));
    }
}
