#include "server/storage/host_addresses.hpp"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace vigie::storage {
namespace {

using Options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

/// Of a conninfo, else of libpq's environment.
std::string value_of(const PQconninfoOption* option, std::string_view keyword) {
  for (; option->keyword != nullptr; ++option) {
    if (keyword != option->keyword) continue;
    if (option->val != nullptr) return option->val;
    const char* const inherited = option->envvar == nullptr ? nullptr : std::getenv(option->envvar);
    return inherited == nullptr ? "" : inherited;
  }
  return {};
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t comma = list.find(',');
    parts.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

bool is_socket(const std::string& host) {
  return host.empty() || host.front() == '/' || host.front() == '@';
}

bool is_numeric(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

struct FoundAddresses {
  std::vector<std::string> addresses;
  std::string fault;
};

/// Blocks its thread.
FoundAddresses addresses_of(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &raw);
  if (failure != 0) return {.addresses = {}, .fault = ::gai_strerror(failure)};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(raw, &::freeaddrinfo);
  FoundAddresses found;
  for (const addrinfo* each = list.get(); each != nullptr; each = each->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) != 0) {
      continue;
    }
    if (std::ranges::find(found.addresses, text.data()) == found.addresses.end()) {
      found.addresses.emplace_back(text.data());
    }
  }
  return found;
}

void append(std::string& list, std::string_view part, bool is_first) {
  if (!is_first) list += ',';
  list += part;
}

}  // namespace

struct HostAddresses::Host {
  std::string name;
  std::string port;
  bool is_looked_up = false;  // it is a name
  bool is_under_way = false;
  std::vector<std::string> addresses;
  std::string fault = "not looked up yet";
};

struct HostAddresses::State {
  std::mutex mutex;
  std::vector<Host> hosts;    // names and ports never change; the rest is guarded by mutex
  std::vector<Done> waiting;  // guarded by mutex
  std::size_t under_way = 0;  // guarded by mutex
};

HostAddresses::HostAddresses(const std::string& conninfo) : state_(std::make_shared<State>()) {
  const Options options(PQconninfoParse(conninfo.c_str(), nullptr), &PQconninfoFree);
  if (!options || !value_of(options.get(), "hostaddr").empty()) return;
  const std::vector<std::string> names = split(value_of(options.get(), "host"));
  const std::vector<std::string> ports = split(value_of(options.get(), "port"));
  if (ports.size() != 1 && ports.size() != names.size()) return;  // libpq says so
  for (std::size_t i = 0; i < names.size(); ++i) {
    Host host{.name = names[i], .port = ports.size() == 1 ? ports[0] : ports[i]};
    host.is_looked_up = !is_socket(host.name) && !is_numeric(host.name);
    if (!host.is_looked_up) host.addresses = {is_socket(host.name) ? "" : host.name};
    is_static_ = is_static_ && !host.is_looked_up;
    state_->hosts.push_back(std::move(host));
  }
}

HostAddresses::~HostAddresses() {
  const std::lock_guard lock(state_->mutex);
  state_->waiting.clear();
}

void HostAddresses::refresh(Done done) {
  std::vector<std::size_t> names;
  {
    const std::lock_guard lock(state_->mutex);
    state_->waiting.push_back(std::move(done));
    for (std::size_t i = 0; i < state_->hosts.size(); ++i) {
      Host& host = state_->hosts[i];
      if (!host.is_looked_up || std::exchange(host.is_under_way, true)) continue;
      names.push_back(i);
      ++state_->under_way;
    }
  }
  for (const std::size_t index : names) {
    try {
      // Detached: nothing ends a getaddrinfo, and a stop must not wait for it.
      std::thread([state = state_, index] { look_up(state, index); }).detach();
    } catch (const std::exception& error) {
      const std::lock_guard lock(state_->mutex);
      state_->hosts[index].fault = error.what();
      state_->hosts[index].is_under_way = false;
      ended(*state_);
    }
  }
}

void HostAddresses::look_up(const std::shared_ptr<State>& state, std::size_t index) {
  FoundAddresses found = addresses_of(state->hosts[index].name);
  const std::lock_guard lock(state->mutex);
  Host& host = state->hosts[index];
  host.is_under_way = false;
  host.fault = std::move(found.fault);
  if (!found.addresses.empty()) host.addresses = std::move(found.addresses);
  ended(*state);
}

/// Under the lock: the destructor's end is the end of all calls.
void HostAddresses::ended(State& state) {
  if (--state.under_way > 0) return;
  for (const Done& done : std::exchange(state.waiting, {})) done();
}

HostList HostAddresses::list(std::size_t first) const {
  HostList list;
  if (is_static_) return list;
  struct Place {
    const Host& host;
    const std::string& address;
  };
  const std::lock_guard lock(state_->mutex);
  std::vector<Place> places;
  for (const Host& host : state_->hosts) {
    for (const std::string& address : host.addresses) places.push_back({host, address});
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& [host, address] = places[(first + i) % places.size()];
    append(list.hosts, host.name, i == 0);
    append(list.addresses, address, i == 0);
    append(list.ports, host.port, i == 0);
  }
  return list;
}

std::string HostAddresses::fault() const {
  const std::lock_guard lock(state_->mutex);
  std::string text;
  for (const Host& host : state_->hosts) {
    if (!host.is_looked_up || !host.addresses.empty()) continue;
    append(text, "no address of \"" + host.name + "\": ", text.empty());
    text += host.is_under_way ? "the resolver does not answer" : host.fault;
  }
  return text;
}

}  // namespace vigie::storage
