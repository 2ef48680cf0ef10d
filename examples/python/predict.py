"""Sends one prediction request to an endpoint of Millrace and prints the response.

    pip install -r requirements.txt
    python predict.py

KAFKA_BROKERS (127.0.0.1:9092) and SCHEMA_REGISTRY_URL (http://127.0.0.1:8081) say where the platform is.
Ends with 1 when no response comes within 20 seconds.
"""

import json
import os
import sys
import time
import uuid

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

BROKERS = os.environ.get("KAFKA_BROKERS", "127.0.0.1:9092")
REGISTRY = os.environ.get("SCHEMA_REGISTRY_URL", "http://127.0.0.1:8081")
REQUESTS = "serve.flights-late.requests.v1"
RESPONSES = "serve.flights-late.responses.v1"
TIMEOUT_S = 20

FEATURES = {"origin": "SFO", "destination": "JFK", "distance": 2586.0, "departure": 988_700_000_000}


def main() -> int:
    registry = SchemaRegistryClient({"url": REGISTRY})
    # The endpoint owns its schemas: use the one that is registered, never register the one at hand.
    serialize = AvroSerializer(registry, conf={"auto.register.schemas": False, "use.latest.version": True})
    deserialize = AvroDeserializer(registry)
    consumer = read_from_now(RESPONSES)

    # librdkafka's default partitioner is not Java's: with it, the same key would go to another partition than
    # requests that Java programs and Millrace itself send, and their order would be lost.
    producer = Producer({"bootstrap.servers": BROKERS, "partitioner": "murmur2_random", "enable.idempotence": True})
    request_id = str(uuid.uuid4())
    request = {"requestId": request_id, "features": FEATURES}
    value = serialize(request, SerializationContext(REQUESTS, MessageField.VALUE))
    failures = []
    producer.produce(REQUESTS, key=request_id, value=value, on_delivery=lambda error, _: error and failures.append(error))
    if producer.flush(TIMEOUT_S) > 0 or failures:
        return fail(f"The request was not delivered to {BROKERS}: {failures or 'no acknowledgement'}")

    end = time.monotonic() + TIMEOUT_S
    while time.monotonic() < end:
        message = consumer.poll(0.2)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        response = deserialize(message.value(), SerializationContext(RESPONSES, MessageField.VALUE))
        if response["requestId"] == request_id:
            print(json.dumps(response, indent=2, default=str))
            consumer.close()
            return 0
    consumer.close()
    return fail(f"No response within {TIMEOUT_S} s: `millrace status` shows whether inference runs.")


def read_from_now(topic: str) -> Consumer:
    """A reader of all partitions from their present ends, made before the request is sent, so that none is missed."""
    consumer = Consumer(
        {
            "bootstrap.servers": BROKERS,
            "group.id": "example-python",  # asked for by the client; nothing is committed
            "enable.auto.commit": False,
            # Responses of transactions that were aborted are not responses.
            "isolation.level": "read_committed",
        }
    )
    metadata = consumer.list_topics(topic, timeout=TIMEOUT_S).topics[topic]
    if metadata.error:
        raise KafkaException(metadata.error)
    ends = []
    for partition in metadata.partitions:
        _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=TIMEOUT_S)
        ends.append(TopicPartition(topic, partition, end))
    consumer.assign(ends)
    return consumer


def fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
