#pragma once

namespace vigie::app {

/// The command line of `vigie`. Returns the exit code: 0 done, 1 failed, 64 wrong usage, 78 wrong
/// configuration (sysexits.h).
int run(int argc, char** argv);

}  // namespace vigie::app
