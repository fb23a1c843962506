#include "server/blob/azure_blob_store.hpp"
#include "server/blob/observed_blob_store.hpp"
#include "tests/blob/blob_fixture.hpp"
#include "tests/blob/scripted_server.hpp"
#include "tests/fakes/captured_telemetry.hpp"
#include "tests/fakes/fake_clock.hpp"

namespace vigie::blob::testing {
namespace {

constexpr std::string_view kSecret = "a key that nobody may read";

std::string answer(const std::string& status, const std::string& headers = "",
                   const std::string& body = "") {
  return "HTTP/1.1 " + status + "\r\n" + headers +
         "Connection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A store whose service answers everything in one way.
class Scene {
 public:
  explicit Scene(ScriptedServer::Answer answers) : server_(std::move(answers)) {}

  domain::Context context() {
    domain::Context context = within(10s);
    context.trace = &trace_;
    return context;
  }
  ScriptedServer& server() { return server_; }
  fakes::CapturedTelemetry& telemetry() { return telemetry_; }
  void finish() { trace_.finish(); }
  void run(const std::function<void(domain::BlobStore&)>& body) {
    reactors_.run([&] { body(store_); });
  }

 private:
  AzureOptions options() const {
    return {.endpoint = "http://127.0.0.1:" + std::to_string(server_.port()) + "/account",
            .account = "account",
            .container = "vigie",
            .key = std::string(kSecret),
            .request_timeout = 300ms};
  }

  ScriptedServer server_;
  fakes::CapturedTelemetry telemetry_;
  telemetry::Trace trace_{telemetry_.tracer, std::nullopt};
  Reactors reactors_;
  fakes::FakeClock clock_;
  AzureBlobStore azure_{reactors_.pool(), clock_, options()};
  ObservedBlobStore store_{azure_, telemetry_.metrics, telemetry_.log, "azure"};
};

/// Every operation, on a service that does not do as it should.
void expect_unavailable(Scene& scene) {
  scene.run([&](domain::BlobStore& store) {
    const std::string token = std::string(32, 'a') + ".1";
    const domain::JoinPlan plan{"uploads/a", {{1, {}, token}}};
    const auto context = scene.context();
    EXPECT_EQ(code_of(store.put(context, "tests/a", "x")), "unavailable");
    EXPECT_EQ(code_of(store.hash(context, plan)), "unavailable");
    EXPECT_EQ(code_of(store.join(context, plan, "tests/a")), "unavailable");
    EXPECT_EQ(code_of(store.list(context, "", "", 10)), "unavailable");
    EXPECT_EQ(code_of(read(store, "tests/a", 0, 10)), "unavailable");
    EXPECT_EQ(code_of(write_part(store, {"uploads/a", 1, 0, 1}, "x")), "unavailable");
  });
  scene.finish();
  EXPECT_GT(scene.telemetry().log_lines().size(), 0U);
  for (const std::string& line : scene.telemetry().log_lines()) {
    EXPECT_NE(line.find("blob.operation_failed"), std::string::npos);
    EXPECT_EQ(line.find(kSecret), std::string::npos);
    EXPECT_EQ(line.find("SharedKey"), std::string::npos);
  }
}

TEST(AzureFaults, ARefusalIsTheServicesUnavailabilityWithItsDetail) {
  Scene scene([](const std::string&) {
    return answer("403 Forbidden",
                  "x-ms-error-code: AuthenticationFailed\r\nx-ms-request-id: id-7\r\n");
  });
  scene.run([&](domain::BlobStore& store) {
    const auto put = store.put(scene.context(), "tests/a", "x");
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().message.find("403"), std::string::npos);
    EXPECT_EQ(put.error().detail,
              "status 403, x-ms-error-code AuthenticationFailed, x-ms-request-id id-7, "
              "PUT tests/a");
  });
  EXPECT_EQ(scene.server().requests().size(), 1U);  // asking again would not help
  expect_unavailable(scene);
  const auto span = scene.telemetry().traces.span("PUT");
  EXPECT_EQ(span.kind, telemetry::SpanKind::kClient);
  EXPECT_TRUE(span.is_error);
  EXPECT_EQ(span.attributes.at("http.response.status_code"), "403");
  EXPECT_EQ(span.attributes.at("error.type"), "403");
  EXPECT_EQ(span.attributes.at("vigie.azure.error_code"), "AuthenticationFailed");
  EXPECT_EQ(span.attributes.at("azure.service.request.id"), "id-7");
  EXPECT_NE(scene.telemetry().log_lines().front().find("x-ms-request-id id-7"), std::string::npos);
}

/// Nothing is found in it, which is not to say that nothing was there.
TEST(AzureFaults, AContainerThatIsNotThereIsUnavailable) {
  Scene scene([](const std::string&) {
    return answer("404 Not Found", "x-ms-error-code: ContainerNotFound\r\n");
  });
  scene.run([&](domain::BlobStore& store) {
    EXPECT_EQ(code_of(store.find(scene.context(), "tests/a")), "unavailable");
    EXPECT_EQ(code_of(store.remove(scene.context(), "tests/a")), "unavailable");
    EXPECT_EQ(code_of(store.abandon(scene.context(), "uploads/a")), "unavailable");
  });
  expect_unavailable(scene);
}

TEST(AzureFaults, AServerErrorIsRepeatedAndThenUnavailable) {
  Scene scene([](const std::string&) { return answer("500 Internal Server Error"); });
  scene.run([&](domain::BlobStore& store) {
    EXPECT_EQ(code_of(store.put(scene.context(), "tests/a", "x")), "unavailable");
  });
  EXPECT_EQ(scene.server().requests().size(), 3U);
  expect_unavailable(scene);
}

TEST(AzureFaults, WhatWorksTheSecondTimeIsASuccess) {
  int asked = 0;
  Scene scene([&asked](const std::string&) {
    return ++asked == 1 ? answer("503 Service Unavailable") : answer("201 Created");
  });
  scene.run([&](domain::BlobStore& store) {
    VIGIE_ASSERT_OK(store.put(scene.context(), "tests/a", "x"));
  });
  scene.finish();
  const auto spans = scene.telemetry().traces.spans();
  ASSERT_EQ(spans.size(), 3U);
  EXPECT_EQ(spans[2].attributes.at("http.request.resend_count"), "1");
}

TEST(AzureFaults, GarbageIsUnavailable) {
  Scene scene([](const std::string&) { return std::string("what is HTTP?\r\n\r\n"); });
  expect_unavailable(scene);
}

TEST(AzureFaults, AConnectionThatIsCutIsUnavailable) {
  Scene scene([](const std::string&) { return std::string(); });
  expect_unavailable(scene);
}

TEST(AzureFaults, AnAnswerThatIsCutIsUnavailable) {
  Scene scene([](const std::string&) {
    return std::string("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort");
  });
  expect_unavailable(scene);
}

TEST(AzureFaults, AnAnswerWithoutEndIsUnavailable) {
  Scene scene([](const std::string&) {
    return answer("206 Partial Content", "", std::string(200'000, 'x'));
  });
  scene.run([&](domain::BlobStore& store) {
    EXPECT_EQ(code_of(read(store, "tests/a", 0, 10)), "unavailable");
  });
}

TEST(AzureFaults, SlownessEndsAtTheTimeout) {
  Scene scene([](const std::string&) {
    std::this_thread::sleep_for(500ms);  // slow is what it is
    return answer("201 Created");
  });
  scene.run([&](domain::BlobStore& store) {
    const auto began_at = std::chrono::steady_clock::now();
    auto context = scene.context();
    EXPECT_EQ(code_of(store.put(context, "tests/a", "x")), "unavailable");
    EXPECT_LT(std::chrono::steady_clock::now() - began_at, 4s);
    context.deadline = std::chrono::steady_clock::now() + 100ms;
    EXPECT_EQ(code_of(store.put(context, "tests/a", "x")), "deadline_exceeded");
  });
}

TEST(AzureFaults, NobodyThereIsUnavailable) {
  Reactors reactors;
  fakes::FakeClock clock;
  int port = 0;
  {
    port = ScriptedServer([](const std::string&) { return std::string(); }).port();
  }
  AzureBlobStore store(reactors.pool(), clock,
                       {.endpoint = "http://127.0.0.1:" + std::to_string(port),
                        .account = "a",
                        .container = "c",
                        .key = "k"});
  reactors.run([&] {
    const auto put = store.put(within(10s), "tests/a", "x");
    EXPECT_EQ(code_of(put), "unavailable");
    EXPECT_NE(detail_of(put).find("no answer"), std::string::npos);
  });
}

TEST(AzureFaults, AContentThatChangesWhileItIsReadIsNotMixed) {
  const std::string portion(std::size_t{4} << 20, 'x');
  Scene scene([&portion](const std::string& request) {
    return request.find("if-match: \"1\"") == std::string::npos
               ? answer("206 Partial Content", "ETag: \"1\"\r\n", portion)
               : answer("412 Precondition Failed", "x-ms-error-code: ConditionNotMet\r\n");
  });
  scene.run([&](domain::BlobStore& store) {
    EXPECT_EQ(code_of(read(store, "tests/a", 0, portion.size() + 1)), "unavailable");
  });
}

}  // namespace
}  // namespace vigie::blob::testing
