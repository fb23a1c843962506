#pragma once

#include <cstdint>

namespace vigie::preview {

struct ConfinementLimits {
  std::uint64_t memory_bytes_max = 0;
  std::uint64_t cpu_seconds_max = 0;
};

// What this process gives up before it looks at its input, in two steps because libraries open
// files when they start. Threat: the decoder is taken over by what it reads. What is left to it is
// to compute, to read standard input and to write to standard output, within bounds. Both throw
// std::runtime_error when something could not be given up.

/// Root's rights, new privileges, core files, regular files' bytes, descriptors, processor time;
/// and it dies with its parent.
void give_up_rights(const ConfinementLimits& limits);

/// Memory beyond what is mapped now plus `memory_bytes_max`; and every system call that is not
/// needed to compute, to read and to write. What only looks for a file is told that it may not;
/// anything else ends the process with SIGSYS.
void give_up_system_calls(const ConfinementLimits& limits);

}  // namespace vigie::preview
