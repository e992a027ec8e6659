# SPDX-License-Identifier: Apache-2.0
"""What scripts/bench makes of measurements: rows, marks, tables. Measures nothing."""
import importlib.machinery
import importlib.util
import json
import pathlib
import sys
import types
import unittest
from unittest import mock

sys.dont_write_bytecode = True
script = str(pathlib.Path(__file__).parents[2] / "scripts/bench")
spec = importlib.util.spec_from_loader("bench", importlib.machinery.SourceFileLoader("bench", script))
bench = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bench)


def run(name, **fields):
    """A repetition as Google Benchmark prints it."""
    return {"name": name, "run_type": "iteration", "threads": 1, "real_time": 1.0, "cpu_time": 1.0, **fields}


def rows_of(*values, enough=1):
    rows = bench.Rows(enough)
    for value in values:
        rows.add(*value)
    return rows


class Repetitions(unittest.TestCase):
    def test_a_thread_waits_the_wall_time_of_an_operation_times_the_threads(self):
        self.assertEqual(bench.row_of(run("gauge_set/peer/real_time/threads:2", real_time=7.0)), ("gauge_set", 2, "peer", 14.0))
        self.assertEqual(bench.row_of(run("render_100k/ours", real_time=0.9)), ("render_100k", 1, "ours", 0.9))

    def test_one_whose_threads_had_no_core_for_a_tenth_of_the_time_is_disturbed(self):
        self.assertTrue(bench.is_disturbed(run("gauge_set/ours", waited=0.11)))
        self.assertFalse(bench.is_disturbed(run("gauge_set/ours", waited=0.09)))

    def test_one_whose_threads_wait_for_a_lock_is_not_disturbed(self):
        self.assertFalse(bench.is_disturbed(run("summary_observe/peer/real_time/threads:2", real_time=2.0, waited=0.0)))

    def test_one_of_which_the_kernel_says_nothing_is_not_disturbed(self):
        self.assertFalse(bench.is_disturbed(run("gauge_set/ours")))


class Again(unittest.TestCase):
    """Google Benchmark's answers are given; what is asked for is looked at."""

    def run_operations(self, *answers, cores=2):
        asked = []

        def answer(_program, only, repetitions, _options):
            asked.append((only, repetitions))
            return answers[min(len(asked), len(answers)) - 1]

        rows = bench.Rows()
        with mock.patch.object(bench, "google_benchmark", answer), mock.patch.object(bench, "usable_cores", lambda: range(cores)):
            bench.run_operations("program", rows, types.SimpleNamespace(only=".", repetitions=2))
        return rows, asked

    def test_what_was_disturbed_is_measured_again_and_nothing_else(self):
        quiet, loud = run("gauge_set/ours", waited=0.0), run("gauge_set/peer", waited=0.5)
        rows, asked = self.run_operations([quiet, quiet, loud, loud], [{**loud, "waited": 0.0}] * 2)
        self.assertEqual(asked, [(".", 2), ("^(gauge_set/peer)$", 2)])
        self.assertEqual(rows.table()[0]["disturbed"], [])

    def test_it_ends_where_the_machine_does_not_come_to_rest(self):
        rows, asked = self.run_operations([run("gauge_set/ours", waited=0.5)] * 2)
        self.assertEqual(len(asked), bench.TRIES)
        self.assertEqual(rows.table()[0]["disturbed"], ["ours"])

    def test_more_threads_than_cores_are_measured_but_once(self):
        rows, asked = self.run_operations([run("gauge_set/ours/real_time/threads:24", waited=0.9)])
        self.assertEqual(len(asked), 1)
        self.assertEqual(rows.table()[0]["disturbed"], ["ours"])


class Disturbed(unittest.TestCase):
    def test_a_repetition_counts_only_where_there_is_no_other(self):
        rows = rows_of(("gauge_set", 1, "ours", 0.3), ("gauge_set", 1, "ours", 9.0, True), ("gauge_set", 1, "peer", 50.0, True))
        row, = rows.table()
        self.assertEqual((row["ours"], row["peer"]), (0.3, 50.0))

    def test_a_row_is_marked_where_too_few_repetitions_were_undisturbed(self):
        few = rows_of(*[("gauge_set", 2, "ours", 0.3)] * 2, ("gauge_set", 2, "ours", 0.9, True), enough=3)
        many = rows_of(*[("gauge_set", 2, "ours", 0.3)] * 3, ("gauge_set", 2, "ours", 0.9, True), enough=3)
        self.assertEqual(few.table()[0]["disturbed"], ["ours"])
        self.assertEqual(many.table()[0]["disturbed"], [])
        self.assertIn("disturbed: ours", "\n".join(few.lines()))
        self.assertIn("gauge_set (disturbed: ours)", "\n".join(few.markdown()))
        self.assertNotIn("disturbed", "\n".join(many.lines()))

    def test_a_row_that_is_measured_but_once_is_not_marked(self):
        self.assertEqual(rows_of(("allocations_per_series", 1, "ours", 0.0), enough=5).table()[0]["disturbed"], [])

    def test_the_warning_is_one_line_that_names_rows_and_the_command_that_measures_them_again(self):
        rows = rows_of(("gauge_set", 1, "ours", 0.3, True), ("gauge_set", 2, "peer", 14.0, True), ("render_100k", 1, "ours", 1.0))
        warning = rows.warning()
        self.assertNotIn("\n", warning)
        self.assertIn("gauge_set (1), gauge_set (2)", warning)
        self.assertIn("""make bench ARGS="--only '^(gauge_set)'\"""", warning)
        self.assertNotIn("render_100k", warning)
        self.assertEqual(rows_of(("render_100k", 1, "ours", 1.0)).warning(), "")


class Tables(unittest.TestCase):
    def test_a_row_has_the_fields_that_its_readers_know(self):
        row = json.loads(json.dumps(rows_of(("gauge_set", 1, "ours", 0.3)).table()))[0]
        self.assertEqual(row, {"name": "gauge_set", "threads": 1, "ours": 0.3, "peer": None, "floor": None, "unit": "ns",
                               "disturbed": []})

    def test_the_rows_of_issue_4_have_their_names(self):
        for name in ("counter_increment counter_increment_so counter_random_1000 gauge_set up_down_counter_add "
                     "histogram_observe lookup3_increment lookup3_increment_1000 lookup3_enum render_100k "
                     "render_100k_8_threads render_1k_histograms scrape_100k_plain scrape_100k_gzip new_series_stall "
                     "bytes_per_series allocations_per_series beast_instructions beast_ratio").split():
            self.assertIn(name, bench.UNITS)

    def test_each_goal_and_each_short_row_is_one_of_the_table(self):
        self.assertLessEqual(set(bench.GOALS) | set(bench.SHORT), set(bench.UNITS))

    def test_a_number_stands_beside_peer_floor_range_and_goal(self):
        rows = rows_of(("histogram_observe", 1, "ours", 4.0), ("histogram_observe", 1, "ours", 3.5),
                       ("histogram_observe", 1, "ours", 4.5), ("histogram_observe", 1, "peer", 24.0),
                       ("histogram_observe", 1, "floor", 2.0))
        self.assertEqual(list(rows.markdown())[2],
                         "| histogram_observe | 1 | 4.00 ns | 24 ns | 6x | 2.00 ns | 2x | 3.50–4.50 | 24–24 | ≤ 4 |")

    def test_a_goal_that_is_missed_says_so(self):
        self.assertEqual(bench.goal_text("counter_increment", 1, 0.81), "≤ 0.8, missed")
        self.assertEqual(bench.goal_text("counter_increment", 2, 0.81), "≤ 1")
        self.assertEqual(bench.goal_text("beast_ratio", 1, 0.98), "≥ 0.985, missed")
        self.assertEqual(bench.goal_text("beast_ratio", 1, 1.01), "≥ 0.985")
        self.assertEqual(bench.goal_text("bytes_per_series", 4, 147), "≤ 150")
        self.assertEqual(bench.goal_text("counter_increment", 24, 0.5), "")

    def test_what_is_higher_is_better_has_its_ratio_the_other_way_round(self):
        self.assertEqual(bench.better("beast_ratio", 1.0, 0.5), "2x")
        self.assertEqual(bench.better("gauge_set", 0.5, 5.0), "10x")

    def test_the_readme_shows_one_and_two_threads_in_one_row(self):
        rows = rows_of(("gauge_set", 1, "ours", 0.32), ("gauge_set", 1, "peer", 5.0), ("gauge_set", 2, "ours", 0.33),
                       ("gauge_set", 2, "peer", 14.0), ("gauge_set", 4, "ours", 0.4))
        self.assertEqual(list(rows.short_markdown())[2], "| gauge set | 0.32 / 0.33 ns | 5.00 / 14 ns | 16x / 42x |")

    def test_tables_go_between_the_markers_of_a_page(self):
        page = "above\n<!-- make bench -->\nold\n<!-- end of make bench -->\nbelow\n"
        self.assertEqual(bench.between_markers(page, ["new"]),
                         "above\n<!-- make bench -->\n\nnew\n\n<!-- end of make bench -->\nbelow\n")
        with self.assertRaises(SystemExit):
            bench.between_markers("no markers\n", ["new"])

    def test_the_documents_have_markers(self):
        for path in ("docs/benchmarks.md", "README.md"):
            bench.between_markers((pathlib.Path(__file__).parents[2] / path).read_text(encoding="utf-8"), [])


class Scaling(unittest.TestCase):
    def rows(self):
        return rows_of(*[("counter_increment", threads, who, value * threads) for threads in (1, 2, 16, 24)
                         for who, value in (("ours", 0.5), ("peer", 6.0))], ("render_100k", 1, "ours", 1.0))

    def test_on_24_cores_each_number_of_threads_is_a_column(self):
        title, head, *lines = self.rows().scaling(24)
        self.assertIn("24 cores", title)
        self.assertEqual(head.split(), ["1", "2", "16", "24"])
        self.assertEqual([line.split() for line in lines],
                         [["counter_increment", "0.50", "(6.00)", "1.00", "(12)", "8.00", "(96)", "12", "(144)"]])

    def test_a_number_of_threads_that_a_row_has_not_is_an_empty_cell(self):
        rows = self.rows()
        rows.add("gauge_set", 1, "ours", 0.3)
        self.assertEqual(list(rows.scaling(16))[-1].split(), ["gauge_set", "0.30", "()", "()", "()", "()"])

    def test_below_16_cores_there_is_none(self):
        self.assertEqual(list(self.rows().scaling(15)), [])


if __name__ == "__main__":
    unittest.main(verbosity=1)
