import { PoisonError } from '@millrace/contracts';
import { type TrustedKeys, verifyCommand } from '../envelope';
import type { FlowInput, Received } from '../flow/flow';
import type { KafkaClient, KafkaRecord } from '../modes/kafka-ports';

/**
 * On inputs that demand a signature: the record with its actor, if a service that the flow names signed it.
 * @throws PoisonError BAD_SIGNATURE
 */
export function verifyReceived(
  input: FlowInput,
  record: KafkaRecord,
  received: Received<unknown>,
  { trustedKeys, client }: { readonly trustedKeys: TrustedKeys; readonly client: KafkaClient },
): Received<unknown> {
  if (!input.signedBy) return received;
  const { key, headers, value } = record;
  const verdict = verifyCommand(trustedKeys, new Set(input.signedBy), {
    topic: client.prefixed(record.topic),
    key,
    headers,
    value,
  });
  if (!verdict.valid) throw new PoisonError({ code: 'BAD_SIGNATURE', message: verdict.reason });
  return { ...received, actor: verdict.actor };
}
