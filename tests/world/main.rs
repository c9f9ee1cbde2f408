//! Whole worlds: a scenario's text goes in, the record of its run comes out.

mod any;
mod autoscale;
mod batch;
mod calls;
mod costs;
mod disk_pressure;
mod drains;
mod endings;
mod faults;
mod images;
mod lab;
mod memory;
mod migration;
mod nodes;
mod platforms;
mod policies;
mod pressure;
mod pushes;
mod registries;
mod requests;
mod right_sizing;
mod rules;
mod starts;
mod storage;
mod workloads;
mod zones;
