#include "server/http/job_handlers.hpp"

#include <gtest/gtest.h>

#include "tests/http/admin_fixture.hpp"

namespace vigie::http {
namespace {

using domain::Code;
using domain::JobId;
using domain::JobState;

class JobRoutesTest : public testing::AdminTest {
 protected:
  nlohmann::json post(std::string_view target, int status = 200) {
    const Response response = send(Method::kPost, target);
    EXPECT_EQ(response.status, status) << text(response);
    return nlohmann::json::parse(text(response));
  }
  std::optional<JobState> state_of(JobId id) {
    const auto record = *jobs.find({.deadline = std::chrono::steady_clock::now() + minute}, id);
    return record ? std::optional(record->state) : std::nullopt;
  }
  /// How many lines tell of that event.
  std::size_t told(const std::string& event) {
    std::size_t count = 0;
    for (const std::string& line : telemetry.log_lines()) {
      count += line.find("\"event\":\"" + event + '"') != std::string::npos ? 1 : 0;
    }
    return count;
  }
  static std::string path_of(JobId id, const std::string& change = "") {
    return "/admin/jobs/" + id.to_string() + change;
  }

  static constexpr std::chrono::minutes minute{1};
};

TEST_F(JobRoutesTest, ListsWhatIsAskedFor) {
  jobs.add("media.purge", JobState::kReady);
  const JobId failed = jobs.add("media.process", JobState::kFailed);
  EXPECT_EQ(get("/admin/jobs")["items"].size(), 2U);
  const auto items = get("/admin/jobs?state=failed&lane=low&kind=media.process&limit=7")["items"];
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0]["id"], failed.to_string());
  EXPECT_EQ(items[0]["state"], "failed");
  EXPECT_EQ(items[0]["lane"], "low");
  const domain::JobFilter asked = jobs.last_filter();
  EXPECT_EQ(asked.state, JobState::kFailed);
  EXPECT_EQ(asked.lane, domain::JobLane::kLow);
  EXPECT_EQ(asked.kind, "media.process");
  EXPECT_EQ(asked.limit, 7U);
  get("/admin/jobs?before=" + failed.to_string());
  EXPECT_EQ(jobs.last_filter().before, failed);
}

TEST_F(JobRoutesTest, RefusesFiltersThatAreNone) {
  for (const char* const query :
       {"state=lost", "lane=middle", "kind=", "before=7", "limit=0", "limit=1001", "limit=1x",
        "state=failed&state=ready", "colour=red"}) {
    const Response response = send(Method::kGet, std::string("/admin/jobs?") + query);
    EXPECT_EQ(response.status, 422) << query;
    const auto problem = nlohmann::json::parse(text(response));
    EXPECT_EQ(problem["code"], "validation_failed") << query;
  }
}

TEST_F(JobRoutesTest, ShowsOne) {
  const JobId id = jobs.add("media.purge", JobState::kScheduled);
  EXPECT_EQ(get(path_of(id))["kind"], "media.purge");
  EXPECT_EQ(send(Method::kGet, path_of(JobId{})).status, 404);
  EXPECT_EQ(send(Method::kGet, "/admin/jobs/7").status, 404);
}

TEST_F(JobRoutesTest, RetriesAndDiscardsOneAndTells) {
  const JobId retried = jobs.add("media.purge", JobState::kFailed);
  const JobId discarded = jobs.add("media.purge", JobState::kFailed);
  EXPECT_EQ(post(path_of(retried, "/retry"))["state"], "ready");
  EXPECT_EQ(post(path_of(discarded, "/discard"))["id"], discarded.to_string());
  EXPECT_EQ(state_of(discarded), std::nullopt);
  EXPECT_EQ(told("job.released"), 1U);
  EXPECT_EQ(told("job.discarded"), 1U);
}

TEST_F(JobRoutesTest, ChangesNothingThatRunsOrIsNot) {
  const JobId running = jobs.add("media.purge", JobState::kRunning);
  for (const char* const change : {"/retry", "/discard"}) {
    EXPECT_EQ(post(path_of(running, change), 409)["detail"], "The job is running.");
    EXPECT_EQ(post(path_of(JobId{}, change), 404)["detail"], "No such job.");
    post(std::string("/admin/jobs/7") + change, 404);
  }
  EXPECT_EQ(told("job.released") + told("job.discarded"), 0U);
}

TEST_F(JobRoutesTest, RetriesTheFailedOnesOfAKind) {
  const JobId first = jobs.add("media.purge", JobState::kFailed);
  const JobId other = jobs.add("media.process", JobState::kFailed);
  const JobId taken = jobs.add("media.purge", JobState::kFailed);
  jobs.refuse(taken, {.code = Code::kStatusChangeNotAllowed, .message = "The key is taken."});
  const auto outcome = post("/admin/jobs/retry?kind=media.purge");
  EXPECT_EQ(outcome["changed"], 1);
  EXPECT_EQ(outcome["has_more"], false);
  ASSERT_EQ(outcome["refused"].size(), 1U);
  EXPECT_EQ(outcome["refused"][0]["id"], taken.to_string());
  EXPECT_EQ(outcome["refused"][0]["detail"], "The key is taken.");
  EXPECT_FALSE(outcome.contains("stopped_by"));
  EXPECT_EQ(state_of(first), JobState::kReady);
  EXPECT_EQ(state_of(other), JobState::kFailed);
  EXPECT_EQ(told("job.released"), 1U);
}

TEST_F(JobRoutesTest, DiscardsAllFailedOnesUpToALimit) {
  for (int i = 0; i < 3; ++i) jobs.add("media.purge", JobState::kFailed);
  const JobId ready = jobs.add("media.purge", JobState::kReady);
  const auto outcome = post("/admin/jobs/discard?all=true&limit=2");
  EXPECT_EQ(outcome["changed"], 2);
  EXPECT_EQ(outcome["has_more"], true);
  EXPECT_EQ(post("/admin/jobs/discard?all=true")["changed"], 1);
  EXPECT_EQ(state_of(ready), JobState::kReady);
  EXPECT_EQ(told("job.discarded"), 3U);
}

TEST_F(JobRoutesTest, ChangesAllOnlyWhenThatIsSaid) {
  const JobId failed = jobs.add("media.purge", JobState::kFailed);
  for (const char* const query :
       {"", "?limit=5", "?kind=", "?all=yes", "?kind=media.purge&all=true", "?all=true&limit=0",
        "?all=true&state=ready"}) {
    for (const char* const change : {"/admin/jobs/retry", "/admin/jobs/discard"}) {
      EXPECT_EQ(post(std::string(change) + query, 422)["code"], "validation_failed") << query;
    }
  }
  EXPECT_EQ(state_of(failed), JobState::kFailed);
}

TEST_F(JobRoutesTest, SaysWhatWasDoneBeforeTheQueueWentAway) {
  const JobId away = jobs.add("media.purge", JobState::kFailed);
  jobs.refuse(away, {.code = Code::kUnavailable, .message = "The database does not answer."});
  post("/admin/jobs/retry?all=true", 503);
  jobs.add("media.purge", JobState::kFailed);
  const auto outcome = post("/admin/jobs/retry?all=true");
  EXPECT_EQ(outcome["changed"], 1);
  EXPECT_EQ(outcome["stopped_by"], "The database does not answer.");
  jobs.fail_with({.code = Code::kUnavailable, .message = "The database does not answer."});
  EXPECT_EQ(send(Method::kGet, "/admin/jobs").status, 503);
  post("/admin/jobs/retry?all=true", 503);
}

TEST_F(JobRoutesTest, HaveNothingWhereThereIsNoQueue) {
  Admin without{{.instruments{telemetry.metrics, telemetry.log, telemetry.tracer},
                 .obstacles = [] { return std::vector<std::string_view>(); },
                 .slow_thresholds = slow,
                 .recorder = recorder,
                 .configuration = [] { return std::string("{}"); }}};
  const auto answer = [&](Method method, std::string_view path, std::string_view query = "") {
    StringBody nothing("");
    Request request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.headers.add({"Host", "localhost"});
    request.headers.add({"Content-Type", "application/json"});
    request.received_at = std::chrono::steady_clock::now();
    request.body = &nothing;
    return without.handle(request);
  };
  EXPECT_EQ(text(answer(Method::kGet, "/admin/jobs")), R"({"items":[]})");
  EXPECT_EQ(answer(Method::kGet, path_of(JobId{})).status, 404);
  EXPECT_EQ(answer(Method::kPost, path_of(JobId{}, "/retry")).status, 404);
  EXPECT_EQ(text(answer(Method::kPost, "/admin/jobs/retry", "all=true")),
            R"({"changed":0,"refused":[],"has_more":false})");
}

}  // namespace
}  // namespace vigie::http
