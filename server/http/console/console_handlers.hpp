#pragma once

#include <string_view>

#include "server/http/admin_handlers.hpp"

/// What people meet on the admin port. Each is a document that programs can read too; PageStage
/// shows it to browsers. Nothing here waits for anything outside of the process.
namespace vigie::http::console {

/// Where each kind of problem of the admin port is explained: the type of its problem documents.
inline constexpr std::string_view kProblemsPage = "/problems";

/// {"title", "links": [{"path", "title"}]}: what there is, for whoever comes by.
domain::Result<Response> show_start(AdminResources& resources, Exchange& exchange);
domain::Result<Response> show_changes(AdminResources& resources, Exchange& exchange);
domain::Result<Response> show_debug(AdminResources& resources, Exchange& exchange);

/// {"problems": [{"code", "status", "title"}]}.
domain::Result<Response> show_problems(AdminResources& resources, Exchange& exchange);

/// Health with numbers, traffic, routes, distinct errors, what changed, jobs, ledger.
domain::Result<Response> show_console(AdminResources& resources, Exchange& exchange);

}  // namespace vigie::http::console
