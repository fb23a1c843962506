#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vigie::storage {

/// Where to connect to, as libpq takes it: comma-separated lists of one length. All are empty when
/// the conninfo needs no help: it names socket directories, or addresses already.
struct HostList {
  std::string hosts;
  std::string addresses;
  std::string ports;

  bool empty() const noexcept { return hosts.empty(); }
};

/// The addresses of the hosts of a conninfo. libpq would look names up on the thread that connects,
/// and a resolver that is silent keeps that for many seconds; here each name has a thread of its
/// own while it is looked up. Addresses are kept: while a resolver is silent or fails, the last
/// ones count. Thread-safe.
class HostAddresses {
 public:
  using Done = std::function<void()>;

  /// What cannot be parsed is left for libpq to refuse. A service file is not read here: give the
  /// host in the conninfo.
  explicit HostAddresses(const std::string& conninfo);
  ~HostAddresses();
  HostAddresses(const HostAddresses&) = delete;
  HostAddresses& operator=(const HostAddresses&) = delete;

  /// Nothing to look up: `list` is complete.
  bool is_static() const noexcept { return is_static_; }
  /// Looks every name up anew, joining a look-up that is under way. `done` is called once when all
  /// have ended, perhaps long after, on any thread, and never once this object is gone. It does not
  /// call back. Pre: not static.
  void refresh(Done done);
  /// As known now, each address of each host in its place, beginning with the `first`th of them
  /// (modulo their number): so another address is tried first after each failure.
  HostList list(std::size_t first) const;
  /// Why `list` is empty though there are names.
  std::string fault() const;

 private:
  struct Host;
  struct State;

  static void look_up(const std::shared_ptr<State>& state, std::size_t index);
  static void ended(State& state);

  bool is_static_ = true;
  /// Shared with the threads that look up: nothing can end them.
  std::shared_ptr<State> state_;
};

}  // namespace vigie::storage
