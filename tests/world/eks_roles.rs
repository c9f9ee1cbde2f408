//! Roles of pods on Amazon EKS.
