"""LightGBM with target encoding on the rows and features of train-flights.cjs: the bar for libs/learning.

    python3 -m venv ../lightgbm-venv && ../lightgbm-venv/bin/pip install lightgbm pyarrow numpy scikit-learn
    ../lightgbm-venv/bin/python benchmarks/learning/compare-lightgbm.py

One thread. Prints one JSON object per variant: CPU seconds of encoding and fit, AUC per month.
"""

import json
import time
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pyarrow.parquet as pq
from sklearn.metrics import roc_auc_score

FILE = Path(__file__).parents[2] / "node_modules/vega-datasets/data/flights-3m.parquet"
ROWS, SMOOTHING, FOLDS, SEED = 200_000, 50, 10, 1


def period(table, start, end, rows=None):
    date = table["date"].to_numpy()
    chosen = np.flatnonzero((date >= np.datetime64(start)) & (date < np.datetime64(end)))
    if rows is not None:
        n = np.arange(len(chosen))
        chosen = chosen[(n + 1) * rows // len(chosen) > n * rows // len(chosen)]
    ms = date[chosen].astype("datetime64[ms]").astype(np.int64)
    day = ms // 86_400_000
    return {
        "origin": table["origin"].to_numpy()[chosen],
        "destination": table["destination"].to_numpy()[chosen],
        "distance": table["distance"].to_numpy()[chosen].astype(np.float64),
        "minute": (ms % 86_400_000) // 60_000,
        "weekday": (day + 4) % 7,
        "label": (table["delay"].to_numpy()[chosen] > 15).astype(np.int32),
    }


def encoding(categories, labels, size):
    count = np.bincount(categories, minlength=size)
    total = np.bincount(categories, weights=labels, minlength=size)
    prior = labels.mean()
    return (total + SMOOTHING * prior) / (count + SMOOTHING), prior


def encode(train, tests):
    """Out of fold on random folds for the training rows, from all training rows for the others."""
    columns, test_columns = [], [[] for _ in tests]
    block = np.random.default_rng(SEED).integers(0, FOLDS, len(train["label"]))
    for name in ("origin", "destination"):
        known, codes = np.unique(train[name], return_inverse=True)
        out = np.empty(len(codes))
        for b in range(FOLDS):
            values, _ = encoding(codes[block != b], train["label"][block != b], len(known))
            out[block == b] = values[codes[block == b]]
        columns.append(out)
        values, prior = encoding(codes, train["label"], len(known))
        lookup = dict(zip(known, values))
        for column, test in zip(test_columns, tests):
            column.append(np.array([lookup.get(c, prior) for c in test[name]]))
    plain = lambda t: [t["distance"], t["minute"], t["weekday"]]
    return np.column_stack(columns + plain(train)), [np.column_stack(c + plain(t)) for c, t in zip(test_columns, tests)]


def main():
    table = pq.read_table(FILE)
    train = period(table, "2001-01-01", "2001-04-01", ROWS)
    months = {
        "April": period(table, "2001-04-01", "2001-05-01"),
        "May": period(table, "2001-05-01", "2001-06-01"),
        "June": period(table, "2001-06-01", "2001-07-01"),
    }
    began = time.process_time()
    x, tests = encode(train, list(months.values()))
    encoded = time.process_time() - began
    common = dict(objective="binary", learning_rate=0.1, max_depth=6, num_threads=1, verbose=-1, seed=1)
    variants = {
        "31 leaves (default)": {},
        "64 leaves": {"num_leaves": 64},
        "64 leaves, lambda 1, child hessian 5": {"num_leaves": 64, "lambda_l2": 1, "min_sum_hessian_in_leaf": 5, "min_data_in_leaf": 1},
    }
    for name, extra in variants.items():
        began = time.process_time()
        model = lgb.train({**common, **extra}, lgb.Dataset(x, train["label"]), num_boost_round=100)
        fit = time.process_time() - began
        auc = {m: round(roc_auc_score(t["label"], model.predict(p)), 4) for (m, t), p in zip(months.items(), tests)}
        print(json.dumps({"variant": name, "lightgbm": lgb.__version__, "encodeCpuSeconds": round(encoded, 2), "fitCpuSeconds": round(fit, 2), "auc": auc}))


if __name__ == "__main__":
    main()
