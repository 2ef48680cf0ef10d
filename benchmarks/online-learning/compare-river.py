"""River's counterparts of ours.cjs: microseconds of CPU a step on 32 numbers, and log loss and AUC on the same flights, test then train.

    python3 -m venv ../river-venv && ../river-venv/bin/pip install river
    ../river-venv/bin/python benchmarks/online-learning/compare-river.py [examples] [flights.jsonl]

`flights.jsonl` is what ours.cjs --write gives: one flight a line, in the order of the stream.
"""

import json
import math
import random
import sys
import time

from river import compose, linear_model, optim, preprocessing, tree

NUMBERS = 32
HOUR_MS = 3_600_000


def numbers_stream(examples):
    draw = random.Random(1)
    for _ in range(examples):
        x = {f"x{i}": draw.uniform(-1, 1) for i in range(NUMBERS)}
        log_odds = sum(((i % 5) - 2) * x[f"x{i}"] for i in range(NUMBERS))
        yield x, draw.random() < 1 / (1 + math.exp(-log_odds))


def flight(line):
    """Hour and weekday of the departure, as our learners make of a time."""
    x = json.loads(line)
    label = x.pop("label") == 1
    departure = int(x.pop("departure"))
    x["hour"] = str(departure // HOUR_MS % 24)
    x["weekday"] = str((departure // (24 * HOUR_MS) + 4) % 7)
    return x, label


def logistic_on_numbers():
    return preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.AdaGrad(0.3))


def logistic_on_flights():
    numbers = compose.Select("distance") | preprocessing.StandardScaler()
    categories = compose.Select("origin", "destination", "hour", "weekday") | preprocessing.OneHotEncoder()
    return (numbers + categories) | linear_model.LogisticRegression(optim.AdaGrad(0.3))


LEARNERS = {
    "River logistic, AdaGrad": (logistic_on_numbers, logistic_on_flights),
    "River Hoeffding tree": (tree.HoeffdingTreeClassifier, tree.HoeffdingTreeClassifier),
}


def test_then_train(model, examples):
    """Log loss with probabilities kept within 1e-15 of 0 and 1, AUC, microseconds of CPU an example."""
    scored = []
    began = time.process_time()
    for x, label in examples:
        scored.append((model.predict_proba_one(x).get(True, 0.5), label))
        model.learn_one(x, label)
    micros = (time.process_time() - began) * 1e6 / len(examples)
    inside = ((min(max(p, 1e-15), 1 - 1e-15), label) for p, label in scored)
    loss = -sum(math.log(p if label else 1 - p) for p, label in inside) / len(scored)
    return loss, auc(scored), micros


def auc(scored):
    """By ranks; equal scores share theirs."""
    scored = sorted(scored, key=lambda one: one[0])
    ranks = at = 0
    ones = sum(label for _, label in scored)
    while at < len(scored):
        end = at
        while end < len(scored) and scored[end][0] == scored[at][0]:
            end += 1
        ranks += (at + end + 1) / 2 * sum(label for _, label in scored[at:end])
        at = end
    return (ranks - ones * (ones + 1) / 2) / (ones * (len(scored) - ones))


def main():
    numbers = list(numbers_stream(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
    with open(sys.argv[2]) if len(sys.argv) > 2 else open("/dev/null") as lines:
        flights = [flight(line) for line in lines]
    for name, (on_numbers, on_flights) in LEARNERS.items():
        loss, _, micros = test_then_train(on_numbers(), numbers)
        told = {"learner": name, "microseconds": [round(micros, 2)], "logLossOn32Numbers": round(loss, 4)}
        if flights:
            loss, area, micros = test_then_train(on_flights(), flights)
            told |= {"logLoss": round(loss, 4), "auc": round(area, 4), "microsecondsOnFlights": round(micros, 2)}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
