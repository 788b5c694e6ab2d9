//! Which hosts a caller may know of.
//!
//! - an operator: the hosts that were enrolled under its name;
//! - a regulator: the hosts that were declared in one of its territories, and those that may be in one
//!   by physics: it is in F_f of the host's newest verdict at the tier that the verdict requires. So a
//!   host that its own delay leaves unconfirmed is seen by more regulators, never by fewer; a licence
//!   that permits a territory is no reason alone.
//!
//! The host decides for everything that is about it, at the time of asking.

use domicile_geo::TerritoryCode;
use domicile_proto::wire::Verdict;

/// Which hosts a caller may know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    All,
    /// Those of this operator.
    Operator(String),
    /// Those that were declared or may be in one of these.
    Territories(Vec<TerritoryCode>),
}

impl Scope {
    /// Whether it is every host.
    pub fn is_all(&self) -> bool {
        *self == Self::All
    }

    /// Whether a host is in it that was enrolled for `operator` in `territory`, and whose newest verdict
    /// is what `newest` gives; that is asked only where it decides.
    ///
    /// # Errors
    /// Those of `newest`.
    pub fn covers<E>(
        &self,
        operator: &str,
        territory: &str,
        newest: impl FnOnce() -> Result<Option<Verdict>, E>,
    ) -> Result<bool, E> {
        let codes = match self {
            Self::All => return Ok(true),
            Self::Operator(own) => return Ok(own == operator),
            Self::Territories(codes) => codes,
        };
        let is_one = |text: &str| codes.iter().any(|code| code.as_str() == text);
        if is_one(territory) {
            return Ok(true);
        }
        let Some(verdict) = newest()? else {
            return Ok(false);
        };
        let mut tiers = verdict.tiers.iter();
        let required = tiers.find(|tier| tier.tier == verdict.required_tier);
        Ok(required.is_some_and(|tier| tier.possible.iter().any(|code| is_one(code))))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domicile_proto::wire::{Tier, TierResult};
    use std::convert::Infallible;

    fn verdict(required: &[&str], other: &[&str]) -> Verdict {
        let tier = |tier: Tier, codes: &[&str]| TierResult {
            tier: tier as i32,
            possible: codes.iter().map(ToString::to_string).collect(),
            ..TierResult::default()
        };
        Verdict {
            required_tier: Tier::Fibre as i32,
            tiers: vec![tier(Tier::C, other), tier(Tier::Fibre, required)],
            ..Verdict::default()
        }
    }

    #[test]
    fn territories_cover_what_is_declared_or_possible_there_at_the_required_tier() {
        let germany = Scope::Territories(vec!["DE".parse().unwrap()]);
        let covers = |territory: &str, newest: Option<Verdict>| {
            germany
                .covers("acme", territory, || Ok::<_, Infallible>(newest))
                .unwrap()
        };
        assert!(covers("DE", None));
        assert!(covers("DE", Some(verdict(&["FR"], &[]))));
        assert!(!covers("FR", None));
        assert!(covers("FR", Some(verdict(&["DE", "FR"], &[]))));
        assert!(!covers("FR", Some(verdict(&["FR"], &["DE", "FR"]))));
        assert!(
            !Scope::Territories(Vec::new())
                .covers("acme", "DE", || Ok::<_, Infallible>(None))
                .unwrap()
        );
    }

    #[test]
    fn an_operator_covers_its_own_hosts_to_the_letter() {
        let acme = Scope::Operator("acme".into());
        for (operator, own) in [
            ("acme", true),
            ("acme2", false),
            ("Acme", false),
            ("", false),
        ] {
            let covers = acme.covers(operator, "SG", || Err::<_, ()>(()));
            assert_eq!(covers, Ok(own), "{operator}");
        }
    }
}
