//! `GET /v1/devices`, `/v1/devices/{name}`: where each device was seen.

use super::problem::Problem;
use super::read::{Rows, Who};
use super::sight::Sight;
use super::{cursor, limit, page, time};
use crate::service::Service;
use axum::Extension;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use domicile_fleet::{DeviceName, PciIds, Stay};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa::ToSchema;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Of this customer.
    customer: Option<String>,
    /// Under this licence.
    licence: Option<String>,
    /// Rows of a page, 1 to 1000; 100 by default.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = DevicePage)]
struct Page {
    items: Vec<Device>,
    next: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Device {
    device: String,
    /// `vendor:device`, as the host says.
    pci: Option<String>,
    pci_subsystem: Option<String>,
    /// Newest first.
    stays: Vec<Place>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = DeviceStay)]
struct Place {
    host: String,
    customer: String,
    licence: String,
    basis: &'static str,
    first: Option<String>,
    last: Option<String>,
    first_evidence: String,
    last_evidence: String,
}

/// Devices by name, each with the host it is with.
#[utoipa::path(
    get,
    path = "/v1/devices",
    tag = "devices",
    params(Filter),
    responses((status = 200, body = Page))
)]
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Rows, Problem> {
    let Query(filter) = filter.map_err(|error| Problem::query(error.body_text()))?;
    let mut sight = Sight::of(&service, &caller);
    let page = tokio::task::block_in_place(|| page(&service, &mut sight, &filter))?;
    Ok(Rows::json(page.items.len(), &page)?.about(sight))
}

fn page(service: &Service, sight: &mut Sight<'_>, filter: &Filter) -> Result<Page, Problem> {
    let most = limit(filter.limit)?;
    let after = cursor::device(sight.open(filter.cursor.as_deref())?.as_deref())?;
    let (items, next) = page::scan(
        most,
        after,
        |after| Ok(service.store.devices(after, most)?),
        |name, track| {
            let newest = track.newest().filter(|stay| filter.wants(stay));
            let Some(stay) = newest else { return Ok(None) };
            if !sight.sees(&stay.host())? {
                return Ok(None);
            }
            sight.shows(&stay.host());
            Ok(Some(device(name, track.ids, vec![place(stay)])))
        },
    )?;
    Ok(Page {
        items,
        next: next.map(|name| sight.seal(cursor::of_device(&name))),
    })
}

impl Filter {
    fn wants(&self, stay: &Stay) -> bool {
        let is = |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|w| w == value);
        is(&self.customer, &stay.customer) && is(&self.licence, &stay.licence)
    }
}

/// One device with every stay that is kept and may be seen.
#[utoipa::path(
    get,
    path = "/v1/devices/{name}",
    tag = "devices",
    params(("name" = String, Path, description = "The device's name, as lists show it.")),
    responses((status = 200, body = Device))
)]
pub(super) async fn show(
    State(service): State<Arc<Service>>,
    Extension(caller): Who,
    name: Result<Path<String>, PathRejection>,
) -> Result<Rows, Problem> {
    let name = name
        .ok()
        .and_then(|Path(name)| name.parse::<DeviceName>().ok());
    let name = name.ok_or_else(|| Problem::missing("no device has this name"))?;
    let mut sight = Sight::of(&service, &caller);
    let shown = tokio::task::block_in_place(|| shown(&service, &mut sight, &name))?;
    let shown = shown.ok_or_else(|| Problem::missing("no device has this name"))?;
    Ok(Rows::json(1, &shown)?.about(sight))
}

/// Its stays with hosts that the caller may see; `None` if there is none.
fn shown(
    service: &Service,
    sight: &mut Sight<'_>,
    name: &DeviceName,
) -> Result<Option<Device>, Problem> {
    let Some(track) = service.store.device(name)? else {
        return Ok(None);
    };
    let mut stays = Vec::new();
    for stay in track.stays.iter().rev() {
        if sight.sees(&stay.host())? {
            sight.shows(&stay.host());
            stays.push(place(stay));
        }
    }
    // The ids are of the newest stay.
    let newest = track.newest().map(Stay::host);
    let own = newest.map(|host| sight.sees(&host)).transpose()?;
    let ids = track.ids.filter(|_| own == Some(true));
    Ok((!stays.is_empty()).then(|| device(name, ids, stays)))
}

fn device(name: &DeviceName, ids: Option<PciIds>, stays: Vec<Place>) -> Device {
    let pair = |vendor: u32, device: u32| format!("{vendor:04x}:{device:04x}");
    Device {
        device: name.to_string(),
        pci: ids.map(|ids| pair(ids.vendor, ids.device)),
        pci_subsystem: ids.map(|ids| pair(ids.subsystem_vendor, ids.subsystem_device)),
        stays,
    }
}

fn place(stay: &Stay) -> Place {
    Place {
        host: stay.host().to_string(),
        customer: stay.customer.clone(),
        licence: stay.licence.clone(),
        basis: stay.basis().name(),
        first: time::text(stay.first_ms),
        last: time::text(stay.last_ms),
        first_evidence: stay.first_evidence().to_string(),
        last_evidence: stay.last_evidence().to_string(),
    }
}
