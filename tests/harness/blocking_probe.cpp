// Makes each call that tests/harness/blocking_trap.cpp watches, on a thread of the name that it is
// given: what a reactor must never do.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>

namespace {

void call_files(const std::string& directory) {
  const std::string path = directory + "/file";
  char byte = 'x';
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
  static_cast<void>(!::write(fd, &byte, 1));
  static_cast<void>(!::pwrite(fd, &byte, 1, 0));
  ::fsync(fd);
  ::fdatasync(fd);
  static_cast<void>(!::read(fd, &byte, 1));
  static_cast<void>(!::pread(fd, &byte, 1, 0));
  static_cast<void>(!::ftruncate(fd, 0));
  ::flock(fd, LOCK_EX);
  ::close(fd);
  if (FILE* file = std::fopen(path.c_str(), "r")) std::fclose(file);
  static_cast<void>(std::rename(path.c_str(), (path + "2").c_str()));
  ::unlink((path + "2").c_str());
  ::mkdir((directory + "/place").c_str(), 0700);
  ::rmdir((directory + "/place").c_str());
}

void call_network() {
  addrinfo* found = nullptr;
  if (::getaddrinfo("localhost", "80", nullptr, &found) == 0) ::freeaddrinfo(found);
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(1);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
  ::close(socket);
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return;
  char byte = 'x';
  ::send(pair[0], &byte, 1, 0);
  ::recv(pair[1], &byte, 1, 0);
  // These do not wait, and are nobody's business.
  ::send(pair[0], &byte, 1, MSG_DONTWAIT);
  ::recv(pair[1], &byte, 1, MSG_DONTWAIT);
  ::close(pair[0]);
  ::close(pair[1]);
}

void call_processes() {
  const pid_t first = ::fork();
  if (first == 0) ::_exit(0);
  ::waitpid(first, nullptr, 0);
  const pid_t second = ::fork();
  if (second == 0) ::_exit(0);
  ::wait4(second, nullptr, 0, nullptr);
  ::waitpid(-1, nullptr, WNOHANG);
}

void call_sleeps() {
  ::usleep(1);
  const timespec moment{0, 1};
  ::nanosleep(&moment, nullptr);
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, nullptr);
  ::poll(nullptr, 0, 1);
  ::poll(nullptr, 0, 0);
  timeval short_time{0, 1};
  ::select(0, nullptr, nullptr, nullptr, &short_time);
}

void call_locks() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  std::thread holder([&] {
    pthread_setname_np(pthread_self(), "holder");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    pthread_mutex_unlock(&mutex);  // for the test's sake: of another thread
  });
  pthread_mutex_lock(&mutex);
  holder.join();
  sem_t semaphore;
  ::sem_init(&semaphore, 0, 1);
  ::sem_wait(&semaphore);
  pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  std::thread waker([&] {
    pthread_setname_np(pthread_self(), "waker");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    pthread_mutex_lock(&guard);
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&guard);
  });
  pthread_mutex_lock(&guard);
  pthread_cond_wait(&condition, &guard);
  pthread_mutex_unlock(&guard);
  waker.join();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return EXIT_FAILURE;
  const std::string directory = arguments[2];
  std::thread([&] {
    pthread_setname_np(pthread_self(), arguments[1]);
    call_files(directory);
    call_network();
    call_processes();
    call_sleeps();
    call_locks();
  }).join();
  return EXIT_SUCCESS;
}
