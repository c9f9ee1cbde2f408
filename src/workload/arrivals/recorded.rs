//! Requests of a table: when each comes, what it needs, and which replica it goes to.
//!
//! The table is read as the run goes, a row ahead, so that memory does not grow with it.

use crate::engine::{SimDuration, SimTime};
use crate::scenario::RequestTable;
use crate::workload::traces::{Column, Table, TraceError};

/// One request of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordedRequest {
    /// When it comes.
    pub arrival: SimTime,
    /// CPU time it needs; none where the table does not say.
    pub demand: Option<SimDuration>,
    /// The number of its replica; none where any will do.
    pub replica: Option<u32>,
}

/// The requests of a table, in its order.
pub struct Recorded {
    table: Table,
    arrival: (Column, u64),
    demand: Option<(Column, u64)>,
    replica: Option<Column>,
    /// Replicas there are.
    replicas: u32,
    /// The one that comes next.
    next: Option<RecordedRequest>,
    failure: Option<TraceError>,
}

impl Recorded {
    /// The requests of `table` to an app with so many replicas.
    ///
    /// # Errors
    /// When the file cannot be read, lacks a column, has no rows, or its first row is wrong.
    pub fn open(table: &RequestTable, replicas: u32) -> Result<Self, TraceError> {
        let rows = Table::open(&table.file)?;
        let column = |name: &str| rows.column(name);
        let arrival = column(&table.arrival.column)?;
        let demand = match &table.demand {
            Some(demand) => Some((column(&demand.column)?, demand.unit.as_nanos())),
            None => None,
        };
        let replica = table.replica.as_deref().map(column).transpose()?;
        let mut recorded = Self {
            arrival: (arrival, table.arrival.unit.as_nanos()),
            demand,
            replica,
            replicas,
            table: rows,
            next: None,
            failure: None,
        };
        recorded.next = recorded.read()?;
        match recorded.next {
            Some(_) => Ok(recorded),
            None => Err(TraceError::Empty { file: table.file.clone() }),
        }
    }

    /// When the next one comes.
    pub fn arrival(&self) -> Option<SimTime> {
        self.next.map(|next| next.arrival)
    }

    /// The next one, which has come.
    pub fn take(&mut self) -> Option<RecordedRequest> {
        let taken = self.next?;
        self.next = self.read().unwrap_or_else(|failure| {
            self.failure = Some(failure);
            None
        });
        Some(taken)
    }

    /// Why it ended early: a row further down is wrong, or the file cannot be read on.
    pub fn take_failure(&mut self) -> Option<TraceError> {
        self.failure.take()
    }

    fn read(&mut self) -> Result<Option<RecordedRequest>, TraceError> {
        if !self.table.advance()? {
            return Ok(None);
        }
        let table = &self.table;
        let (arrival, unit) = self.arrival;
        let at = SimTime::from_nanos(table.amount(arrival, unit)?);
        if self.arrival().is_some_and(|last| at < last) {
            return Err(table.unexpected(arrival, "no earlier time than in the row before"));
        }
        let demand = match self.demand {
            Some((demand, unit)) => Some(SimDuration::from_nanos(table.amount(demand, unit)?)),
            None => None,
        };
        let replica = match self.replica {
            Some(column) => match u32::try_from(table.whole(column)?) {
                Ok(replica) if replica < self.replicas => Some(replica),
                _ => return Err(table.unexpected(column, "a number below the app's `replicas`")),
            },
            None => None,
        };
        Ok(Some(RecordedRequest { arrival: at, demand, replica }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;
    use crate::workload::traces::fixture;

    fn open(file: &std::path::Path) -> Result<Recorded, TraceError> {
        let unit = SimDuration::from_millis(1);
        let table = RequestTable {
            file: file.to_owned(),
            arrival: scenario::Column::new("at", unit),
            demand: Some(scenario::Column::new("work", SimDuration::from_secs(1))),
            replica: Some("vm".to_owned()),
        };
        Recorded::open(&table, 3)
    }

    #[test]
    fn requests_come_in_the_order_and_the_units_of_the_table() {
        let text = "vm,at,work\n2,10,0.5\n0,10,3\n1,12,1e-3\n";
        for (_folder, file) in [fixture::file("b.csv", text), fixture::gzip("b.csv.gz", text)] {
            let mut requests = open(&file).unwrap();
            let mut all = Vec::new();
            while let Some(at) = requests.arrival() {
                let it = requests.take().unwrap();
                assert_eq!(it.arrival, at);
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
    fn a_table_without_rows_is_refused() {
        let (_folder, file) = fixture::file("b.csv", "vm,at,work\n");
        assert!(open(&file).err().unwrap().to_string().ends_with("b.csv` has no rows"));
    }
}
