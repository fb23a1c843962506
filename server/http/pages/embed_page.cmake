# Writes `output`: a C++ source with the page `name`, made of NAME.html, NAME.css and NAME.js (if any) in `directory`, and the
# Content-Security-Policy under which it works: this style and this script by their hashes, data from where the page is
# from, and nothing else.
# cmake -D directory=… -D name=… -D output=… -P embed_page.cmake

# The base64 of a SHA-256 (43 digits and '='), as CSP wants it: three hexadecimal digits are two of base64.
function(base64_of_hash hash out)
  set(digits "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  string(APPEND hash "00")  # 66 digits: the last two of base64 are 'x' and padding
  set(text "")
  foreach(at RANGE 0 63 3)
    string(SUBSTRING ${hash} ${at} 3 piece)
    math(EXPR high "0x${piece} >> 6")
    math(EXPR low "0x${piece} & 63")
    string(SUBSTRING ${digits} ${high} 1 first)
    string(SUBSTRING ${digits} ${low} 1 second)
    string(APPEND text "${first}${second}")
  endforeach()
  string(SUBSTRING ${text} 0 43 text)
  set(${out} "${text}=" PARENT_SCOPE)
endfunction()

file(READ ${directory}/${name}.html page)
foreach(part IN ITEMS style:css script:js)
  string(REPLACE ":" ";" part ${part})
  list(GET part 0 element)
  list(GET part 1 extension)
  set(${element}_source "'none'")
  if(NOT EXISTS ${directory}/${name}.${extension})
    continue()
  endif()
  file(READ ${directory}/${name}.${extension} text)
  string(PREPEND text "\n")
  string(SHA256 hash "${text}")
  base64_of_hash(${hash} encoded)
  set(${element}_source "'sha256-${encoded}'")
  string(REPLACE "@${element}@" "${text}" page "${page}")
endforeach()

file(WRITE ${output} "#include \"server/http/page.hpp\"

namespace vigie::http::pages {

const Page& ${name}() noexcept {
  static constexpr Page kPage{
      .html = R\"html(${page})html\",
      .content_security_policy =
          \"default-src 'none'; style-src ${style_source}; script-src ${script_source}; \"
          \"connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\"};
  return kPage;
}

}  // namespace vigie::http::pages
")
