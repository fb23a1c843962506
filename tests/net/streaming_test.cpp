// Bodies that are not held in memory, and clients that are slow to take or to give them.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>
#include <vector>

#include "tests/net/fixture.hpp"

namespace vigie::net::testing {
namespace {

constexpr std::size_t kMegabyte = std::size_t{1024} * 1024;

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// A byte that tells its position, so that nothing can be lost, doubled or moved unseen.
char byte_at(std::size_t position) { return static_cast<char>((position * 31 + position / 997)); }

std::string bytes_from(std::size_t begin, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = byte_at(begin + i);
  return bytes;
}

int memory_file(std::size_t size) {
  const int fd = ::memfd_create("vigie-net-test", MFD_CLOEXEC);
  for (std::size_t at = 0; at < size; at += kMegabyte) {
    const std::string part = bytes_from(at, kMegabyte);
    EXPECT_EQ(::write(fd, part.data(), part.size()), static_cast<ssize_t>(part.size()));
  }
  return fd;
}

http::Response streamed(std::function<void(http::BodyWriter&)> produce) {
  http::Response response;
  response.body = http::BodyStream{std::move(produce)};
  return response;
}

class Streaming : public ServerTest {};

TEST_F(Streaming, AFileRangeOf50MegabytesArrivesWhole) {
  constexpr std::size_t kSize = 50 * kMegabyte;
  const int file = memory_file(kSize + kMegabyte);
  application_.on_handle = [file](http::Request&) {
    http::Response response;
    response.body = http::FileRange(core::Descriptor(::dup(file)), 12345, kSize);
    return response;
  };
  Client client = this->client();
  for (int i = 0; i < 2; ++i) {  // twice: the connection is kept
    const Answer answer = client.get("/");
    EXPECT_EQ(answer.field("content-length"), std::to_string(kSize));
    ASSERT_EQ(answer.body.size(), kSize);
    EXPECT_TRUE(answer.body == bytes_from(12345, kSize));
  }
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.answer(true).field("content-length"), std::to_string(kSize));
  ::close(file);
}

TEST_F(Streaming, AFileShorterThanAnnouncedBreaksTheConnection) {
  const int file = memory_file(kMegabyte);
  application_.on_handle = [file](http::Request&) {
    http::Response response;
    response.body = http::FileRange(core::Descriptor(::dup(file)), 0, kMegabyte + 1);
    return response;
  };
  Client client = this->client();
  EXPECT_THROW(client.get("/"), std::runtime_error);
  ::close(file);
}

void expect_flat([[maybe_unused]] std::size_t grown) {
#if !defined(__SANITIZE_ADDRESS__)  // it keeps freed memory aside, up to 256 MiB
  EXPECT_LT(grown, 8 * kMegabyte);
#endif
}

TEST_F(Streaming, AnUploadOf200MegabytesNeedsNoMemory) {
  constexpr std::size_t kSize = 200 * kMegabyte;
  std::atomic<std::size_t> grown{0};
  application_.on_admit = [](const http::Request&) {
    http::Admission admission;
    admission.body_bytes_max = kSize;
    return admission;
  };
  application_.on_handle = [&](http::Request& request) {
    const std::size_t before = resident_bytes();
    std::size_t received = 0;
    bool is_right = true;
    for (;;) {
      const auto part = request.body->next();
      if (!part || part.value().empty()) break;
      is_right = is_right && part.value().front() == byte_at(received % kMegabyte);
      received += part.value().size();
    }
    const std::size_t now = resident_bytes();
    grown = now > before ? now - before : 0;
    return text(200, std::to_string(received) + (is_right ? " right" : " wrong"));
  };
  Client client = this->client();
  const std::string megabyte = bytes_from(0, kMegabyte);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kSize) +
              "\r\n\r\n");
  for (std::size_t sent = 0; sent < kSize; sent += kMegabyte) client.send(megabyte);
  EXPECT_EQ(client.answer().body, std::to_string(kSize) + " right");
  expect_flat(grown);

  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (std::size_t sent = 0; sent < kSize; sent += kMegabyte) {
    client.send("100000\r\n" + megabyte + "\r\n");
  }
  client.send("0\r\n\r\n");
  EXPECT_EQ(client.answer().body, std::to_string(kSize) + " right");
  expect_flat(grown);
}

TEST_F(Streaming, AHandlerThatDoesNotReadHoldsTheClientBack) {
  std::atomic<bool> may_read{false};
  application_.on_handle = [&](http::Request& request) {
    while (!may_read) sleep_until(Clock::now() + 1ms);
    return text(200, std::to_string(body_of(request).size()));
  };
  Client client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  std::thread sender([&] { client.send(std::string(1'000'000, 'x')); });
  ASSERT_TRUE(eventually([&] { return server().load().requests_in_flight == 1; }));
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(100ms);  // what is looked for is that nothing spins meanwhile
  EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 20);
  may_read = true;
  EXPECT_EQ(client.answer().body, "1000000");
  sender.join();
}

TEST_F(Streaming, AStreamIsChunkedAndTheConnectionKept) {
  application_.on_handle = [](http::Request&) {
    return streamed([](http::BodyWriter& body) {
      body.write("one ");
      body.write("");
      sleep_until(Clock::now() + 5ms);
      body.write("two");
    });
  };
  Client client = this->client();
  for (int i = 0; i < 2; ++i) {
    const Answer answer = client.get("/");
    EXPECT_EQ(answer.field("transfer-encoding"), "chunked");
    EXPECT_EQ(answer.field("content-length"), "(none)");
    EXPECT_EQ(answer.body, "one two");
  }
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.answer(true).status, 200);
  EXPECT_EQ(client.get("/").body, "one two");
}

TEST_F(Streaming, AStreamOfKnownLengthIsAnnounced) {
  application_.on_handle = [](http::Request&) {
    http::Response response;
    response.body = http::BodyStream{.produce =
                                         [](http::BodyWriter& writer) {
                                           writer.write("first ");
                                           writer.write("second");
                                         },
                                     .length = 12};
    return response;
  };
  Client client = this->client();
  for (int i = 0; i < 2; ++i) {  // twice: the connection is kept
    const Answer answer = client.get("/");
    EXPECT_EQ(answer.field("content-length"), "12");
    EXPECT_EQ(answer.field("transfer-encoding"), "(none)");
    EXPECT_EQ(answer.body, "first second");
  }
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.answer(true).field("content-length"), "12");
}

TEST_F(Streaming, AStreamShorterThanAnnouncedBreaksTheConnection) {
  application_.on_handle = [](http::Request&) {
    http::Response response;
    response.body = http::BodyStream{
        .produce = [](http::BodyWriter& writer) { writer.write("ten bytes."); }, .length = 11};
    return response;
  };
  Client client = this->client();
  EXPECT_THROW(client.get("/"), std::runtime_error);
}

TEST_F(Streaming, AStreamLongerThanAnnouncedIsCutAndNotTakenForTheNextAnswer) {
  application_.on_handle = [](http::Request&) {
    http::Response response;
    response.body = http::BodyStream{.produce =
                                         [](http::BodyWriter& writer) {
                                           while (writer.write("HTTP/1.1 ")) {
                                           }
                                         },
                                     .length = 13};
    return response;
  };
  Client client = this->client();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(client.get("/").body, "HTTP/1.1 HTTP");
}

TEST_F(Streaming, TextsAndPartsOfFilesArriveInTheirOrder) {
  const int file = memory_file(kMegabyte);
  application_.on_handle = [file](http::Request&) {
    http::BodyPieces body;
    body.pieces.emplace_back("begin\n");
    body.pieces.emplace_back(http::FileRange(core::Descriptor(::dup(file)), 0, 500'000));
    body.pieces.emplace_back("\nmiddle\n");
    body.pieces.emplace_back(http::FileRange(core::Descriptor(::dup(file)), 700'000, 3));
    body.pieces.emplace_back("\nend");
    http::Response response;
    response.body = std::move(body);
    return response;
  };
  Client client = this->client();
  const std::string whole =
      "begin\n" + bytes_from(0, 500'000) + "\nmiddle\n" + bytes_from(700'000, 3) + "\nend";
  for (int i = 0; i < 2; ++i) {
    const Answer answer = client.get("/");
    EXPECT_EQ(answer.field("content-length"), std::to_string(whole.size()));
    EXPECT_TRUE(answer.body == whole);
  }
  ::close(file);
}

TEST_F(Streaming, AStreamToVersion10EndsWithTheConnection) {
  application_.on_handle = [](http::Request&) {
    return streamed([](http::BodyWriter& body) { body.write("to the end"); });
  };
  Client client = this->client();
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const Answer answer = client.answer();
  EXPECT_EQ(answer.field("transfer-encoding"), "(none)");
  EXPECT_EQ(answer.field("connection"), "close");
  EXPECT_EQ(answer.body, "to the end");
}

TEST_F(Streaming, WhatIsWrittenIsSentBeforeTheProducerGoesOn) {
  std::atomic<bool> may_end{false};
  application_.on_handle = [&](http::Request&) {
    return streamed([&](http::BodyWriter& body) {
      body.write("data: 1\n\n");
      while (!may_end) sleep_until(Clock::now() + 1ms);
    });
  };
  Client client = this->client();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string chunk = "9\r\ndata: 1\n\n\r\n";
  std::string received;
  while (received.find(chunk) == std::string::npos) received += client.take(1);
  may_end = true;
  server_.reset();  // before what the handler uses goes
}

TEST_F(Streaming, AnExceptionOfTheProducerIsSeenAsATruncatedBody) {
  exceptions_expected_ = 1;
  application_.on_handle = [](http::Request&) {
    return streamed([](http::BodyWriter& body) {
      body.write("so far");
      throw std::runtime_error("no further");
    });
  };
  Client client = this->client();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.rest().find("0\r\n\r\n"), std::string::npos);
  EXPECT_TRUE(eventually([&] { return server().load().connections == 0; }));
}

TEST_F(Streaming, AProducerWaitsForASlowClient) {
  constexpr std::size_t kSize = 50 * kMegabyte;
  std::atomic<std::size_t> written{0};
  application_.on_handle = [&](http::Request&) {
    return streamed([&written](http::BodyWriter& body) {
      while (written < kSize && body.write(bytes_from(written, 50'000))) written += 50'000;
    });
  };
  Client client(server().port(), 64 * 1024);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return written > 0; }));
  std::size_t before = 0;
  ASSERT_TRUE(eventually([&] {  // it stands still
    const std::size_t now = written;
    std::this_thread::sleep_for(20ms);
    return std::exchange(before, now) == now;
  }));
  EXPECT_LT(written, 16 * kMegabyte);  // high-water mark and the kernel's buffers
  const std::string body = client.answer().body;
  EXPECT_EQ(body.size(), written);
  EXPECT_TRUE(body == bytes_from(0, body.size()));
}

TEST_F(Streaming, AStalledReaderCostsOthersNothing) {
  application_.on_handle = [](http::Request& request) {
    return text(200, request.path == "/big" ? std::string(50 * kMegabyte, 'x') : "small");
  };
  std::vector<Client> stalled;
  for (int i = 0; i < 4; ++i) {
    stalled.emplace_back(server().port(), 4096);
    stalled.back().send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  ASSERT_TRUE(eventually([&] { return server().load().connections == 4; }));
  Client client = this->client();
  EXPECT_EQ(client.get("/").body, "small");
  const std::clock_t before = std::clock();
  const auto began = Clock::now();
  for (int i = 0; i < 200; ++i) ASSERT_EQ(client.get("/").body, "small");
  EXPECT_LT(Clock::now() - began, 5s);  // no write of a stalled one is waited for
  EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 2);
  EXPECT_EQ(stalled[0].answer().body.size(), 50 * kMegabyte);  // it was only waiting
}

TEST_F(Streaming, AThousandEventStreamsAndTheirEnd) {
  constexpr std::size_t kStreams = 1'000;
  start({.connections_per_address_max = 2'000, .requests_in_flight_max = 4'000});
  std::atomic<std::size_t> open{0};
  std::atomic<int> event{0};
  application_.on_handle = [&](http::Request&) {
    return streamed([&](http::BodyWriter& body) {
      ++open;
      int told = 0;
      bool is_connected = true;
      while (is_connected) {
        if (told != event) {
          is_connected = body.write("data: " + std::to_string(++told) + "\n\n");
        } else {
          sleep_until(Clock::now() + 20ms);
          is_connected = body.write(":\n\n");  // a comment, to notice who left
        }
      }
      --open;
    });
  };
  std::vector<Client> clients;
  for (std::size_t i = 0; i < kStreams; ++i) {
    clients.push_back(client());
    clients.back().send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  ASSERT_TRUE(eventually([&] { return open == kStreams; }));
  ++event;
  for (Client& listener : clients) {
    std::string seen;
    while (seen.find("data: 1\n\n") == std::string::npos) seen += listener.take(1);
  }
  while (clients.size() > 500) clients.pop_back();
  EXPECT_TRUE(eventually([&] { return open == 500; }));
  clients.clear();
  EXPECT_TRUE(eventually([&] { return open == 0 && server().load().connections == 0; }));
}

}  // namespace
}  // namespace vigie::net::testing
