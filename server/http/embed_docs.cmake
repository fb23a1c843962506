# Writes `output`: a C++ source that holds the text of `input`.
file(READ ${input} text)
file(WRITE ${output} "#include \"server/http/docs.hpp\"

namespace vigie::http {

std::string_view docs_html() noexcept {
  static constexpr std::string_view kText = R\"html(${text})html\";
  return kText;
}

}  // namespace vigie::http
")
