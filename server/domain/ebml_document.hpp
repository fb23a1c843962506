#pragma once

#include <string_view>

namespace vigie::domain {

/// The type of an EBML document (RFC 8794) by the DocType in its header, wherever that stands in
/// it. Empty: it is none, or of no DocType known here.
std::string_view ebml_document_type(std::string_view head) noexcept;

}  // namespace vigie::domain
