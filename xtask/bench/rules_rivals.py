"""The workload of `cargo xtask bench rules` in DuckDB and Polars.

usage: rules_rivals.py FOLDER ENGINE   (ENGINE: duckdb-decimal, duckdb-double, polars)

FOLDER holds what the wupu bench wrote: workload.json (columns and rules), and per column
NAME.i64 (little endian, scaled by 1000) with NAME.null (one byte a row, 1 = missing).
Prints one JSON object: CPU seconds of the 100 rules, wall seconds, violations per rule.
"""
import json
import sys
import time

import numpy as np

folder, engine = sys.argv[1:3]
work = json.load(open(f"{folder}/workload.json"))


def column(name):
    return np.fromfile(f"{folder}/{name}.i64", dtype="<i8"), np.fromfile(f"{folder}/{name}.null", dtype="u1").astype(bool)


def timed(run):
    wall, cpu = time.perf_counter(), time.process_time()
    counts = run()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(json.dumps({"engine": engine, "cpu": round(cpu, 3), "wall": round(wall, 3), "violations": counts}))


def duckdb_run(decimal):
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect()
    connection.execute("SET threads TO 2")
    scale = "DECIMAL(18,3)" if decimal else "DOUBLE"

    def load(table, names, extra=()):
        arrays = {}
        for name in names:
            values, null = column(name)
            arrays[name] = pa.array(values, mask=null)
        for name, values in extra:
            arrays[name] = pa.array(values)
        source = pa.table(arrays)  # noqa: F841 (named in the query)
        to = ", ".join(
            [f"({n}::DECIMAL(18,0) * 0.001::DECIMAL(4,3))::{scale} AS {n}" for n in names] + [n for n, _ in extra]
        )
        connection.execute(f"CREATE TABLE {table} AS SELECT {to} FROM source")

    units = np.arange(work["units"], dtype="<i8")
    load("u", work["columns"], [("unit", units)])
    owners = np.fromfile(f"{folder}/owner.i64", dtype="<i8")
    load("c", work["child_columns"], [("unit", owners)])
    rows = ", ".join(f"count(*) FILTER (WHERE NOT ({r['sql']}))" for r in work["rules"] if r["kind"] == "row")
    sums = work["sums"]
    aggregates = ", ".join(
        f"sum({s['column']}){' FILTER (WHERE ' + s['where'] + ')' if s['where'] else ''} AS {s['name']}, "
        f"count(*){' FILTER (WHERE ' + s['where'] + ')' if s['where'] else ''} AS n_{s['name']}"
        for s in sums
    )
    # sum() skips blanks; no row gives 0; rows that are all blank give no value
    filled = ", ".join(f"CASE WHEN coalesce(n_{s['name']}, 0) = 0 THEN 0 ELSE {s['name']} END AS {s['name']}" for s in sums)
    parents = ", ".join(f"count(*) FILTER (WHERE NOT ({r['sql']}))" for r in work["rules"] if r["kind"] == "sum")

    def run():
        first = connection.execute(f"SELECT {rows} FROM u").fetchone()
        second = connection.execute(
            f"WITH g AS (SELECT unit, {aggregates} FROM c GROUP BY unit), "
            f"j AS (SELECT u.*, {filled} FROM u LEFT JOIN g USING (unit)) SELECT {parents} FROM j"
        ).fetchone()
        return list(first) + list(second)

    timed(run)


def polars_run():
    import polars as pl

    def load(names, extra=()):
        frame = {}
        for name in names:
            values, null = column(name)
            series = pl.Series(name, values / 1000.0)
            frame[name] = series.set(pl.Series(null), None)
        for name, values in extra:
            frame[name] = pl.Series(name, values)
        return pl.DataFrame(frame)

    u = load(work["columns"], [("unit", np.arange(work["units"], dtype="<i8"))])
    c = load(work["child_columns"], [("unit", np.fromfile(f"{folder}/owner.i64", dtype="<i8"))])
    named = lambda text: eval(text, {"c": pl.col})  # noqa: E731 (the workload is ours)
    rows = [(~named(r["polars"])).sum().alias(str(i)) for i, r in enumerate(work["rules"]) if r["kind"] == "row"]
    parents = [(~named(r["polars"])).sum().alias(str(i)) for i, r in enumerate(work["rules"]) if r["kind"] == "sum"]
    aggregates = []
    for s in work["sums"]:
        values = pl.col(s["column"])
        kept = values.filter(named(s["polars_where"])) if s["where"] else values
        aggregates += [
            pl.when(kept.count() > 0).then(kept.sum()).alias(s["name"]),
            kept.len().alias("n_" + s["name"]),
        ]
    filled = [
        pl.when(pl.col("n_" + s["name"]).fill_null(0) == 0).then(0.0).otherwise(pl.col(s["name"])).alias(s["name"])
        for s in work["sums"]
    ]

    def run():
        first = u.lazy().select(rows).collect().row(0)
        joined = u.lazy().join(c.lazy().group_by("unit").agg(aggregates), on="unit", how="left").with_columns(filled)
        second = joined.select(parents).collect().row(0)
        return list(first) + list(second)

    timed(run)


if engine == "polars":
    polars_run()
else:
    duckdb_run(engine == "duckdb-decimal")
