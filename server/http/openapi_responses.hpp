#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/route.hpp"

/// Nodes of the API description.
namespace vigie::http::openapi {

using Json = nlohmann::ordered_json;

/// To a component of that kind.
Json reference(std::string_view kind, std::string_view name);

/// Content of bytes of any type, in the words that generators of clients know for them.
Json bytes(std::string_view media_type);

/// Content of a schema, with the one of `examples` that has its name.
Json content(std::string_view media_type, std::string_view schema, const Json& examples);

/// The responses of operations. What several operations may answer is a component: its name says
/// its status and, of a refusal, every code that comes with it.
class Responses {
 public:
  /// Pre: `examples` outlives this.
  explicit Responses(const Json& examples) : examples_(examples) {}

  /// By status.
  Json of(const Route& route);

  /// The components that what was answered refers to.
  const std::map<std::string, Json>& shared() const { return shared_; }
  const std::map<std::string, Json>& problem_examples() const { return problem_examples_; }

 private:
  Json success(const Route& route);
  Json problem(int status, const std::vector<const ProblemType*>& types, bool is_patch);
  Json share(const std::string& name, Json response);

  const Json& examples_;
  std::map<std::string, Json> shared_;
  std::map<std::string, Json> problem_examples_;
};

}  // namespace vigie::http::openapi
