//! What there is to be allowed, and which role is.

use domicile_diversion::cases::Role;

macro_rules! permissions {
    ($($(#[$doc:meta])* $permission:ident = $name:literal: $($role:ident)+;)+) => {
        /// One thing that a role may or may not do. A route of the API asks for one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission { $($(#[$doc])* $permission,)+ }

        impl Permission {
            /// Every permission.
            pub const ALL: &'static [Self] = &[$(Self::$permission,)+];

            /// As it stands in problems and in the API's description.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$permission => $name,)+ }
            }

            /// The roles that have it.
            pub const fn roles(self) -> &'static [Role] {
                match self { $(Self::$permission => &[$(Role::$role),+],)+ }
            }
        }
    };
}

// The table. A scoped role (`regulator`, `operator`) has a permission for what is in its scope only.
permissions! {
    /// Lists and states of hosts, devices and verdicts, without what was measured.
    ReadHosts = "read-hosts": Observer Auditor Regulator Operator Analyst Approver Admin;
    /// Raw evidence: bundles, records, attestation results, beliefs.
    ReadEvidence = "read-evidence": Auditor Regulator Operator Analyst Approver;
    /// The anchors' mesh: about anchors, never about a host.
    ReadAnchors = "read-anchors": Observer Auditor Regulator Analyst Approver Admin;
    /// Counts over the whole fleet, which no scope can narrow.
    ReadFleet = "read-fleet": Observer Auditor Analyst Approver Admin;
    /// The log's head.
    ReadLog = "read-log": Observer Auditor Regulator Operator Analyst Approver Admin;
    /// Who asked what.
    ReadQueries = "read-queries": Auditor Regulator Operator Analyst Approver Admin;
    /// Erasures and legal holds.
    ReadRetention = "read-retention": Observer Auditor Regulator Operator Analyst Approver Admin;
    /// Places and lifts legal holds.
    WriteHolds = "write-holds": Admin;
    /// Flags.
    ReadFlags = "read-flags": Observer Auditor Regulator Operator Analyst Approver Admin;
    /// Says that a flag has been seen.
    AcknowledgeFlags = "acknowledge-flags": Analyst Approver;
    /// Cases and their steps.
    ReadCases = "read-cases": Auditor Regulator Operator Analyst Approver Admin;
    /// Opens cases and takes steps; which ones, the case's own rules say.
    WriteCases = "write-cases": Operator Analyst Approver Admin;
    /// Declares where a host is and why it is silent.
    Declare = "declare": Operator Analyst Admin;
    /// Customers, sites, licences.
    ReadRegistry = "read-registry": Observer Auditor Analyst Approver Admin;
    /// Changes them.
    WriteRegistry = "write-registry": Admin;
    /// Who has access.
    ReadAccess = "read-access": Auditor Admin;
}

/// Whether a role has a permission.
pub fn allows(role: Role, permission: Permission) -> bool {
    permission.roles().contains(&role)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeSet;

    /// The table as the manual shows it; a change of one without the other fails.
    #[test]
    fn the_manual_shows_every_cell_of_the_table() {
        let page = include_str!("../../../../deploy/OPERATIONS.md");
        let head = ["permission"]
            .into_iter()
            .chain(Role::ALL.map(Role::name))
            .collect::<Vec<_>>();
        assert!(page.contains(&format!("| {} |", head.join(" | "))));
        for &permission in Permission::ALL {
            let cells = Role::ALL.map(|role| match allows(role, permission) {
                true => "yes",
                false => "-",
            });
            let row = format!("| `{}` | {} |", permission.name(), cells.join(" | "));
            assert!(page.contains(&row), "deploy/OPERATIONS.md lacks:\n{row}");
        }
    }

    /// What must hold whatever else is changed in the table.
    #[test]
    fn reading_roles_never_write_and_whoever_decides_does_not_administer() {
        use Permission::{
            AcknowledgeFlags, Declare, ReadEvidence, ReadFleet, ReadRegistry, WriteCases,
            WriteHolds, WriteRegistry,
        };
        let writes = [
            AcknowledgeFlags,
            WriteCases,
            Declare,
            WriteRegistry,
            WriteHolds,
        ];
        for role in [Role::Observer, Role::Auditor, Role::Regulator] {
            for permission in writes {
                assert!(!allows(role, permission), "{role:?} {permission:?}");
            }
        }
        for permission in [ReadFleet, ReadRegistry] {
            assert!(!allows(Role::Operator, permission));
            assert!(!allows(Role::Regulator, permission));
        }
        assert!(!allows(Role::Observer, ReadEvidence));
        assert!(!allows(Role::Admin, ReadEvidence));
        for role in [Role::Analyst, Role::Approver, Role::Operator] {
            assert!(!allows(role, WriteRegistry), "{role:?}");
        }
        for &permission in Permission::ALL {
            let once: BTreeSet<_> = permission.roles().iter().collect();
            assert_eq!(once.len(), permission.roles().len(), "{permission:?}");
            let auditor = permission.name().starts_with("read-");
            assert_eq!(allows(Role::Auditor, permission), auditor);
        }
    }
}
