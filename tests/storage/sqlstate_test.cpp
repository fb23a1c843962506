#include "server/storage/sqlstate.hpp"

#include <gtest/gtest.h>

namespace vigie::storage {
namespace {

using domain::Code;

Code code_of(std::string_view sqlstate, std::string_view constraint = "") {
  return error_of({.sqlstate = sqlstate, .constraint = constraint}).code;
}

TEST(Sqlstate, BecomesACode) {
  EXPECT_EQ(code_of("57014"), Code::kDeadlineExceeded);
  EXPECT_EQ(code_of("57P01"), Code::kUnavailable);
  EXPECT_EQ(code_of("57P03"), Code::kUnavailable);
  EXPECT_EQ(code_of("08006"), Code::kUnavailable);
  EXPECT_EQ(code_of("25006"), Code::kUnavailable);
  EXPECT_EQ(code_of("53300"), Code::kOverloaded);
  EXPECT_EQ(code_of("55P03"), Code::kOverloaded);
  EXPECT_EQ(code_of("40P01"), Code::kOverloaded);
  EXPECT_EQ(code_of("22021"), Code::kValidationFailed);
  EXPECT_EQ(code_of("23505", "accounts_email_key"), Code::kEmailTaken);
  EXPECT_EQ(code_of("23505", "events_pkey"), Code::kInternal);
  EXPECT_EQ(code_of("42601"), Code::kInternal);
}

TEST(Sqlstate, SaysWhatMayBeRepeated) {
  EXPECT_TRUE(may_repeat("40P01"));   // deadlock_detected
  EXPECT_TRUE(may_repeat("40001"));   // serialization_failure
  EXPECT_FALSE(may_repeat("40003"));  // statement_completion_unknown
  EXPECT_FALSE(may_repeat("55P03"));
  EXPECT_FALSE(may_repeat("08006"));
}

TEST(Sqlstate, IsToldInTheDetailOnly) {
  const domain::Error error = error_of({.sqlstate = "42P01", .message = "no table \"x\""});
  EXPECT_EQ(error.detail, "42P01: no table \"x\"");
  EXPECT_EQ(error.message.find("42P01"), std::string::npos);
  EXPECT_EQ(error.message.find("table"), std::string::npos);
}

TEST(Sqlstate, IsToldInWordsOfItsOwnRow) {
  EXPECT_EQ(error_of({.sqlstate = "23505", .constraint = "jobs_unique_key"}).message,
            "Another job with its unique key waits or runs.");
  EXPECT_EQ(error_of({.sqlstate = "23505", .constraint = "accounts_email_key"}).message,
            "An account with this e-mail exists.");
  EXPECT_EQ(error_of({.sqlstate = "22021"}).message,
            "A text holds a character that cannot be stored.");
  // Codes that mean many things say nothing of one of them.
  for (const Code code : {Code::kStatusChangeNotAllowed, Code::kValidationFailed}) {
    EXPECT_EQ(error_of(code, "").message, "Something went wrong on our side.");
  }
}

TEST(Sqlstate, MayEndTheSession) {
  EXPECT_TRUE(ends_session("57P01"));
  EXPECT_TRUE(ends_session("25P03"));
  EXPECT_FALSE(ends_session("57014"));
}

TEST(Sqlstate, DoesNotRepeatTheValueThatADataExceptionQuotes) {
  const auto error =
      error_of(Failure{.sqlstate = "22P02", .message = "invalid input: \"hunter2\""});
  EXPECT_EQ(error.detail, "22P02: invalid input: ");
  EXPECT_EQ(error_of(Failure{.sqlstate = "42703", .message = "no such column"}).detail,
            "42703: no such column");
}

}  // namespace
}  // namespace vigie::storage
