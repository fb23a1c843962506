// Each contract runs against the fake stores and against PostgreSQL: that is why the fakes can be
// trusted elsewhere.
#include "tests/storage/account_store_contract.hpp"
#include "tests/storage/event_list_contract.hpp"
#include "tests/storage/event_store_contract.hpp"
#include "tests/storage/idempotency_store_contract.hpp"
#include "tests/storage/job_queue_contract.hpp"
#include "tests/storage/media_store_contract.hpp"
#include "tests/storage/password_reset_store_contract.hpp"
#include "tests/storage/session_store_contract.hpp"
#include "tests/storage/sign_in_allowance_store_contract.hpp"
