//! Controllers that change the number of replicas or nodes.
