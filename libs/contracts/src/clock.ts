/** Where the time comes from; injected, so that specs decide what time it is. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
}

/** Where fresh ids come from; injected, so that specs can foretell them. */
export interface Ids {
  /** A random UUID (version 4), lowercase. */
  uuid(): string;
}
