#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <sstream>
#include <string>
#include <vector>

#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/exposition.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/tracer.hpp"
#include "tests/fakes/fake_telemetry_clock.hpp"
#include "tests/fakes/trace_capture.hpp"

namespace vigie::fakes {

/// A file in memory for a Log to write to.
class LogFile {
 public:
  LogFile() : fd_(memfd_create("log", MFD_CLOEXEC)) {}
  ~LogFile() { close(fd_); }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  int fd() const { return fd_; }
  std::string text() const {
    std::string text(static_cast<std::size_t>(lseek(fd_, 0, SEEK_END)), '\0');
    const ssize_t size = pread(fd_, text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }

 private:
  int fd_;
};

/// Everything that code under test wants of telemetry, and what it told. Every trace is kept.
struct CapturedTelemetry {
  FakeTelemetryClock clock{1000};
  telemetry::Ledger ledger;
  telemetry::Metrics metrics{telemetry::metrics::kAll};
  TraceCapture traces;
  telemetry::Tracer tracer{{telemetry::SamplerKind::kAlwaysOn, 1.0}, clock, ledger, &traces};
  LogFile log_file;
  telemetry::Log log{{"test", "0", telemetry::Severity::kDebug, log_file.fd()}, clock, ledger};

  /// The lines written so far, each a JSON object.
  std::vector<std::string> log_lines() {
    log.flush(std::chrono::seconds(10));
    std::vector<std::string> lines;
    std::istringstream text(log_file.text());
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }

  /// The value of one line of the classic exposition, such as `vigie_ready` or
  /// `vigie_auth_attempts_total{method="password",outcome="success"}` (labels by name); empty when
  /// there is none.
  std::string metric(const std::string& series) const {
    std::istringstream text(telemetry::exposition(metrics, telemetry::Format::kClassic));
    for (std::string line; std::getline(text, line);) {
      if (line.starts_with(series + " ")) return line.substr(series.size() + 1);
    }
    return {};
  }
};

}  // namespace vigie::fakes
