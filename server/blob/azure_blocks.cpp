#include "server/blob/azure_blocks.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "server/blob/offload.hpp"
#include "server/blob/random_name.hpp"
#include "server/platform/core/base64.hpp"
#include "server/platform/core/hex.hpp"

namespace vigie::blob {

using domain::Result;

namespace {

constexpr std::size_t kBlockBytes = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kWriteDigits = 32;
constexpr std::size_t kIndexDigits = 5;

}  // namespace

std::optional<BlockNames> BlockNames::parse(std::string_view token) {
  const std::string_view write = token.substr(0, kWriteDigits);
  if (token.size() < kWriteDigits + 2 || token[kWriteDigits] != '.' ||
      !std::ranges::all_of(write, core::is_hex_digit)) {
    return std::nullopt;
  }
  BlockNames names{.write = std::string(write)};
  const char* const end = token.data() + token.size();
  const auto [rest, error] = std::from_chars(token.data() + kWriteDigits + 1, end, names.count);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return names;
}

std::string BlockNames::id(std::uint32_t index) const {
  const std::string digits = std::to_string(index);
  return core::base64(
      write + std::string(kIndexDigits - std::min(kIndexDigits, digits.size()), '0') + digits);
}

std::optional<std::vector<std::string>> block_ids(const domain::JoinPlan& plan) {
  if (plan.parts.empty()) return std::nullopt;
  std::vector<std::string> ids;
  for (const domain::PartReceipt& receipt : plan.parts) {
    const auto names = BlockNames::parse(receipt.token);
    if (!names || names->count > receipt.bytes) return std::nullopt;
    for (std::uint32_t index = 0; index < names->count; ++index) ids.push_back(names->id(index));
  }
  return ids;
}

std::shared_ptr<const std::string> block_list(const std::vector<std::string>& ids) {
  std::string xml = R"(<?xml version="1.0" encoding="utf-8"?><BlockList>)";
  for (const std::string& id : ids) xml.append("<Latest>").append(id).append("</Latest>");
  return std::make_shared<const std::string>(xml.append("</BlockList>"));
}

std::vector<std::string> listed_blocks(std::string_view xml) {
  constexpr std::string_view kBegin = "<Name>";
  constexpr std::string_view kEnd = "</Name>";
  std::vector<std::string> ids;
  for (std::size_t at = 0; (at = xml.find(kBegin, at)) != std::string_view::npos;) {
    at += kBegin.size();
    const std::size_t end = xml.find(kEnd, at);
    if (end == std::string_view::npos) break;
    ids.emplace_back(xml.substr(at, end - at));
  }
  return ids;
}

AzurePartSink::AzurePartSink(AzureClient& client, const domain::Context& context,
                             const domain::PartPlace& place)
    : client_(client),
      context_(context),
      place_(place),
      names_{.write = random_name()},
      hash_(std::make_shared<Sha256>()) {}

Result<void> AzurePartSink::write(std::string_view bytes) {
  if (failure_) return *failure_;
  bytes_ += bytes.size();
  if (bytes_ > place_.bytes) {
    return fail(
        {.code = domain::Code::kValidationFailed, .message = "The part is longer than was said."});
  }
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), kBlockBytes - buffer_.size());
    buffer_.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    if (buffer_.size() < kBlockBytes) continue;
    if (auto staged = stage(); !staged) return staged;
  }
  return {};
}

Result<void> AzurePartSink::stage() {
  const auto body = std::make_shared<const std::string>(std::move(buffer_));
  buffer_.clear();
  auto hashed = offload(client_.pool(), context_.deadline, [hash = hash_, body]() -> Result<void> {
    hash->update(*body);
    return {};
  });
  if (!hashed) return fail(std::move(hashed).error());
  const AzureRequest request{.method = "PUT",
                             .blob = place_.upload,
                             .query = {{"blockid", names_.id(names_.count)}, {"comp", "block"}},
                             .body = body};
  auto staged = client_.call(context_, request);
  if (!staged) return fail(std::move(staged).error());
  if (staged->status != 201) return fail(AzureClient::refused(request, *staged));
  ++names_.count;
  return {};
}

Result<void> AzurePartSink::fail(domain::Error error) {
  failure_ = std::move(error);
  return *failure_;
}

Result<domain::PartReceipt> AzurePartSink::commit() {
  if (failure_) return *failure_;
  if (!buffer_.empty()) {
    if (auto staged = stage(); !staged) return std::move(staged).error();
  }
  return domain::PartReceipt{.bytes = bytes_, .hash = hash_->finish(), .token = names_.token()};
}

}  // namespace vigie::blob
