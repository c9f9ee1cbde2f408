//! Kubernetes API objects, read from the files that users have.
