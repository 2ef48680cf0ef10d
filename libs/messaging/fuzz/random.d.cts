import type { AvroNode } from '../src/avro';

export interface Random {
  /** From 0 to 1, without 1. */
  next(): number;
  /** A whole number from 0 to `limit`, without `limit`. */
  below(limit: number): number;
}

export function randomOf(seed: number): Random;
export function randomValue(node: AvroNode, random: Random, depth?: number): unknown;
export function mutate(bytes: Buffer, random: Random): Buffer;
