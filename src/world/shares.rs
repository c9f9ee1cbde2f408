//! Bills by whose they are: of each app, and of what is no app's.

use crate::aws::pricing::Bill;
use crate::workload::AppId;

/// Bills by whose they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Shares {
    apps: Vec<Bill>,
    /// Of what is no app's.
    others: Bill,
}

impl Shares {
    /// Nothing yet; so many apps.
    pub fn new(apps: usize) -> Self {
        Self { apps: vec![Bill::default(); apps], others: Bill::default() }
    }

    fn of_mut(&mut self, app: Option<AppId>) -> &mut Bill {
        match app {
            Some(app) => &mut self.apps[app.0 as usize],
            None => &mut self.others,
        }
    }

    /// What an app has, or what is no app's.
    pub fn of(&self, app: Option<AppId>) -> &Bill {
        match app {
            Some(app) => &self.apps[app.0 as usize],
            None => &self.others,
        }
    }

    /// More of whose it is.
    pub fn add(&mut self, app: Option<AppId>, bill: &Bill) {
        self.of_mut(app).merge(bill);
    }

    /// All of another, too.
    pub fn merge(&mut self, other: &Self) {
        self.others.merge(&other.others);
        self.apps.iter_mut().zip(&other.apps).for_each(|(mine, more)| mine.merge(more));
    }

    /// What came since.
    pub fn since(&self, before: &Self) -> Self {
        let apps = self.apps.iter().zip(&before.apps).map(|(now, then)| now.since(then));
        Self { apps: apps.collect(), others: self.others.since(&before.others) }
    }

    /// Nothing any more.
    pub fn clear(&mut self) {
        *self = Self::new(self.apps.len());
    }

    /// All of it.
    pub fn total(&self) -> Bill {
        let mut sum = self.others;
        self.apps.iter().for_each(|bill| sum.merge(bill));
        sum
    }
}
