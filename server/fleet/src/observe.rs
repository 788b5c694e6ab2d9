//! One sighting against what is remembered.

use crate::finding::{Basis, Finding, Kind};
use crate::memory::{HostDevices, Memory};
use crate::name::{Alias, DeviceName};
use crate::sighting::{Seen, Sighting};
use crate::track::{Change, Span, Stay};
use domicile_proto::types::{Digest, Key};
use std::collections::{BTreeMap, BTreeSet};

/// Devices remembered for one alias.
const MAX_OF_ALIAS: usize = 64;

/// Takes in one sighting, changes the memory, and returns what does not fit.
///
/// Sightings may come in any order of measurement; what a host holds is compared only with
/// sightings measured before. A finding is given once, when a sighting first shows it.
///
/// # Errors
/// Those of the memory.
pub fn observe<M: Memory>(memory: &mut M, sighting: &Sighting) -> Result<Vec<Finding>, M::Error> {
    let devices = named(memory, sighting)?;
    let mut findings = Findings::default();
    for (alias, now) in aliases(&devices) {
        follow_alias(memory, sighting, &alias, &now, &mut findings)?;
    }
    let replaced = replaced_host(memory, sighting, &devices)?;
    for (name, seen) in &devices {
        follow_device(memory, sighting, (name, seen), replaced, &mut findings)?;
    }
    if let Some((earlier, false)) = replaced {
        let last = memory.host(&earlier)?.unwrap_or_default();
        let place = Place::of(sighting).after(earlier, digest(&last.evidence));
        for (name, seen) in &devices {
            let track = memory.track(name)?.unwrap_or_default();
            let mut before = track.stays.iter().rev();
            let before = before.find(|stay| stay.host() == earlier);
            let basis = before.map_or(Basis::Claimed, Stay::basis).min(seen.basis);
            findings.add(Kind::KeyChanged, (name.clone(), basis), None, &place);
        }
    }
    follow_host(memory, sighting, &devices, &mut findings)?;
    Ok(findings.0.into_values().collect())
}

/// The devices with the names that they are followed by, each once.
fn named<'s, M: Memory>(
    memory: &M,
    sighting: &'s Sighting,
) -> Result<Vec<(DeviceName, &'s Seen)>, M::Error> {
    let mut devices = BTreeMap::new();
    for seen in &sighting.devices {
        if let Some(name) = seen.name() {
            devices.entry(strongest(memory, name)?).or_insert(seen);
        }
    }
    Ok(devices.into_iter().collect())
}

/// A driver that tells only its own name for a device may have told its identifier before or since.
fn strongest<M: Memory>(memory: &M, name: DeviceName) -> Result<DeviceName, M::Error> {
    if let DeviceName::Uuid(uuid) = &name
        && let [known] = memory.alias(&Alias::Uuid(uuid.clone()))?.as_slice()
    {
        return Ok(known.clone());
    }
    Ok(name)
}

/// Each alias with the devices that this sighting gives it, and how they were shown.
fn aliases(devices: &[(DeviceName, &Seen)]) -> BTreeMap<Alias, BTreeMap<DeviceName, Basis>> {
    let mut aliases: BTreeMap<Alias, BTreeMap<DeviceName, Basis>> = BTreeMap::new();
    for (name, seen) in devices {
        for alias in seen.aliases() {
            let of_alias = aliases.entry(alias).or_default();
            of_alias.insert(name.clone(), seen.basis);
        }
    }
    aliases
}

fn follow_alias<M: Memory>(
    memory: &mut M,
    sighting: &Sighting,
    alias: &Alias,
    now: &BTreeMap<DeviceName, Basis>,
    findings: &mut Findings,
) -> Result<(), M::Error> {
    let known = memory.alias(alias)?;
    let before: Result<BTreeSet<_>, _> = known
        .iter()
        .cloned()
        .map(|n| strongest(memory, n))
        .collect();
    let before = before?;
    let fresh = now.keys().any(|name| !before.contains(name));
    let gone = before.iter().any(|name| !now.contains_key(name));
    let (kind, astray) = match alias {
        Alias::LeafKey(_) => (Kind::KeyOnTwoDevices, before.len() + now.len() > 1 && fresh),
        Alias::Uuid(_) | Alias::Serial { .. } => (Kind::Swapped, fresh && gone),
    };
    if let Alias::Uuid(uuid) = alias
        && before.is_empty()
    {
        adopt(memory, uuid, now)?;
    }
    if astray {
        let place = Place::of(sighting);
        for (name, basis) in now {
            findings.add(kind, (name.clone(), *basis), Some(alias), &place);
        }
        for name in before.iter().filter(|name| !now.contains_key(*name)) {
            let track = memory.track(name)?.unwrap_or_default();
            let (basis, place) = match track.newest() {
                Some(stay) => {
                    let place = Place::of(sighting);
                    (stay.basis(), place.after(stay.host(), stay.last_evidence()))
                }
                None => (Basis::Claimed, Place::of(sighting)),
            };
            findings.add(kind, (name.clone(), basis), Some(alias), &place);
        }
    }
    let mut after: BTreeSet<DeviceName> = now.keys().cloned().collect();
    if !(astray && kind == Kind::Swapped) {
        after.extend(before.iter().cloned());
    }
    let after: Vec<DeviceName> = after.into_iter().take(MAX_OF_ALIAS).collect();
    match known == after {
        true => Ok(()),
        false => memory.set_alias(alias, &after),
    }
}

/// What was followed by a driver's name goes on under the identifier that the driver tells now.
fn adopt<M: Memory>(
    memory: &mut M,
    uuid: &str,
    now: &BTreeMap<DeviceName, Basis>,
) -> Result<(), M::Error> {
    let [name] = now.keys().collect::<Vec<_>>()[..] else {
        return Ok(());
    };
    let earlier = memory.track(&DeviceName::Uuid(uuid.to_owned()))?;
    match (earlier, memory.track(name)?) {
        (Some(track), None) => memory.set_track(name, track),
        _ => Ok(()),
    }
}

/// The host whose devices, all of them, this host reports in its first sighting; and whether it
/// was withdrawn.
fn replaced_host<M: Memory>(
    memory: &M,
    sighting: &Sighting,
    devices: &[(DeviceName, &Seen)],
) -> Result<Option<(Key, bool)>, M::Error> {
    if memory.host(&sighting.host)?.is_some() {
        return Ok(None);
    }
    let mut earlier = None;
    for (name, _) in devices {
        let track = memory.track(name)?.unwrap_or_default();
        let stay = track
            .newest()
            .filter(|stay| stay.last_ms <= sighting.from_ms);
        match (stay.map(Stay::host), earlier) {
            (Some(host), None) => earlier = Some(host),
            (Some(host), Some(other)) if host == other => {}
            _ => return Ok(None),
        }
    }
    let Some(host) = earlier else {
        return Ok(None);
    };
    let names: BTreeSet<String> = devices.iter().map(|(name, _)| name.to_string()).collect();
    let last = memory.host(&host)?.unwrap_or_default();
    let whole = last.devices.iter().all(|name| names.contains(name));
    match whole {
        true => Ok(Some((host, memory.is_withdrawn(&host)?))),
        false => Ok(None),
    }
}

fn follow_device<M: Memory>(
    memory: &mut M,
    sighting: &Sighting,
    (name, seen): (&DeviceName, &Seen),
    replaced: Option<(Key, bool)>,
    findings: &mut Findings,
) -> Result<(), M::Error> {
    let mut track = memory.track(name)?.unwrap_or_default();
    let change = track.see(Stay {
        host: sighting.host.to_vec(),
        customer: sighting.customer.clone(),
        licence: sighting.licence.clone(),
        first_ms: sighting.from_ms,
        last_ms: sighting.until_ms,
        first_evidence: sighting.evidence.to_vec(),
        last_evidence: sighting.evidence.to_vec(),
        signed: (seen.basis == Basis::Signed).then_some(Span {
            first_ms: sighting.from_ms,
            last_ms: sighting.until_ms,
        }),
    });
    track.ids = seen.ids.or(track.ids);
    memory.set_track(name, track)?;
    let (kind, stay, basis) = match &change {
        Change::Nothing => return Ok(()),
        Change::Moved(stay, _) if replaced.is_some_and(|(host, _)| host == stay.host()) => {
            return Ok(());
        }
        Change::Moved(stay, basis) => (Kind::Moved, stay, basis),
        Change::Collides(stay, basis) => (Kind::OnTwoHosts, stay, basis),
    };
    let place = Place::of(sighting).after(stay.host(), stay.last_evidence());
    findings.add(kind, (name.clone(), *basis), None, &place);
    Ok(())
}

/// What the host holds now against what it held in the session measured before.
fn follow_host<M: Memory>(
    memory: &mut M,
    sighting: &Sighting,
    devices: &[(DeviceName, &Seen)],
    findings: &mut Findings,
) -> Result<(), M::Error> {
    let last = memory.host(&sighting.host)?.unwrap_or_default();
    if sighting.until_ms <= last.at_ms {
        return Ok(());
    }
    let names: BTreeSet<String> = devices.iter().map(|(name, _)| name.to_string()).collect();
    let place = Place::of(sighting).since(digest(&last.evidence));
    let count = names.len() + sighting.unnamed as usize;
    if count < last.devices.len() + last.unnamed as usize {
        for text in last.devices.iter().filter(|text| !names.contains(*text)) {
            let Ok(name) = text.parse::<DeviceName>() else {
                continue;
            };
            let track = memory.track(&name)?.unwrap_or_default();
            let Some(stay) = track.newest().filter(|stay| stay.host() == sighting.host) else {
                continue;
            };
            findings.add(Kind::Gone, (name, stay.basis()), None, &place);
        }
    }
    // A session in which nothing of a board was signed says nothing of its members.
    let missing: BTreeSet<Vec<u8>> = match &sighting.board {
        Some(board) => board.missing.iter().map(|pdi| pdi.to_vec()).collect(),
        None => last.missing.iter().cloned().collect(),
    };
    for pdi in missing.iter().filter(|pdi| !last.missing.contains(*pdi)) {
        let name = DeviceName::Pdi(pdi.as_slice().try_into().unwrap_or_default());
        findings.add(Kind::BoardIncomplete, (name, Basis::Signed), None, &place);
    }
    memory.set_host(
        &sighting.host,
        HostDevices {
            devices: names.into_iter().collect(),
            unnamed: sighting.unnamed,
            missing: missing.into_iter().collect(),
            at_ms: sighting.until_ms,
            evidence: sighting.evidence.to_vec(),
        },
    )
}

fn digest(bytes: &[u8]) -> Option<Digest> {
    bytes.try_into().ok().map(Digest)
}

/// Where and when something was found.
struct Place {
    hosts: Vec<Key>,
    evidence: Vec<Digest>,
    at_ms: u64,
}

impl Place {
    fn of(sighting: &Sighting) -> Self {
        Self {
            hosts: vec![sighting.host],
            evidence: vec![sighting.evidence],
            at_ms: sighting.until_ms,
        }
    }

    fn since(mut self, evidence: Option<Digest>) -> Self {
        let fresh = evidence.filter(|evidence| !self.evidence.contains(evidence));
        self.evidence.splice(0..0, fresh);
        self
    }

    fn after(mut self, host: Key, evidence: impl Into<Option<Digest>>) -> Self {
        if !self.hosts.contains(&host) {
            self.hosts.insert(0, host);
        }
        self.since(evidence.into())
    }
}

/// Findings under way: devices of one kind, alias and pair of hosts are one finding.
#[derive(Default)]
struct Findings(BTreeMap<(Kind, Option<Alias>, Vec<Key>), Finding>);

impl Findings {
    fn add(
        &mut self,
        kind: Kind,
        (device, basis): (DeviceName, Basis),
        alias: Option<&Alias>,
        place: &Place,
    ) {
        // All devices that one alias leads to are one finding, whichever hosts they were with.
        let hosts = match alias {
            Some(_) => Vec::new(),
            None => place.hosts.clone(),
        };
        let key = (kind, alias.cloned(), hosts);
        let finding = self.0.entry(key).or_insert_with(|| Finding {
            kind,
            basis,
            devices: Vec::new(),
            alias: alias.cloned(),
            hosts: place.hosts.clone(),
            evidence: place.evidence.clone(),
            at_ms: place.at_ms,
            licence: None,
        });
        finding.basis = finding.basis.min(basis);
        if !finding.devices.contains(&device) {
            finding.devices.push(device);
        }
        // What was measured before stands first.
        let hosts = place
            .hosts
            .iter()
            .filter(|host| !finding.hosts.contains(host));
        let hosts: Vec<Key> = hosts.copied().collect();
        finding.hosts.splice(0..0, hosts);
        let evidence = place.evidence.iter();
        let evidence = evidence.filter(|hash| !finding.evidence.contains(hash));
        let evidence: Vec<Digest> = evidence.copied().collect();
        finding.evidence.splice(0..0, evidence);
    }
}
