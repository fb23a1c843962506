# Writes a C++ source with the common passwords.
# cmake -DINPUT=… -DOUTPUT=… -P embed.cmake
file(STRINGS "${INPUT}" lines)
set(text "#include \"server/domain/password_rules.hpp\"\n\nnamespace vigie::domain {\n\n// Generated from server/domain/passwords/common.txt.\nconst std::string_view kCommonPasswords =")
foreach(line IN LISTS lines)
  string(APPEND text "\n    \"${line} \"")
endforeach()
string(APPEND text ";\n\n}  // namespace vigie::domain\n")
file(WRITE "${OUTPUT}" "${text}")
