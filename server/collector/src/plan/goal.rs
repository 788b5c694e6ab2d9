//! Which territories a verdict has to exclude, at which tier, with how many lying votes.

use super::PlanArguments;
use anyhow::{Context as _, bail, ensure};
use domicile_appraise::policy::{self, LicenceRule, Policy};
use domicile_certs::files;
use domicile_geo::plan::Goal;
use domicile_geo::{Territories, TerritoryMask, Tier};
use domicile_proto::wire;
use std::path::Path;

/// How many votes may lie where nothing says otherwise.
const LYING_VOTES: u8 = 1;

/// What the plan is made for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) goal: Goal,
    pub(super) tier: Tier,
    pub(super) lying_votes: u8,
}

pub(super) fn wanted(
    arguments: &PlanArguments,
    directory_votes: Option<u8>,
    territories: &Territories,
) -> anyhow::Result<Wanted> {
    let mut wanted = match &arguments.policy {
        Some(path) => of_policy(path, arguments.licence.as_deref(), territories)?,
        None => of_codes(arguments, territories)?,
    };
    // As in a verdict: the directory may ask for more.
    wanted.lying_votes = wanted.lying_votes.max(directory_votes.unwrap_or(0));
    wanted.lying_votes = arguments.lying_votes.unwrap_or(wanted.lying_votes);
    wanted.tier = arguments.tier.unwrap_or(wanted.tier);
    ensure!(
        !wanted.goal.denied.is_empty(),
        "nothing is to be excluded: every territory is permitted"
    );
    Ok(wanted)
}

fn of_codes(arguments: &PlanArguments, territories: &Territories) -> anyhow::Result<Wanted> {
    let mask = |option, codes: &[_]| {
        TerritoryMask::from_codes(territories, codes)
            .with_context(|| format!("`{option}`: use ISO 3166 codes such as CN,RU"))
    };
    let denied = mask("--deny", &arguments.deny)?;
    let permitted = mask("--permit", &arguments.permit)?;
    let both = denied.intersection(&permitted);
    if let Some(code) = both.codes(territories).next() {
        bail!("{code} is both denied and permitted: take it out of `--deny` or `--permit`");
    }
    let permitted = (!permitted.is_empty()).then_some(permitted);
    Ok(Wanted {
        goal: goal(permitted, denied, territories),
        tier: Tier::Fibre,
        lying_votes: LYING_VOTES,
    })
}

fn of_policy(
    path: &Path,
    licence: Option<&str>,
    territories: &Territories,
) -> anyhow::Result<Wanted> {
    let bytes = files::read(path, policy::MAX_BYTES)?;
    let place = || path.display().to_string();
    let policy = Policy::parse(&bytes, territories).with_context(place)?;
    let rule = rule(&policy, licence).with_context(place)?;
    Ok(Wanted {
        goal: goal(Some(rule.permitted), rule.denied, territories),
        tier: match rule.tier {
            wire::Tier::C => Tier::C,
            wire::Tier::TwoThirds => Tier::TwoThirds,
            wire::Tier::Fibre | wire::Tier::Unspecified => Tier::Fibre,
        },
        lying_votes: policy.lying_votes,
    })
}

fn rule<'p>(policy: &'p Policy, licence: Option<&str>) -> anyhow::Result<&'p LicenceRule> {
    let names = || {
        let names: Vec<&str> = policy.licences().map(|(name, _)| name).take(10).collect();
        names.join(", ")
    };
    match licence {
        Some(name) => policy
            .licence(name)
            .with_context(|| format!("no licence `{name}`; there are: {}", names())),
        None if policy.licences().count() == 1 => {
            let only = policy.licences().next();
            only.map(|(_, rule)| rule).context("no licence")
        }
        None => bail!("choose a licence with `--licence`; there are: {}", names()),
    }
}

/// D is by default all that is not permitted.
fn goal(
    permitted: Option<TerritoryMask>,
    denied: TerritoryMask,
    territories: &Territories,
) -> Goal {
    let denied = match &permitted {
        Some(permitted) if denied.is_empty() => territories.all().difference(permitted),
        _ => denied,
    };
    Goal { permitted, denied }
}
