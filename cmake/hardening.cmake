# What every program of a Release build is hardened with (decision 46; scripts/check_hardening.py reads it from the result).
# Other builds leave it out: sanitizers watch for the same faults, and would get in each other's way.
set(VIGIE_HARDENING_COMPILE
  -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
  list(APPEND VIGIE_HARDENING_COMPILE -fcf-protection=full)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  list(APPEND VIGIE_HARDENING_COMPILE -mbranch-protection=standard)
endif()
set(VIGIE_HARDENING_LINK -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  include(CheckPIESupported)
  check_pie_supported(LANGUAGES C CXX)
  add_compile_options(${VIGIE_HARDENING_COMPILE})
  add_link_options(${VIGIE_HARDENING_LINK})
endif()
