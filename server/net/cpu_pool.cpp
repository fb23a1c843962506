#include "server/net/cpu_pool.hpp"

#include <pthread.h>

#include <atomic>
#include <cassert>
#include <condition_variable>
#include <csignal>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "server/domain/turns.hpp"
#include "server/net/runtime.hpp"

namespace vigie::net {

namespace {

/// Shared by the waiting fiber and the thread that runs it, whichever ends last.
struct Job {
  std::function<void()> work;
  EventLoop* loop = nullptr;
  Parking* parking = nullptr;  // the loop's thread only; null once the fiber has gone
  std::exception_ptr failure;  // written before the job's end is posted
  bool is_done = false;        // the loop's thread only
  bool was_skipped = false;    // the loop's thread only
};

void end_on_loop(const std::shared_ptr<Job>& job, bool was_skipped) {
  job->loop->post([job, was_skipped] {
    job->is_done = true;
    job->was_skipped = was_skipped;
    if (job->parking != nullptr) job->parking->notify();
  });
}

class ThreadPool final : public CpuPool {
 public:
  ThreadPool(const std::string& name, std::size_t threads, std::size_t queue_capacity)
      : queue_capacity_(queue_capacity) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (std::size_t index = 0; index < threads; ++index) {
      threads_.emplace_back([this] { work(); });
      const std::string thread_name = name.substr(0, 12) + std::to_string(index);
      pthread_setname_np(threads_.back().native_handle(), thread_name.substr(0, 15).c_str());
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  ~ThreadPool() override {
    std::vector<std::shared_ptr<Job>> skipped;
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
      skipped = queue_.take_all();
    }
    work_came_.notify_all();
    for (const auto& job : skipped) end_on_loop(job, true);
    for (std::thread& thread : threads_) thread.join();
  }

  Load load() const override {
    const std::lock_guard lock(mutex_);
    return {.threads = threads_.size(),
            .busy = busy_,
            .queued = queue_.size(),
            .queue_capacity = queue_capacity_};
  }

 private:
  Outcome run_for(const domain::Caller& caller, std::function<void()> task,
                  TimePoint deadline) override {
    assert(!holds_scarce());  // a queue is slow: nobody may wait in it with a transaction open
    Parking parking;
    auto job = std::make_shared<Job>();
    job->work = std::move(task);
    job->loop = EventLoop::current();
    job->parking = &parking;
    if (!enqueue(caller, job)) return Outcome::kRefused;
    parking.wait_until(deadline);
    job->parking = nullptr;
    if (!job->is_done || job->was_skipped) return Outcome::kTimedOut;
    if (job->failure) std::rethrow_exception(job->failure);
    return Outcome::kDone;
  }

  bool enqueue(const domain::Caller& caller, const std::shared_ptr<Job>& job) {
    {
      const std::lock_guard lock(mutex_);
      // Capacity is for those that wait: a job that a free thread takes at once needs none.
      const std::size_t free_threads = threads_.size() - busy_;
      if (is_stopping_ || queue_.size() >= queue_capacity_ + free_threads) return false;
      queue_.push(caller, job);
    }
    work_came_.notify_one();
    return true;
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      work_came_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
      if (is_stopping_) return;
      const std::shared_ptr<Job> job = *queue_.next();
      ++busy_;
      lock.unlock();
      run_job(job);
      lock.lock();
      --busy_;
    }
  }

  static void run_job(const std::shared_ptr<Job>& job) {
    try {
      job->work();
    } catch (...) {
      job->failure = std::current_exception();
    }
    job->work = nullptr;  // what it owns dies here, not on the reactor
    end_on_loop(job, false);
  }

  const std::size_t queue_capacity_;
  mutable std::mutex mutex_;  // guards what follows, threads_ excepted
  std::condition_variable work_came_;
  domain::Turns<std::shared_ptr<Job>> queue_;
  std::size_t busy_ = 0;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<CpuPool> make_cpu_pool(std::string name, std::size_t threads,
                                       std::size_t queue_capacity) {
  return std::make_unique<ThreadPool>(name, threads, queue_capacity);
}

}  // namespace vigie::net
