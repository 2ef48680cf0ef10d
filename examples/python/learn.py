"""Learns from the labelled examples of an endpoint with River, one by one, while Millrace serves.

    pip install -r requirements-learn.txt
    python learn.py            # goes on for ever, a line every 1,000 examples
    python learn.py --once     # up to what is there now, then one JSON line

Every example is predicted first and learned from afterwards (prequential), so each is a test before it is a lesson. KAFKA_BROKERS
(127.0.0.1:9092) and SCHEMA_REGISTRY_URL (http://127.0.0.1:8081) say where the platform is.
"""

import json
import os
import sys
from collections import deque
from datetime import datetime, timezone

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from river import compose, linear_model, metrics, preprocessing

BROKERS = os.environ.get("KAFKA_BROKERS", "127.0.0.1:9092")
REGISTRY = os.environ.get("SCHEMA_REGISTRY_URL", "http://127.0.0.1:8081")
LABELLED = "serve.flights-late.labelled.v1"
TIMEOUT_S = 20
REPORT_EVERY = 1_000
# After a crash the last examples may stand on the topic a second time, at most 500 records later.
REMEMBERED = 1_024


def new_model():
    """Categories one-hot, numbers standardised as they come, logistic regression."""
    categories = compose.Select("origin", "destination", "hour") | preprocessing.OneHotEncoder()
    numbers = compose.Select("distance") | preprocessing.StandardScaler()
    return (categories + numbers) | linear_model.LogisticRegression()


def features_of(example: dict) -> dict:
    features = example["features"]
    departure = features["departure"]
    # Avro gives a timestamp as a datetime, a plain long as milliseconds.
    moment = departure if isinstance(departure, datetime) else datetime.fromtimestamp(departure / 1_000, timezone.utc)
    return {
        "origin": features["origin"],
        "destination": features["destination"],
        "distance": features["distance"],
        "hour": moment.hour,
    }


def main(once: bool) -> int:
    deserialize = AvroDeserializer(SchemaRegistryClient({"url": REGISTRY}))
    consumer = Consumer({"bootstrap.servers": BROKERS, "group.id": "example-learner", "enable.auto.commit": False})
    _, end = consumer.get_watermark_offsets(TopicPartition(LABELLED, 0), timeout=TIMEOUT_S)
    # From the first example on: then what was learned is a function of the log. One partition, so its order is the order of learning.
    consumer.assign([TopicPartition(LABELLED, 0, 0)])

    model, ours, released, floor = new_model(), metrics.LogLoss(), metrics.LogLoss(), metrics.LogLoss()
    learned = late = 0
    position, recent = 0, deque(maxlen=REMEMBERED)
    while not (once and position >= end):
        message = consumer.poll(TIMEOUT_S if once else 1.0)
        if message is None:
            if once:
                print(f"Only {position} of {end} examples came within {TIMEOUT_S} s.", file=sys.stderr)
                return 1
            continue
        if message.error():
            raise KafkaException(message.error())
        example = deserialize(message.value(), SerializationContext(LABELLED, MessageField.VALUE))
        position = message.offset() + 1
        place = (example["requestPartition"], example["requestOffset"])
        if place in recent:
            continue
        recent.append(place)
        features, label = features_of(example), example["label"] == 1
        ours.update(label, model.predict_proba_one(features))
        floor.update(label, (late + 1) / (learned + 2))
        if example["outputs"] is not None:
            released.update(label, example["outputs"]["probability"])
        model.learn_one(features, label)
        learned += 1
        late += label
        if not once and learned % REPORT_EVERY == 0:
            print(report(learned, ours, released, floor), flush=True)
    print(report(learned, ours, released, floor))
    consumer.close()
    return 0


def report(learned: int, ours, released, floor) -> str:
    losses = {"logLoss": ours.get(), "releasedLogLoss": released.get(), "meanOfLabelsLogLoss": floor.get()}
    return json.dumps({"examples": learned, **{name: round(loss, 4) for name, loss in losses.items()}})


if __name__ == "__main__":
    sys.exit(main("--once" in sys.argv[1:]))
