#!/usr/bin/python3
"""Jobs in real processes: embedded and beside the server, on the command line and on the admin port."""

import json
import pathlib
import sys
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase  # noqa: E402
from job_rows import insert  # noqa: E402
from vigie_process import QUICK, VigieProcess  # noqa: E402

SUCCESS = 'vigie_scheduled_task_last_success_timestamp_seconds{task="%s"}'


class JobsCase(ApiCase):
    def state_of(self, job):
        return self.postgres.psql(f"select state from jobs where id = '{job}'")

    def wait_until_done(self, job, process=None):
        (process or self.vigie).wait_until(lambda: self.state_of(job) == "", f"the job {job}")


class Embedded(JobsCase):
    def test_does_a_job_soon_and_says_whose_it_was(self):
        job = insert(self.postgres)
        self.wait_until_done(job)
        line = self.vigie.wait_for_log(lambda line: line["event"] == "job.done" and line["vigie.job.id"] == job)
        self.assertEqual(line["correlation_id"], "cause-" + job[:8])
        self.assertEqual(line["vigie.job.kind"], "sessions.clean")
        self.assertRegex(line["trace_id"], "^[0-9a-f]{32}$")

    def test_schedules_its_tasks_and_shows_their_success(self):
        self.vigie.wait_until(lambda: self.vigie.metrics().get("vigie_scheduler_leader") == 1, "a leader")
        for task in ("idempotency.clean", "sessions.clean"):
            self.vigie.wait_until(lambda: self.vigie.metrics()[SUCCESS % task] > time.time() - 60, f"a success of {task}")

    def test_an_operator_has_a_failed_job_run_again(self):
        for ask in (self.retry_by_command, self.retry_by_admin_port):
            job = insert(self.postgres, "failed")
            ask(job)
            self.wait_until_done(job)

    def retry_by_command(self, job):
        listed = self.vigie.run("jobs", "list", "--state", "failed").stdout
        self.assertIn(job, listed)
        self.assertIn("unavailable: was away", listed)
        self.vigie.run("jobs", "retry", job)

    def retry_by_admin_port(self, job):
        status, body = self.vigie.admin("/admin/jobs?state=failed&lane=low&limit=10")
        self.assertEqual(status, 200)
        self.assertIn(job, [item["id"] for item in json.loads(body)["items"]])
        status, body = self.vigie.admin(f"/admin/jobs/{job}/retry", method="POST")
        self.assertEqual((status, json.loads(body)["state"]), (200, "ready"))
        self.vigie.wait_for_log(lambda line: line["event"] == "job.released" and line["vigie.job.id"] == job)

    def test_an_operator_discards_a_failed_job(self):
        by_command, by_port = insert(self.postgres, "failed"), insert(self.postgres, "failed")
        self.vigie.run("jobs", "discard", by_command)
        self.assertEqual(self.vigie.admin(f"/admin/jobs/{by_port}/discard", method="POST")[0], 200)
        self.assertEqual(self.state_of(by_command) + self.state_of(by_port), "")
        self.vigie.wait_for_log(lambda line: line["event"] == "job.discarded" and line["vigie.job.id"] == by_port)

    def test_an_operator_has_all_failed_jobs_of_a_kind_run_again(self):
        jobs = [insert(self.postgres, "failed") for _ in range(3)]
        other = insert(self.postgres, "failed", kind="idempotency.clean")
        done = self.vigie.run("jobs", "retry", "--kind", "sessions.clean", "--limit", "2").stdout
        self.assertEqual(done, "2 retried, 0 refused, more are left\n")
        status, body = self.vigie.admin("/admin/jobs/retry?kind=sessions.clean", method="POST")
        self.assertEqual((status, json.loads(body)), (200, {"changed": 1, "refused": [], "has_more": False}))
        for job in jobs:
            self.wait_until_done(job)
        self.assertEqual(self.state_of(other), "failed")
        self.assertEqual(self.vigie.run("jobs", "discard", "--all").stdout, "1 discarded, 0 refused\n")
        self.assertEqual(self.state_of(other), "")

    def test_a_failed_job_whose_key_is_taken_keeps_none_of_the_others(self):
        waiting = insert(self.postgres, "scheduled", unique_key="many")
        taken, free = insert(self.postgres, "failed", unique_key="many"), insert(self.postgres, "failed")
        done = self.vigie.run("jobs", "retry", "--all", check=False)
        self.assertEqual((done.returncode, done.stdout), (1, "1 retried, 1 refused\n"))
        self.assertIn(f"{taken}: ", done.stderr)
        self.wait_until_done(free)
        self.vigie.run("jobs", "discard", waiting, taken)

    def test_many_are_changed_only_when_that_is_said(self):
        job = insert(self.postgres, "failed")
        for arguments in ((), ("--limit", "5"), (job, "--all"), ("--kind", "sessions.clean", "--all"), ("--all", "--limit", "0")):
            refused = self.vigie.run("jobs", "discard", *arguments, check=False)
            self.assertNotEqual(refused.returncode, 0, arguments)
        self.assertEqual(self.vigie.admin("/admin/jobs/discard", method="POST")[0], 422)
        self.assertEqual(self.state_of(job), "failed")
        self.vigie.run("jobs", "discard", job)

    def test_shows_one_job(self):
        job = insert(self.postgres, "failed", payload='{"a": 1}')
        self.addCleanup(self.vigie.run, "jobs", "discard", job)
        shown = json.loads(self.vigie.run("jobs", "show", job).stdout)
        status, body = self.vigie.admin(f"/admin/jobs/{job}")
        self.assertEqual((status, json.loads(body)), (200, shown))
        self.assertEqual((shown["state"], shown["error_code"], shown["attempt"], shown["payload"]),
                         ("failed", "unavailable", 3, '{"a": 1}'))

    def test_refuses_what_cannot_be(self):
        running, unknown = insert(self.postgres, "running"), str(uuid.uuid4())
        self.addCleanup(self.postgres.psql, f"delete from jobs where id = '{running}'")
        for change in ("retry", "discard"):
            self.assertEqual(self.vigie.admin(f"/admin/jobs/{running}/{change}", method="POST")[0], 409)
            self.assertEqual(self.vigie.admin(f"/admin/jobs/{unknown}/{change}", method="POST")[0], 404)
            refused = self.vigie.run("jobs", change, running, check=False)
            self.assertEqual((refused.returncode, refused.stdout), (1, ""))
            self.assertIn("The job is running.", refused.stderr)
        self.assertEqual(self.vigie.admin("/admin/jobs?state=lost")[0], 422)
        self.assertEqual(self.vigie.admin("/admin/jobs/7")[0], 404)

    def test_keeps_a_key_to_one_job_when_a_failed_one_is_retried(self):
        failed = insert(self.postgres, "failed", unique_key="one")
        waiting = insert(self.postgres, "scheduled", unique_key="one")
        status, body = self.vigie.admin(f"/admin/jobs/{failed}/retry", method="POST")
        self.assertEqual(status, 409)
        self.assertIn("unique key", json.loads(body)["detail"])
        self.vigie.run("jobs", "discard", waiting, failed)

    def test_counts_what_waits(self):
        job = insert(self.postgres, "failed", lane="external")
        series = 'vigie_job_queue_depth{lane="external",state="failed"}'
        self.vigie.wait_until(lambda: self.vigie.metrics()[series] == 1, "the count")
        self.vigie.run("jobs", "discard", job)
        self.vigie.wait_until(lambda: self.vigie.metrics()[series] == 0, "the count")


class Beside(JobsCase):
    settings = {"VIGIE_JOBS": "false"}

    def worker(self, *lanes, **extra):
        worker = VigieProcess(self.postgres.url, self.directory, QUICK | extra,
                              command=("worker", "--lanes", ",".join(lanes)))
        self.addCleanup(lambda: worker.process and worker.stop())
        return worker.start()

    def test_a_worker_does_its_lanes_and_no_other(self):
        low, external = insert(self.postgres), insert(self.postgres, lane="external")
        worker = self.worker("low")
        self.wait_until_done(low, worker)
        self.assertEqual(self.state_of(external), "ready")
        self.assertEqual(worker.admin("/livez")[0], 200)
        self.assertEqual(worker.metrics()['vigie_job_slots{lane="low",state="idle"}'], 2)
        self.assertEqual(self.vigie.metrics()['vigie_job_slots{lane="low",state="idle"}'], 0)
        self.assertEqual(worker.stop(), 0)
        self.vigie.run("jobs", "discard", external)

    def test_a_server_tells_of_jobs_that_wait_for_workers_that_are_gone(self):
        """By these alerts know of a queue that is stuck: whoever works is not there to say so."""
        depth, oldest = (f'{name}{{lane="low"{state}}}' for name, state in (
            ("vigie_job_queue_depth", ',state="ready"'), ("vigie_job_oldest_ready_timestamp_seconds", "")))
        self.worker("low").kill()
        began = time.time()
        job = insert(self.postgres)
        self.vigie.wait_until(lambda: self.vigie.metrics()[oldest] > 0, "the oldest job")
        self.assertAlmostEqual(self.vigie.metrics()[oldest], began, delta=5)
        self.assertGreaterEqual(self.vigie.metrics()[depth], 1)
        self.wait_until_done(job, self.worker("low"))
        self.vigie.wait_until(lambda: self.vigie.metrics()[oldest] == 0, "that nothing waits")

    def test_refuses_a_lane_that_is_none(self):
        refused = self.vigie.run("worker", "--lanes", "high,middle", check=False)
        self.assertEqual(refused.returncode, 64)
        self.assertIn("no such lane: middle", refused.stderr)

    def test_another_leads_within_seconds_when_the_leader_is_killed(self):
        workers = [self.worker("low"), self.worker("low")]
        leads = lambda worker: worker.metrics()["vigie_scheduler_leader"] == 1  # noqa: E731
        workers[0].wait_until(lambda: any(map(leads, workers)), "a leader")
        leader, other = sorted(workers, key=leads, reverse=True)
        leader.kill()
        began = time.monotonic()
        other.wait_until(lambda: leads(other), "the other leads")
        self.assertLess(time.monotonic() - began, 5)

    def test_a_job_of_a_killed_worker_is_done_by_another(self):
        job = insert(self.postgres, "running", lease_until="2000-01-01", attempt=1, run=1)
        self.postgres.psql(f"update jobs set lease_until = '2000-01-01' where id = '{job}'")
        worker = self.worker("low")
        self.wait_until_done(job, worker)
        worker.wait_for_log(lambda line: line["event"] == "job.lost" and line["vigie.job.id"] == job)
        self.assertEqual(worker.metrics()['vigie_job_runs_total{kind="sessions.clean",outcome="lost"}'], 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
