#include "telemetry/otlp/http_exporter.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <chrono>
#include <mutex>
#include <stdexcept>

#include "telemetry/gzip.hpp"
#include "telemetry/otlp/otlp_request.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::size_t kResponseBytesMax = std::size_t{64} * 1024;
constexpr std::size_t kDetailBytesMax = 200;

std::size_t collect_response(char* data, std::size_t size, std::size_t count, void* out) {
  auto& response = *static_cast<std::string*>(out);
  const std::size_t bytes = size * count;
  if (response.size() + bytes > kResponseBytesMax) return 0;
  response.append(data, bytes);
  return bytes;
}

bool is_retryable(long status) noexcept {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

void initialise_curl_once() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

struct OtlpHttpExporter::Transfer {
  Transfer(const OtlpOptions& options, const std::string& user_agent);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  void add_header(const std::string& header);
  /// Of any thread: `run` returns at once.
  void cancel() noexcept;
  CURLcode run();
  ExportOutcome perform(std::string_view body);
  ExportOutcome answered() const;
  ExportOutcome unanswered(CURLcode code) const;

  CURL* curl = nullptr;
  CURLM* multi = nullptr;
  curl_slist* headers = nullptr;
  bool is_compressed;
  std::string response;
  std::atomic<bool> is_cancelled{false};
};

OtlpHttpExporter::Transfer::Transfer(const OtlpOptions& options, const std::string& user_agent)
    : is_compressed(options.is_compressed) {
  initialise_curl_once();
  curl = curl_easy_init();
  multi = curl_multi_init();
  if (curl == nullptr || multi == nullptr)
    throw std::runtime_error("libcurl cannot be initialised");
  add_header("Content-Type: application/x-protobuf");
  add_header("Expect:");
  if (is_compressed) add_header("Content-Encoding: gzip");
  for (const auto& [name, value] : options.headers) {
    add_header(std::string(name).append(": ").append(value));
  }
  curl_easy_setopt(curl, CURLOPT_URL, options.url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, user_agent.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect_response);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &response);
  // A resolver that does not answer is not waited for at the end.
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
  if (!options.certificate.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, options.certificate.c_str());
  }
}

OtlpHttpExporter::Transfer::~Transfer() {
  curl_slist_free_all(headers);
  curl_easy_cleanup(curl);
  curl_multi_cleanup(multi);
}

void OtlpHttpExporter::Transfer::add_header(const std::string& header) {
  headers = curl_slist_append(headers, header.c_str());
}

void OtlpHttpExporter::Transfer::cancel() noexcept {
  is_cancelled.store(true);
  curl_multi_wakeup(multi);
}

// A loop of our own: curl_easy_perform looks once a second whether it should stop.
CURLcode OtlpHttpExporter::Transfer::run() {
  constexpr int kPollMs = 1000;
  CURLcode code = CURLE_ABORTED_BY_CALLBACK;
  curl_multi_add_handle(multi, curl);
  int running = 1;
  while (!is_cancelled.load() && curl_multi_perform(multi, &running) == CURLM_OK && running > 0) {
    curl_multi_poll(multi, nullptr, 0, kPollMs, nullptr);
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  }
  curl_multi_remove_handle(multi, curl);
  return code;
}

ExportOutcome OtlpHttpExporter::Transfer::perform(std::string_view body) {
  response.clear();
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  const CURLcode code = run();
  return code == CURLE_OK ? answered() : unanswered(code);
}

ExportOutcome OtlpHttpExporter::Transfer::answered() const {
  long status = 0;
  curl_off_t retry_after = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
  ExportOutcome outcome;
  outcome.http_status = static_cast<int>(status);
  if (status >= 200 && status < 300) {
    outcome.status = ExportOutcome::Status::kTaken;
    outcome.rejected_count = rejected_record_count(response);
    return outcome;
  }
  outcome.status =
      is_retryable(status) ? ExportOutcome::Status::kRetry : ExportOutcome::Status::kRefused;
  if (retry_after > 0) outcome.retry_after = std::chrono::seconds(retry_after);
  outcome.detail = "HTTP status " + std::to_string(status);
  return outcome;
}

// No answer came, so nothing says that the batch cannot be taken: all such faults are retried.
ExportOutcome OtlpHttpExporter::Transfer::unanswered(CURLcode code) const {
  ExportOutcome outcome;
  outcome.status = ExportOutcome::Status::kRetry;
  outcome.detail = std::string(curl_easy_strerror(code)).substr(0, kDetailBytesMax);
  return outcome;
}

OtlpHttpExporter::OtlpHttpExporter(const OtlpOptions& options, const std::string& user_agent)
    : transfer_(std::make_unique<Transfer>(options, user_agent)) {}

OtlpHttpExporter::~OtlpHttpExporter() = default;

ExportOutcome OtlpHttpExporter::send(const EncodedBatch& batch) {
  const bool is_gzip = batch.coding == Coding::kGzip;
  // Its spool was told what this endpoint takes.
  assert(!is_gzip || transfer_->is_compressed);
  if (is_gzip || !transfer_->is_compressed) return transfer_->perform(batch.bytes);
  return transfer_->perform(gzip(batch.bytes));
}

void OtlpHttpExporter::cancel() noexcept { transfer_->cancel(); }

}  // namespace vigie::telemetry
