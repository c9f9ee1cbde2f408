//! AWS Identity and Access Management: policy documents, and what they allow.
