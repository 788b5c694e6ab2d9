//! What each logged record does to the index. The committer and a rebuild both come through here,
//! so that a rebuilt index gives the same answers. Applying a record again changes nothing.

use super::index::{Index, IndexError, put, row};
use super::rows::{DocumentRow, EvidenceRow, ForkRow, HostRow, IncidentRow, MarkRow, TokenRow};
use domicile_certs::x509::Fields;
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::devices::chain_hash;
use domicile_proto::sign::sha256;
use domicile_proto::token::Token;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire;
use rustls_pki_types::CertificateDer;

/// Longest record that is decoded, bytes.
pub(super) const LIMIT: usize = domicile_proto::directory::MAX_BYTES + 64 * 1024;

/// A record as the index wants it.
pub(super) struct Logged<'a> {
    pub(super) index: u64,
    pub(super) kind: Kind,
    pub(super) time_ms: u64,
    pub(super) leaf_hash: [u8; 32],
    /// Size of the log after the append that brought it.
    pub(super) batch_end: u64,
    pub(super) payload: &'a [u8],
}

impl Logged<'_> {
    pub(super) fn decode<M: prost::Message + Default>(&self) -> Result<M, IndexError> {
        codec::decode(self.payload, LIMIT).map_err(|error| self.problem(&error))
    }

    pub(super) fn problem(&self, error: &dyn std::fmt::Display) -> IndexError {
        IndexError::Record {
            index: self.index,
            kind: self.kind.name(),
            problem: error.to_string(),
        }
    }

    pub(super) fn key(&self, bytes: &[u8]) -> Result<Key, IndexError> {
        Key::read("key", bytes).map_err(|error| self.problem(&error))
    }

    pub(super) fn signed(&self, bytes: &[u8]) -> Result<wire::Signed, IndexError> {
        codec::decode(bytes, LIMIT).map_err(|error| self.problem(&error))
    }

    fn payload_of<M: prost::Message + Default>(&self, signed: &[u8]) -> Result<M, IndexError> {
        let signed = self.signed(signed)?;
        codec::decode(&signed.payload, LIMIT).map_err(|error| self.problem(&error))
    }
}

impl Index {
    /// Applies one record and counts it in `mark`.
    pub(super) fn apply(&self, record: &Logged<'_>, mark: &mut MarkRow) -> Result<(), IndexError> {
        match record.kind {
            Kind::Evidence => {
                mark.evidences += 1;
                self.apply_evidence(record)?;
            }
            Kind::Verdict => {
                mark.verdicts += 1;
                self.apply_verdict(record)?;
            }
            Kind::Enrolment => {
                mark.enrolments += 1;
                self.apply_enrolment(record)?;
            }
            Kind::CertificateChain => self.apply_chain(record)?,
            Kind::DeviceChain => self.apply_device_chain(record)?,
            Kind::Directory => self.apply_directory(record)?,
            Kind::Policy => {
                let document = document(record, sha256(record.payload));
                put(&self.policies, &record.index.to_be_bytes(), &document)?;
            }
            Kind::Withdrawal => self.apply_withdrawal(record)?,
            Kind::Liveness => self.apply_liveness(record)?,
            Kind::Fork => {
                mark.forks += 1;
                self.apply_fork(record)?;
            }
            Kind::Mesh => self.apply_mesh(record)?,
            Kind::AnchorIncident => self.apply_anchor_incident(record)?,
            Kind::DeviceFinding => self.apply_device_finding(record)?,
            Kind::Territories | Kind::Revocation | Kind::PolicyPack => {}
            Kind::AuditRead => self.apply_request(record)?,
            Kind::Access => {
                let document = document(record, sha256(record.payload));
                put(&self.access, &record.index.to_be_bytes(), &document)?;
            }
            Kind::LogKey => self.apply_log_key(record)?,
            Kind::Erasure => self.apply_erasure(record)?,
            Kind::LegalHold => self.apply_hold(record)?,
            Kind::Roster => self.apply_roster(record)?,
            Kind::Flag => {
                self.tell_flag(record)?;
                self.apply_flag(record)?;
            }
            Kind::Registry => self.apply_registry(record)?,
            Kind::Declaration => self.apply_declaration(record)?,
            Kind::Outage => self.apply_outage(record)?,
            Kind::Case => self.apply_case(record)?,
        }
        mark.reach(record.index, &record.leaf_hash);
        Ok(())
    }

    fn apply_evidence(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let logged: wire::EvidenceRecord = record.decode()?;
        let evidence: wire::Evidence = record.payload_of(&logged.evidence)?;
        let id = sha256(&logged.evidence);
        let host = record.key(&evidence.agent_key)?;
        self.note(record, &host, Some(&id))?;
        if self.evidence(&id)?.is_none() {
            let row = EvidenceRow {
                host: host.to_vec(),
                evidence_index: record.index,
                leaf_hash: record.leaf_hash.to_vec(),
                batch_end: record.batch_end,
                received_ms: logged.received_ms,
                boot_epoch: evidence.boot_epoch.clone(),
                sequence: evidence.sequence,
                certificate_hash: evidence.certificate_hash.clone(),
                directory_version: evidence.directory_version,
                chain: logged.chain.clone(),
                ..EvidenceRow::default()
            };
            put(&self.evidence, &id.0, &row)?;
            self.keep_sighting(&id, &evidence)?;
        }
        let (nonces, nonce) = self.nonce_place(&host, &evidence.nonce)?;
        keep_first(&nonces, &nonce, &id)?;
        let place = sequence_key(&host, &evidence.boot_epoch, evidence.sequence);
        keep_first(&self.sequences, &place, &id)?;
        if !evidence.previous_hash.is_empty() {
            let after = [&host.0[..], &evidence.previous_hash].concat();
            keep_first(&self.successors, &after, &id)?;
        }
        self.change_host(&host, |row| {
            if row.newest_evidence.is_empty() || record.index > row.newest_index {
                row.newest_evidence = id.to_vec();
                row.newest_index = record.index;
            }
            row.logged_seen_ms = row.logged_seen_ms.max(logged.received_ms);
        })
    }

    fn apply_verdict(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let verdict: wire::Verdict = record.payload_of(record.payload)?;
        let id = Digest::read("evidence_hash", &verdict.evidence_hash)
            .map_err(|error| record.problem(&error))?;
        let Some(mut row) = self.evidence(&id)? else {
            return Err(record.problem(&"its evidence is not in the log"));
        };
        let host = record.key(&row.host)?;
        self.note(record, &host, None)?;
        let at_ms = match verdict.measured_until_ms {
            0 => row.received_ms,
            until => until,
        };
        row.judged = true;
        row.verdict_index = record.index;
        row.value = verdict.value;
        row.tier = verdict.required_tier;
        row.binding = verdict.binding;
        row.measured_from_ms = verdict.measured_from_ms;
        row.measured_until_ms = verdict.measured_until_ms;
        row.judged_ms = verdict.judged_ms;
        row.expires_ms = verdict.expires_ms;
        row.licence = verdict.licence.clone();
        row.deciding_votes = required_tier(&verdict)
            .map(|tier| tier.deciding_votes.clone())
            .unwrap_or_default();
        row.at_ms = at_ms;
        put(&self.evidence, &id.0, &row)?;
        let timed = [&at_ms.to_be_bytes()[..], &id.0].concat();
        self.day(at_ms)?.insert(&timed, &[])?;
        self.by_host.insert([&host.0[..], &timed].concat(), &[])?;
        self.apply_incident(record, &verdict, at_ms)?;
        self.apply_sighting(record, &verdict, at_ms)?;
        self.change_host(&host, |row| {
            if row.verdict_evidence.is_empty() || at_ms >= row.verdict_at_ms {
                row.verdict_evidence = id.to_vec();
                row.verdict_at_ms = at_ms;
            }
        })
    }

    /// F is empty but F_f is not: somebody among the anchors lies or fails, and the verdict says
    /// which votes would have to.
    fn apply_incident(
        &self,
        record: &Logged<'_>,
        verdict: &wire::Verdict,
        at_ms: u64,
    ) -> Result<(), IndexError> {
        let Some(tier) = required_tier(verdict) else {
            return Ok(());
        };
        if tier.lying_votes.is_empty() || verdict.value == wire::VerdictValue::Inconsistent as i32 {
            return Ok(());
        }
        let key = tier.lying_votes.join("\n");
        let mut incident: IncidentRow =
            row(&self.incidents, key.as_bytes(), "incidents")?.unwrap_or_default();
        if incident.attestations > 0 && record.index <= incident.last_index {
            return Ok(());
        }
        incident.first_ms = match incident.attestations {
            0 => at_ms,
            _ => incident.first_ms.min(at_ms),
        };
        incident.last_ms = incident.last_ms.max(at_ms);
        incident.attestations += 1;
        incident.last_index = record.index;
        incident.trust_domains.clone_from(&tier.lying_votes);
        put(&self.incidents, key.as_bytes(), &incident)
    }

    fn apply_enrolment(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let enrolment: wire::EnrolmentRecord = record.decode()?;
        let host = record.key(&enrolment.agent_key)?;
        self.note(record, &host, None)?;
        let token = Token::read(&record.signed(&enrolment.token)?)
            .map_err(|error| record.problem(&error))?;
        let mut uses: TokenRow = row(&self.tokens, &token.id, "tokens")?.unwrap_or_default();
        if uses.uses == 0 || record.index > uses.last_index {
            uses.uses += 1;
            uses.last_index = record.index;
            put(&self.tokens, &token.id, &uses)?;
        }
        if self.host(&host)?.is_some() {
            return Ok(());
        }
        let row = HostRow {
            enrolment_index: record.index,
            enrolment_hash: sha256(record.payload).to_vec(),
            token_id: token.id.to_vec(),
            machine_id_hash: enrolment.machine_id_hash,
            customer: token.customer,
            operator: token.operator,
            site: token.site,
            metro: token.metro,
            territory: String::from_utf8_lossy(&token.territory).into_owned(),
            licence: token.licence,
            enrolled_ms: enrolment.enrolled_ms,
            ..HostRow::default()
        };
        put(&self.hosts, &host.0, &row)
    }

    fn apply_chain(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let chain: wire::CertificateChainRecord = record.decode()?;
        let place = record.index.to_be_bytes();
        let key = sha256(&chain.leaf).0;
        // The first logged is the one that is named.
        let _kept = self
            .chains
            .compare_and_swap(key, None::<&[u8]>, Some(&place))?;
        let fields = Fields::read(&CertificateDer::from(chain.leaf.as_slice()))
            .map_err(|error| record.problem(&error))?;
        self.serials
            .insert([fields.key.0.as_slice(), &fields.serial.0].concat(), &[])?;
        Ok(())
    }

    fn apply_device_chain(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let chain: wire::DeviceChainRecord = record.decode()?;
        let place = record.index.to_be_bytes();
        let key = chain_hash(&chain.certificates).0;
        // The first logged is the one that is named.
        let _kept = self
            .device_chains
            .compare_and_swap(key, None::<&[u8]>, Some(&place))?;
        Ok(())
    }

    fn apply_directory(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let directory: wire::Directory = record.payload_of(record.payload)?;
        let row = document(record, sha256(record.payload));
        put(&self.directories, &directory.version.to_be_bytes(), &row)
    }

    fn apply_withdrawal(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let logged: wire::WithdrawalRecord = record.decode()?;
        let withdrawal: wire::Withdrawal = record.payload_of(&logged.withdrawal)?;
        let host = record.key(&withdrawal.agent_key)?;
        self.note(record, &host, None)?;
        self.change_host(&host, |row| {
            if row.withdrawn_ms == 0 {
                row.withdrawn_ms = logged.received_ms;
            }
        })
    }

    fn apply_liveness(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let logged: wire::LivenessRecord = record.decode()?;
        let liveness: wire::Liveness = record.payload_of(&logged.liveness)?;
        let host = record.key(&liveness.agent_key)?;
        self.note(record, &host, None)?;
        self.change_host(&host, |row| {
            row.logged_seen_ms = row.logged_seen_ms.max(logged.received_ms);
        })
    }

    fn apply_fork(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let fork: wire::ForkRecord = record.decode()?;
        let evidence: wire::Evidence = record.payload_of(&fork.evidence)?;
        self.note(record, &record.key(&evidence.agent_key)?, None)?;
        let row = ForkRow {
            host: evidence.agent_key,
            first_hash: fork.first_hash.clone(),
            received_ms: fork.received_ms,
            log_index: record.index,
        };
        let pair = [fork.first_hash.as_slice(), &sha256(&fork.evidence).0].concat();
        self.fork_ids.insert(pair, &[])?;
        let key = [fork.received_ms.to_be_bytes(), record.index.to_be_bytes()].concat();
        put(&self.forks, &key, &row)
    }

    fn change_host(&self, host: &Key, change: impl FnOnce(&mut HostRow)) -> Result<(), IndexError> {
        let Some(mut row) = self.host(host)? else {
            return Ok(()); // Not enrolled here: only damaged logs hold such a record.
        };
        change(&mut row);
        put(&self.hosts, &host.0, &row)
    }
}

fn document(record: &Logged<'_>, hash: Digest) -> DocumentRow {
    DocumentRow {
        log_index: record.index,
        hash: hash.to_vec(),
        time_ms: record.time_ms,
    }
}

fn required_tier(verdict: &wire::Verdict) -> Option<&wire::TierResult> {
    verdict
        .tiers
        .iter()
        .find(|tier| tier.tier == verdict.required_tier)
}

fn keep_first(tree: &sled::Tree, key: &[u8], id: &Digest) -> Result<(), IndexError> {
    // An error of the inner result says that a first one is there, which stays.
    let _kept = tree.compare_and_swap(key, None::<&[u8]>, Some(&id.0[..]))?;
    Ok(())
}

/// Key in `sequences`.
pub(super) fn sequence_key(host: &Key, boot_epoch: &[u8], sequence: u64) -> Vec<u8> {
    [&host.0[..], boot_epoch, &sequence.to_be_bytes()].concat()
}
