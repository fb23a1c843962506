#pragma once

#include <functional>
#include <vector>

#include "server/app/config.hpp"
#include "server/auth/argon2_hasher.hpp"
#include "server/auth/token_settings.hpp"
#include "server/domain/media.hpp"
#include "server/domain/password_resets.hpp"
#include "server/domain/sessions.hpp"
#include "server/domain/share_pool.hpp"
#include "server/http/api.hpp"
#include "server/net/runtime.hpp"
#include "server/net/server.hpp"
#include "server/preview/preview_process.hpp"
#include "server/storage/options.hpp"
#include "telemetry/config.hpp"

namespace vigie::app {

// The settings as each layer takes them.

net::RuntimeOptions public_runtime_options(const Config& config);
net::RuntimeOptions admin_runtime_options();
net::ServerOptions public_server_options(const Config& config);
net::ServerOptions admin_server_options(const Config& config);
std::vector<std::reference_wrapper<net::EventLoop>> loops_of(net::Runtime& runtime);
storage::DatabaseOptions database_options(const Config& config);
auth::TokenSettings token_settings(const Config& config);
auth::Argon2Cost argon2_cost(const Config& config);
domain::SharePool::Limits password_shares(const Config& config);
domain::ResetLimits reset_limits(const Config& config);
domain::SessionLifetimes session_lifetimes(const Config& config);
domain::MediaLimits media_limits(const Config& config);
http::ApiOptions api_options(const Config& config);
/// vigie-preview lies beside the running program.
preview::PreviewOptions preview_options(const Config& config);
/// Of a command that prints its outcome itself: spans and log lines would only be in the way.
telemetry::TelemetryConfig silent_telemetry();

}  // namespace vigie::app
