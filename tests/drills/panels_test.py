#!/usr/bin/python3
"""No blind panels: after a tour with every kind of refusal, each query of each panel finds numbers, or says when it may not."""

import math
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from faults_of_jobs import begun_late, nobody_knows_the_kind  # noqa: E402
from faults_of_media import purge_overdue  # noqa: E402
from scene import Scene, StackTest, wait_for  # noqa: E402
from tour import Tour  # noqa: E402

from local_stack import back_ends  # noqa: E402
from promql import without_variables  # noqa: E402
from queries import Query, dashboard_queries, document_queries  # noqa: E402
from repository import main  # noqa: E402

FINDS_LIMIT_S = 60
# What a process may expose, of one metric and of all; sample_limit in alerts/prometheus.yml is the last resort.
SERIES_A_METRIC_MAX = 12_000
SERIES_A_PROCESS_MAX = 17_000

# Panels that stay empty in a tour: why.
NOT_FILLED = {
    "grafana/dashboards/vigie-start-here.json: Firing alerts": "the tour hurts nobody for long enough; ops.start_here fills it",
    "grafana/dashboards/vigie-start-here.json: Error budget left, 30 days": "a tour is short; ops.start_here fills it",
    "grafana/dashboards/vigie-slo.json: Availability: budget left": "as above",
    "grafana/dashboards/vigie-slo.json: Jobs: budget left": "as above",
    "grafana/dashboards/vigie-media.json: Traces: what the store was slow in": "the store is a directory",
    "grafana/dashboards/vigie-workers.json: Traces: password hashes slower than 250 ms": "hashes are made cheap for drills",
}


def with_values(query: Query) -> str:
    """As Grafana would send it for one service and all routes and instances."""
    return without_variables(query.text.replace("$service", "vigie"))


def says_something(rows: list[dict]) -> bool:
    """Lines, traces, or series with a number; NaN is drawn as nothing."""
    return any("value" not in row or not math.isnan(float(row["value"][1])) for row in rows)


def panel_queries() -> list[Query]:
    return [query for language in ("promql", "logql", "traceql") for query in dashboard_queries(language)]


def as_drawn(query: Query) -> str:
    """A mark is drawn wherever in the board's range its query says something, a panel by what it says now."""
    return f"last_over_time(({with_values(query)})[10m:1s])" if ": annotation " in query.place else with_values(query)


class Panels(StackTest):
    @classmethod
    def setUpClass(cls):
        cls.scene = cls.enterClassContext(Scene(cls.new_directory(), has_back_ends=True))
        cls.scene.start_traffic()
        cls.tour = Tour(cls.scene)
        cls.tour.run()
        cls.scene.wait_until_scraped("admin")
        cls.tour.broken()
        cls.tour.run()
        # What is to be seen at the moment of the look, or in seconds that are five minutes.
        for fault in (nobody_knows_the_kind, purge_overdue, begun_late(on_time_a_second=1)):
            cls.enterClassContext(fault(cls.scene))

    def jobs(self) -> set[str]:
        """Back ends answer queries some seconds after the server does."""
        if self.scene.has_back_ends and back_ends.installed():
            wait_for("the back ends are scraped", 60, lambda: not self.scene.stack.query("up == 0"))
        return {row["metric"]["job"] for row in self.scene.stack.query("up")}

    def test_a_the_tour_met_every_refusal(self):
        self.assertEqual(self.tour.missed(), [])

    def test_b_every_query_of_every_panel_finds_something(self):
        jobs = self.jobs()
        queries = [query for query in panel_queries() if not query.empty and (not query.needs or query.needs in jobs)]
        left_out = {query.needs for query in panel_queries() if query.needs and query.needs not in jobs}
        print(f"{len(queries)} queries of panels; left out, because no such job runs here: {sorted(left_out) or 'none'}")
        self.assertGreater(len(queries), 40)
        self.find_all(queries)

    def test_c_what_may_be_empty_is_filled_once(self):
        """Otherwise the word that it may be empty hides a query that can find nothing."""
        may_be_empty = [query for query in panel_queries() if query.empty]
        self.scene.reload("prometheus")
        self.assertLessEqual(set(NOT_FILLED), {query.place for query in may_be_empty})
        self.find_all([query for query in may_be_empty if query.place not in NOT_FILLED and self.scene.answers(query.language)])

    def test_d_every_query_of_every_document_is_executed(self):
        for language in ("promql", "logql", "traceql"):
            for query in document_queries(language) if self.scene.answers(language) else []:
                self.scene.ask(language, with_values(query))

    def test_e_series_stay_within_their_budget(self):
        per_metric = self.scene.stack.query('topk(3, count by (__name__, instance) ({job="vigie"}))')
        for row in per_metric:
            self.assertLess(float(row["value"][1]), SERIES_A_METRIC_MAX, row["metric"])
        self.assertLess(max(self.scene.values('scrape_samples_post_metric_relabeling{job="vigie"}')), SERIES_A_PROCESS_MAX)

    def find_all(self, queries: list[Query]) -> None:
        blind: list[Query] = list(queries)

        def all_found() -> bool:
            blind[:] = [query for query in blind if not says_something(self.scene.ask(query.language, as_drawn(query)))]
            return not blind
        try:
            wait_for("every query finds something", FINDS_LIMIT_S, all_found)
        except AssertionError:
            lines = [f"{query.place}: {with_values(query)}" for query in blind]
            raise AssertionError(f"{len(blind)} queries are blind:\n" + "\n".join(lines)) from None

    def test_f_catches_a_planted_blind_panel(self):
        self.assertFalse(says_something(self.scene.stack.query('vigie_db_up{service="gone"}')))
        self.assertFalse(says_something(self.scene.stack.query("0 * vector(1) / 0")))


if __name__ == "__main__":
    main()
