#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/blob/azure_client.hpp"
#include "server/blob/sha256.hpp"
#include "server/domain/blob_store.hpp"

namespace vigie::blob {

/// A part of an upload is blocks that are staged under names of its own: parts that are written
/// twice never mix, and a receipt says which blocks are meant. Nothing is locked.
struct BlockNames {
  std::string write;  // 32 hexadecimal digits, of one writing of a part
  std::uint32_t count = 0;

  std::string token() const { return write + "." + std::to_string(count); }
  /// Nothing: no token of ours.
  static std::optional<BlockNames> parse(std::string_view token);
  /// The id of a block, as the service wants it: base64, all of one length.
  std::string id(std::uint32_t index) const;
};

/// The ids of a plan's blocks in their order. Nothing: a receipt is not ours, or there is none.
std::optional<std::vector<std::string>> block_ids(const domain::JoinPlan& plan);
/// The body of Put Block List.
std::shared_ptr<const std::string> block_list(const std::vector<std::string>& ids);
/// All ids of an answer to Get Block List.
std::vector<std::string> listed_blocks(std::string_view xml);

/// Stages one part, a block at a time: one block is all that it holds in memory.
class AzurePartSink final : public domain::PartSink {
 public:
  AzurePartSink(AzureClient& client, const domain::Context& context,
                const domain::PartPlace& place);

  domain::Result<void> write(std::string_view bytes) override;
  domain::Result<domain::PartReceipt> commit() override;

 private:
  domain::Result<void> stage();
  domain::Result<void> fail(domain::Error error);

  AzureClient& client_;
  const domain::Context context_;
  const domain::PartPlace place_;
  BlockNames names_;
  std::string buffer_;
  std::uint64_t bytes_ = 0;
  std::shared_ptr<Sha256> hash_;  // shared with work whose caller has left
  std::optional<domain::Error> failure_;
};

}  // namespace vigie::blob
