#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <string>

namespace vigie::preview {
namespace {

enum class Could { kDoIt, kNotDoIt, kEnded };

/// What became of an attempt by a process that has confined itself.
Could attempt(const std::string& what) {
  const int status =
      std::system(("exec " CONFINEMENT_PROBE " " + what + " </dev/zero >/dev/null").c_str());
  if (WIFSIGNALED(status)) return Could::kEnded;
  EXPECT_TRUE(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 1) << what << " is no attempt";
  return WEXITSTATUS(status) == 0 ? Could::kDoIt : Could::kNotDoIt;
}

TEST(Confinement, LeavesWhatADecoderNeeds) {
  EXPECT_EQ(attempt("thread"), Could::kDoIt);
  EXPECT_EQ(attempt("input"), Could::kDoIt);
  EXPECT_EQ(attempt("output"), Could::kDoIt);
}

TEST(Confinement, EndsWhoeverWantsTheNetworkAnotherProgramOrAnotherProcess) {
  EXPECT_EQ(attempt("socket"), Could::kEnded);
  EXPECT_EQ(attempt("execve"), Could::kEnded);
  EXPECT_EQ(attempt("fork"), Could::kEnded);
  EXPECT_EQ(attempt("ptrace"), Could::kEnded);
  EXPECT_EQ(attempt("kill"), Could::kEnded);
  EXPECT_EQ(attempt("setuid"), Could::kEnded);
  EXPECT_EQ(attempt("mmap-exec"), Could::kEnded);
  EXPECT_EQ(attempt("mprotect-exec"), Could::kEnded);
}

TEST(Confinement, OpensNoFile) {
  EXPECT_EQ(attempt("write-file"), Could::kNotDoIt);
  EXPECT_EQ(attempt("read-file"), Could::kNotDoIt);
}

TEST(Confinement, BoundsMemoryAndProcessorTime) {
  EXPECT_EQ(attempt("memory"), Could::kNotDoIt);
  EXPECT_EQ(attempt("compute"), Could::kEnded);
}

TEST(Confinement, IsNotRoots) { EXPECT_EQ(attempt("user"), Could::kNotDoIt); }

}  // namespace
}  // namespace vigie::preview
