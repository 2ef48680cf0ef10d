"""River's counterparts on the kind of stream of ours.cjs: microseconds a step and log loss, test then train.

    python3 -m venv ../river-venv && ../river-venv/bin/pip install river
    ../river-venv/bin/python benchmarks/online-learning/compare-river.py [examples]
"""

import json
import math
import random
import sys
import time

from river import linear_model, metrics, optim, preprocessing, tree

NUMBERS = 32


def stream(examples):
    draw = random.Random(1)
    for _ in range(examples):
        x = {f"x{i}": draw.uniform(-1, 1) for i in range(NUMBERS)}
        log_odds = sum(((i % 5) - 2) * x[f"x{i}"] for i in range(NUMBERS))
        yield x, draw.random() < 1 / (1 + math.exp(-log_odds))


def main():
    examples = list(stream(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
    learners = {
        "River logistic, AdaGrad": preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.AdaGrad(0.3)),
        "River Hoeffding tree": tree.HoeffdingTreeClassifier(),
    }
    for name, model in learners.items():
        loss = metrics.LogLoss()
        began = time.perf_counter()
        for x, label in examples:
            loss.update(label, model.predict_proba_one(x).get(True, 0.5))
            model.learn_one(x, label)
        micros = (time.perf_counter() - began) * 1e6 / len(examples)
        print(json.dumps({"learner": name, "microseconds": [round(micros, 2)], "logLossOn32Numbers": round(loss.get(), 4)}))


if __name__ == "__main__":
    main()
