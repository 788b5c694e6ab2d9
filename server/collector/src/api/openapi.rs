//! `GET /v1/openapi.json`: the API's description, made from the handlers. Checked in as `openapi.json`.
//!
//! A new route: put `#[utoipa::path(…)]` on its handler, derive `ToSchema` for what it answers and takes,
//! `IntoParams` for its filters; name the handler in [`Described`] below; then
//! `DOMICILE_REGENERATE=1 cargo test -p domicile-collector --lib openapi`. Two types of one name need
//! `#[schema(as = …)]`: the names in the description are the API's. What is the same for every route
//! (problems, who may ask) is added by [`document`].

use super::problem::Problem;
use super::read::Rows;
use super::{
    attestations, belief, bundle, case_pack, cases, declarations, detail, devices, erasures,
    findings, flags, holds, hosts, lists, mesh, queries, records, registry, result,
};
use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Domicile collector",
        description = "Where hosts were measured to be, who asked, and what people made of it. Every \
                       request of a known user is in the append-only log before its answer goes out; \
                       `domicile-statement` is the collector's signed statement of the answer."
    ),
    paths(
        hosts::list,
        records::export,
        attestations::list,
        detail::show,
        bundle::export,
        belief::show,
        result::show,
        result::receipt,
        lists::incidents,
        lists::forks,
        lists::head,
        lists::shadow,
        devices::list,
        devices::show,
        findings::list,
        findings::licences,
        erasures::list,
        erasures::holds,
        holds::place,
        holds::lift,
        cases::list,
        cases::show,
        cases::open,
        cases::step,
        case_pack::pack,
        case_pack::records,
        mesh::findings,
        mesh::pairs,
        queries::list,
        flags::list,
        flags::show,
        declarations::list,
        declarations::declare_absence,
        registry::show,
        registry::change,
        registry::changes,
        registry::changed,
        show,
    ),
    components(schemas(Problem))
)]
struct Described;

/// The whole description.
pub(super) fn document() -> utoipa::openapi::OpenApi {
    let mut document = Described::openapi();
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(operation_id(method, path));
                refusable(operation);
            }
        }
    }
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("token", bearer);
    let token = SecurityRequirement::new::<_, [&str; 0], &str>("token", []);
    // Or a certificate of the auditor CA, which is shown before the first request.
    document.security = Some(vec![token, SecurityRequirement::default()]);
    document
}

/// Method and path: handlers of different modules have one name.
fn operation_id(method: &str, path: &str) -> String {
    let words = path.split(['/', '{', '}', '.']);
    let words = words.filter(|word| !word.is_empty() && *word != "v1");
    std::iter::once(method)
        .chain(words)
        .collect::<Vec<_>>()
        .join("-")
}

/// Every route may answer with a problem.
fn refusable(operation: &mut Operation) {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
    let response = ResponseBuilder::new()
        .description("Refused, and why: RFC 9457.")
        .content("application/problem+json", problem.build());
    let responses = &mut operation.responses.responses;
    responses.insert("default".to_owned(), response.build().into());
}

/// This description.
#[utoipa::path(
    get,
    path = "/v1/openapi.json",
    tag = "log",
    responses((status = 200, description = "An OpenAPI 3.1 document.", body = Object))
)]
pub(super) async fn show() -> Result<Rows, Problem> {
    Rows::json(1, &document())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const CHECKED_IN: &str = "openapi.json";

    #[test]
    fn the_description_that_is_checked_in_is_current() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(CHECKED_IN);
        let made = serde_json::to_string_pretty(&document()).unwrap() + "\n";
        if std::env::var_os("DOMICILE_REGENERATE").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let current = std::fs::read_to_string(&path).unwrap_or_default() == made;
        assert!(
            current,
            "{CHECKED_IN} is stale: DOMICILE_REGENERATE=1 cargo test -p domicile-collector --lib openapi"
        );
    }

    /// The router's source is the list of routes: axum does not tell them.
    #[test]
    fn every_route_is_described_and_nothing_else_is() {
        let source = include_str!("mod.rs");
        let mut routed: Vec<(String, &str)> = Vec::new();
        for part in source.split(".route(").skip(1) {
            let path = part.split('"').nth(1).unwrap();
            let until = part.find(".fallback").unwrap_or(part.len());
            for method in ["get", "put", "post"] {
                if part[..until].contains(&format!("{method}(")) {
                    routed.push((path.to_owned(), method));
                }
            }
        }
        assert!(routed.len() >= 22, "{routed:?}");
        let document = document();
        let mut described = Vec::new();
        for (path, item) in &document.paths.paths {
            let methods = [("get", &item.get), ("put", &item.put), ("post", &item.post)];
            for (method, operation) in methods {
                if let Some(operation) = operation {
                    assert!(
                        operation.description.is_some() || operation.summary.is_some(),
                        "{path}"
                    );
                    assert!(
                        operation.responses.responses.contains_key("default"),
                        "{path}"
                    );
                    described.push((path.clone(), method));
                }
            }
        }
        routed.sort();
        described.sort();
        assert_eq!(described, routed);
    }

    /// Two types under one name would describe one of the two routes wrongly.
    #[test]
    fn no_two_types_have_one_name() {
        let mut names = std::collections::BTreeMap::new();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            for part in text.split("ToSchema)]\n").skip(1) {
                let declared = part.split(" {").next().unwrap();
                let name = match declared.split_once("#[schema(as = ") {
                    Some((_, rest)) => rest.split(')').next(),
                    None => declared.split_whitespace().last(),
                };
                let name = name.unwrap().split('<').next().unwrap().to_owned();
                let other = names.insert(name.clone(), path.clone());
                assert_eq!(other, None, "{name} is in {} too", path.display());
            }
        }
        assert!(names.len() > 30, "{names:?}");
    }
}
