import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Sends one prediction request to an endpoint of Millrace and prints the response. Nothing but Kafka's own client and
 * Apache Avro: the framing and the schema registry's two requests are written out here.
 *
 * <p>KAFKA_BROKERS (127.0.0.1:9092) and SCHEMA_REGISTRY_URL (http://127.0.0.1:8081) say where the platform is. Ends
 * with 1 when no response comes within 20 seconds.
 *
 * <pre>
 *   value of every record:   0 | schema id, 4 bytes, big endian | Avro binary
 * </pre>
 */
public final class Predict {
  private static final String REQUESTS = "serve.flights-late.requests.v1";
  private static final String RESPONSES = "serve.flights-late.responses.v1";
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What the registry says of a schema. */
  private record Registered(int id, Schema schema) {}

  public static void main(String[] arguments) throws Exception {
    String brokers = System.getenv().getOrDefault("KAFKA_BROKERS", "127.0.0.1:9092");
    String registry = System.getenv().getOrDefault("SCHEMA_REGISTRY_URL", "http://127.0.0.1:8081");
    Registered requests = latest(registry, REQUESTS + "-value");
    Registered responses = latest(registry, RESPONSES + "-value");

    try (var consumer = consumer(brokers); var producer = producer(brokers)) {
      String requestId = UUID.randomUUID().toString();
      byte[] value = framed(requests, request(requests.schema(), requestId));
      producer.send(new ProducerRecord<>(REQUESTS, requestId, value)).get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);

      long end = System.nanoTime() + TIMEOUT.toNanos();
      while (System.nanoTime() < end) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          // The same key, so most records need no decoding; requestId decides.
          if (!requestId.equals(record.key())) continue;
          GenericRecord response = unframed(registry, responses, record.value());
          if (!requestId.contentEquals((CharSequence) response.get("requestId"))) continue;
          System.out.println(response);
          return;
        }
      }
    }
    System.err.println("No response within 20 s: `millrace status` shows whether inference runs.");
    System.exit(1);
  }

  private static GenericRecord request(Schema schema, String requestId) {
    GenericRecord features =
        new GenericRecordBuilder(schema.getField("features").schema())
            .set("origin", "SFO")
            .set("destination", "JFK")
            .set("distance", 2586.0)
            .set("departure", 988_700_000_000L)
            .build();
    // Fields that are not set (eventTime, deadline, caller) take their defaults.
    return new GenericRecordBuilder(schema).set("requestId", requestId).set("features", features).build();
  }

  /** Reads all partitions from their present ends. Made before the request is sent, so that no response is missed. */
  private static KafkaConsumer<String, byte[]> consumer(String brokers) {
    var consumer =
        new KafkaConsumer<String, byte[]>(
            Map.of(
                "bootstrap.servers", brokers,
                "enable.auto.commit", "false",
                // Responses of transactions that were aborted are not responses.
                "isolation.level", "read_committed"),
            new StringDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(RESPONSES, TIMEOUT).stream()
            .map(partition -> new TopicPartition(RESPONSES, partition.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    partitions.forEach(consumer::position); // seekToEnd waits for the first use; this is it
    return consumer;
  }

  private static KafkaProducer<String, byte[]> producer(String brokers) {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", brokers), new StringSerializer(), new ByteArraySerializer());
  }

  private static byte[] framed(Registered registered, GenericRecord record) throws IOException {
    var bytes = new ByteArrayOutputStream();
    bytes.write(0);
    bytes.write(ByteBuffer.allocate(4).putInt(registered.id()).array());
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<GenericRecord>(registered.schema()).write(record, encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  private static GenericRecord unframed(String registry, Registered reader, byte[] value) throws Exception {
    ByteBuffer bytes = ByteBuffer.wrap(value);
    if (bytes.get() != 0) throw new IOException("This is not Confluent's framing.");
    int id = bytes.getInt();
    Schema writer = id == reader.id() ? reader.schema() : byId(registry, id);
    var decoder = DecoderFactory.get().binaryDecoder(value, bytes.position(), bytes.remaining(), null);
    return new GenericDatumReader<GenericRecord>(writer, reader.schema()).read(null, decoder);
  }

  private static Registered latest(String registry, String subject) throws Exception {
    JsonNode answer = get(registry + "/subjects/" + subject + "/versions/latest");
    return new Registered(answer.get("id").asInt(), new Schema.Parser().parse(answer.get("schema").asText()));
  }

  private static Schema byId(String registry, int id) throws Exception {
    return new Schema.Parser().parse(get(registry + "/schemas/ids/" + id).get("schema").asText());
  }

  private static JsonNode get(String url) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(TIMEOUT).build();
    HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) throw new IOException(url + " answered " + answer.statusCode() + ": " + answer.body());
    return JSON.readTree(answer.body());
  }
}
