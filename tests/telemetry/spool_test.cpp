#include "telemetry/pipeline/spool.hpp"

#include <gtest/gtest.h>

#include "tests/telemetry/spool_directories.hpp"

namespace vigie::telemetry {
namespace {

using Payloads = std::vector<std::string>;

/// Three batches of 1, 20 and 300 records in one segment, as bytes of a file.
class SpoolTest : public testing::Test {
 protected:
  std::string place(const std::string& name) const { return directory_.path() + "/" + name; }
  SpoolOptions options(const std::string& name = "traces") const {
    return {.directory = place(name), .bytes_max = 1 << 20, .segment_bytes_max = 1 << 16};
  }
  static EncodedBatch batch(int number, std::size_t size = 20) {
    const auto count = static_cast<std::uint32_t>(number);
    return {std::to_string(number) + noise(size, count), count};
  }

  /// The bytes of a segment with `payloads_`, of which the first `taken` were taken.
  std::string segment_bytes(int taken = 0) {
    {
      Spool spool(options("source"));
      for (const EncodedBatch& one : batches_) EXPECT_TRUE(spool.append(one));
      for (int i = 0; i < taken; ++i) {
        EXPECT_TRUE(spool.front());
        spool.take_front();
      }
    }
    const std::string path = files_in(place("source"), ".spool").at(0);
    std::string bytes = read_file(path);
    std::filesystem::remove(path);
    return bytes;
  }
  /// A segment of any version whose frames have right checksums; five records each.
  static std::string segment_of(char version, const Payloads& payloads) {
    const auto header = spool_format::encode_header(spool_format::kHeaderBytes);
    std::string bytes(header.data(), header.size());
    bytes[4] = version;
    for (const std::string& payload : payloads) {
      const auto frame = spool_format::encode_frame_header(payload, 5);
      bytes.append(frame.data(), frame.size()).append(payload);
    }
    return bytes;
  }
  /// Where frame `index` begins in such a segment.
  std::size_t frame_at(std::size_t index) const {
    std::size_t at = spool_format::kHeaderBytes;
    for (std::size_t i = 0; i < index; ++i) at += spool_format::kFrameHeaderBytes + bytes_of(i);
    return at;
  }
  std::size_t bytes_of(std::size_t index) const { return gzip(batches_[index].bytes).size(); }

  struct Replay {
    Payloads payloads;
    SpoolNews news;
    std::size_t set_aside;
    std::size_t segments;
  };
  /// What a process finds that starts on a segment of these bytes.
  Replay replay(std::string_view segment) {
    std::filesystem::remove_all(place("replay"));
    write_file(place("replay/0000000000000007.spool"), segment);
    Replay found;
    Spool spool(options("replay"));
    found.news = spool.take_news();
    EXPECT_EQ(spool.record_count(), found.news.recovered_count - found.news.corrupt_count);
    found.payloads = drain(spool);
    const SpoolNews later = spool.take_news();
    found.news.corrupt_count += later.corrupt_count;
    found.news.corrupt_segment_count += later.corrupt_segment_count;
    EXPECT_EQ(spool.record_count(), 0);
    found.set_aside = files_in(place("replay"), ".corrupt").size();
    found.segments = files_in(place("replay"), ".spool").size();
    return found;
  }

  /// Whole frames come back; of a torn one the records are known once its header is there.
  Replay expected_after_cut(std::size_t cut) const {
    Replay expected{{}, {}, cut == 0 || cut == spool_format::kHeaderBytes ? 0U : 1U, 0};
    for (std::size_t i = 0; i < batches_.size(); ++i) {
      const bool is_whole = cut >= frame_at(i + 1);
      const bool is_known = cut >= frame_at(i) + spool_format::kFrameHeaderBytes;
      if (is_known) expected.news.recovered_count += batches_[i].record_count;
      if (is_known && !is_whole) expected.news.corrupt_count += batches_[i].record_count;
      if (is_whole) expected.payloads.push_back(batches_[i].bytes);
      if (cut == frame_at(i + 1)) expected.set_aside = 0;
    }
    return expected;
  }

  TemporaryDirectory directory_;
  std::vector<EncodedBatch> batches_{{"one", 1}, {std::string(40, 'b'), 20}, {"three", 300}};
};

TEST_F(SpoolTest, GivesBackInOrder) {
  Spool spool(options());
  for (int i = 1; i <= 3; ++i) EXPECT_TRUE(spool.append(batch(i)));
  EXPECT_EQ(spool.record_count(), 6);
  EXPECT_EQ(spool.front()->bytes, batch(1).bytes);
  spool.keep_front();
  EXPECT_EQ(spool.front()->record_count, 1);
  spool.take_front();
  EXPECT_EQ(spool.record_count(), 5);
  EXPECT_TRUE(spool.append(batch(4)));
  EXPECT_EQ(drain(spool), (Payloads{batch(2).bytes, batch(3).bytes, batch(4).bytes}));
  EXPECT_TRUE(spool.is_empty());
  EXPECT_EQ(spool.bytes(), 0) << "what is empty takes no disk";
  EXPECT_FALSE(spool.front());
}

TEST_F(SpoolTest, GoesOnAfterARestart) {
  {
    Spool spool(options());
    for (int i = 1; i <= 3; ++i) EXPECT_TRUE(spool.append(batch(i)));
    EXPECT_TRUE(spool.front());
    spool.take_front();
    EXPECT_EQ(spool.front()->bytes, batch(2).bytes);
    // Lent, but not known to be taken: it comes again.
  }
  Spool spool(options());
  EXPECT_EQ(spool.take_news().recovered_count, 5);
  EXPECT_EQ(spool.record_count(), 5);
  EXPECT_TRUE(spool.append(batch(4)));
  EXPECT_EQ(drain(spool), (Payloads{batch(2).bytes, batch(3).bytes, batch(4).bytes}));
  EXPECT_EQ(spool.take_news().corrupt_segment_count, 0);
}

TEST_F(SpoolTest, SpreadsOverSegments) {
  Payloads expected;
  SpoolOptions small = options();
  small.segment_bytes_max = 200;
  {
    Spool spool(small);
    for (int i = 1; i <= 20; ++i) {
      EXPECT_TRUE(spool.append(batch(i)));
      expected.push_back(batch(i).bytes);
    }
    EXPECT_GT(files_in(place("traces"), ".spool").size(), 4);
  }
  Spool spool(small);
  EXPECT_EQ(drain(spool), expected);
  EXPECT_TRUE(files_in(place("traces"), ".spool").empty());
}

TEST_F(SpoolTest, IsTheOwnersAlone) {
  Spool spool(options());
  EXPECT_TRUE(spool.append(batch(1)));
  const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
  for (const std::string& path : {place("traces"), files_in(place("traces"), ".spool").at(0)}) {
    EXPECT_EQ(std::filesystem::status(path).permissions() & others, std::filesystem::perms::none);
  }
}

TEST_F(SpoolTest, ReplaysWhatWasWholeWhenCutOffAtAnyByte) {
  const std::string bytes = segment_bytes();
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const Replay found = replay(bytes.substr(0, cut));
    const Replay expected = expected_after_cut(cut);
    EXPECT_EQ(found.payloads, expected.payloads) << cut;
    EXPECT_EQ(found.news.recovered_count, expected.news.recovered_count) << cut;
    EXPECT_EQ(found.news.corrupt_count, expected.news.corrupt_count) << cut;
    EXPECT_EQ(found.set_aside, expected.set_aside) << cut;
    EXPECT_EQ(found.news.corrupt_segment_count, found.set_aside) << cut;
    EXPECT_EQ(found.segments, 0) << cut;
  }
}

TEST_F(SpoolTest, LosesOneFrameToADamagedPayloadAndTheRestToADamagedHeader) {
  const std::string bytes = segment_bytes();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x41);
    const Replay found = replay(damaged);
    Payloads expected;
    std::uint64_t known_lost = 0;
    bool is_chain_whole = at >= spool_format::kPositionAt;
    for (std::size_t i = 0; i < batches_.size() && is_chain_whole; ++i) {
      const bool is_here = at >= frame_at(i) && at < frame_at(i + 1);
      is_chain_whole = !is_here || at >= frame_at(i) + spool_format::kFrameHeaderBytes;
      if (is_here && is_chain_whole) known_lost = batches_[i].record_count;
      if (!is_here) expected.push_back(batches_[i].bytes);
    }
    EXPECT_EQ(found.payloads, expected) << at;
    EXPECT_EQ(found.news.corrupt_count, known_lost) << at;
    EXPECT_EQ(found.set_aside, 1) << at;
    EXPECT_EQ(found.news.corrupt_segment_count, 1) << at;
  }
}

TEST_F(SpoolTest, ReplaysTwiceRatherThanNeverWhenThePositionIsDamaged) {
  const std::string bytes = segment_bytes(2);
  EXPECT_EQ(replay(bytes).payloads, Payloads{"three"});
  for (std::size_t i = 0; i < spool_format::kPositionBytes; ++i) {
    std::string damaged = bytes;
    damaged[spool_format::kPositionAt + i] ^= 0x04;
    const Replay found = replay(damaged);
    EXPECT_EQ(found.payloads.size(), 3);
    EXPECT_EQ(found.news.recovered_count, 321);
    EXPECT_EQ(found.news.corrupt_segment_count, 1);
  }
}

TEST_F(SpoolTest, TakesLittleDiskForWhatRepeatsItself) {
  Spool spool(options());
  EXPECT_TRUE(spool.append({std::string(100'000, 's'), 1}));
  EXPECT_LT(spool.bytes(), 2'000);
  EXPECT_EQ(drain(spool), Payloads{std::string(100'000, 's')});
}

TEST_F(SpoolTest, GivesAlsoWhatLiesOnTheDisk) {
  SpoolOptions compressed = options();
  compressed.given_as = Coding::kGzip;
  Spool spool(compressed);
  EXPECT_TRUE(spool.append(batches_[1]));
  const auto given = spool.front();
  ASSERT_TRUE(given);
  EXPECT_EQ(given->coding, Coding::kGzip);
  EXPECT_EQ(given->bytes, gzip(batches_[1].bytes));
  EXPECT_EQ(given->plain_bytes(), batches_[1].bytes.size());
}

TEST_F(SpoolTest, ReadsSegmentsOfTheVersionThatDidNotCompress) {
  for (const Coding given_as : {Coding::kPlain, Coding::kGzip}) {
    write_file(place("old/0000000000000007.spool"), segment_of(1, {"plain", "request"}));
    SpoolOptions old = options("old");
    old.given_as = given_as;
    Spool spool(old);
    EXPECT_EQ(spool.front()->coding, Coding::kPlain);
    spool.keep_front();
    EXPECT_TRUE(spool.append({"new", 1}));
    EXPECT_EQ(spool.front()->bytes, "plain");
    EXPECT_EQ(drain(spool).size(), 3);
    EXPECT_EQ(spool.take_news().corrupt_segment_count, 0);
  }
}

TEST_F(SpoolTest, SetsASegmentOfALaterVersionAside) {
  const Replay found = replay(segment_of(3, {"who knows"}));
  EXPECT_TRUE(found.payloads.empty());
  EXPECT_EQ(found.news.corrupt_segment_count, 1);
  EXPECT_EQ(found.set_aside, 1);
}

TEST_F(SpoolTest, LosesAFrameThatDoesNotInflateWhateverItsChecksum) {
  const std::string whole = gzip("one");
  std::string bomb = gzip(std::string(spool_format::kPlainBytesMax + 1, '\0'));
  std::string lying = bomb;
  lying.replace(lying.size() - 4, 4, std::string("\1\0\0\0", 4));
  std::string wrong = whole;
  wrong[wrong.size() - 6] ^= 1;
  for (const std::string& bad :
       {std::string(), std::string("no gzip at all"), bomb, lying, wrong,
        whole.substr(0, whole.size() - 1), whole + "more", whole + whole}) {
    const Replay found = replay(segment_of(2, {whole, bad, gzip("three")}));
    EXPECT_EQ(found.payloads, (Payloads{"one", "three"}));
    EXPECT_EQ(found.news.recovered_count, 15);
    EXPECT_EQ(found.news.corrupt_count, 5);
    EXPECT_EQ(found.set_aside, 1);
  }
}

TEST_F(SpoolTest, RefusesABatchThatItWouldNotReadBack) {
  Spool spool(options());
  EXPECT_TRUE(spool.append({std::string(spool_format::kPlainBytesMax, 'x'), 1}));
  EXPECT_FALSE(spool.append({std::string(spool_format::kPlainBytesMax + 1, 'x'), 1}));
  EXPECT_EQ(spool.fault(), "batch: File too large");
  EXPECT_EQ(drain(spool).size(), 1);
}

TEST_F(SpoolTest, NoticesDamageUnderItsHands) {
  Spool spool(options());
  for (const EncodedBatch& one : batches_) EXPECT_TRUE(spool.append(one));
  const std::string path = files_in(place("traces"), ".spool").at(0);
  std::string damaged = read_file(path);
  damaged[frame_at(1)] ^= 1;
  write_file(path, damaged);
  EXPECT_EQ(drain(spool), Payloads{"one"});
  const SpoolNews news = spool.take_news();
  EXPECT_EQ(news.corrupt_count, 320) << "this process knows what it wrote";
  EXPECT_EQ(spool.record_count(), 0);
  EXPECT_TRUE(spool.append(batch(4)));
  EXPECT_EQ(drain(spool).size(), 1);
}

TEST_F(SpoolTest, KeepsAFewDamagedSegments) {
  const std::string bytes = segment_bytes();
  for (int i = 1; i <= 7; ++i) {
    write_file(place("traces/000000000000000" + std::to_string(i) + ".spool"),
               bytes.substr(0, bytes.size() - 1));
  }
  Spool spool(options());
  EXPECT_EQ(drain(spool).size(), 14);
  EXPECT_EQ(spool.take_news().corrupt_segment_count, 7);
  const auto kept = files_in(place("traces"), ".corrupt");
  EXPECT_EQ(kept.size(), SpoolDirectory::kSetAsideMax);
  EXPECT_TRUE(kept.at(0).ends_with("0004.corrupt"));
  EXPECT_GT(spool.bytes(), 0) << "they count towards the limit";
}

TEST_F(SpoolTest, EvictsTheOldestOverItsLimit) {
  SpoolOptions small = options();
  small.bytes_max = 8000;
  Spool spool(small);
  std::uint64_t appended = 0;
  std::uint64_t evicted = 0;
  for (int i = 1; i <= 200; ++i) {
    EXPECT_TRUE(spool.append(batch(i, 150)));
    appended += static_cast<std::uint64_t>(i);
    evicted += spool.take_news().evicted_count;
    EXPECT_LE(spool.bytes(), small.bytes_max);
    EXPECT_EQ(spool.record_count(), appended - evicted);
  }
  EXPECT_GT(spool.bytes(), small.bytes_max / 2);
  const Payloads left = drain(spool);
  ASSERT_GT(left.size(), 20);
  for (std::size_t i = 0; i < left.size(); ++i) {
    EXPECT_EQ(left[i], batch(static_cast<int>(201 - left.size() + i), 150).bytes);
  }
}

TEST_F(SpoolTest, RefusesABatchThatIsLargerThanItself) {
  SpoolOptions small = options();
  small.bytes_max = 1000;
  Spool spool(small);
  EXPECT_TRUE(spool.append(batch(1)));
  EXPECT_FALSE(spool.append(batch(2, 1000)));
  EXPECT_EQ(spool.take_news().evicted_count, 0);
  EXPECT_EQ(drain(spool), Payloads{batch(1).bytes});
}

TEST_F(SpoolTest, SettlesALentBatchWhoseSegmentWasEvicted) {
  SpoolOptions small = options();
  small.bytes_max = 2000;
  for (const bool is_taken : {true, false}) {
    Spool spool(small);
    EXPECT_TRUE(spool.append(batch(500)));
    EXPECT_TRUE(spool.front());
    std::uint64_t others = 0;
    for (int i = 1; i <= 100; ++i) {
      EXPECT_TRUE(spool.append(batch(i)));
      others += static_cast<std::uint64_t>(i);
    }
    const std::uint64_t evicted = spool.take_news().evicted_count;
    EXPECT_EQ(spool.record_count(), 500 + others - evicted) << "the lent one is still accounted";
    if (is_taken) {
      spool.take_front();
    } else {
      spool.keep_front();
    }
    EXPECT_EQ(spool.take_news().evicted_count, is_taken ? 0 : 500);
    EXPECT_EQ(spool.record_count(), others - evicted);
    drain(spool);
  }
}

}  // namespace
}  // namespace vigie::telemetry
