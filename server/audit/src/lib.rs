//! The auditor's tool of Domicile: query, export, verify offline
