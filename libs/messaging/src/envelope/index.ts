export {
  ACTOR_HEADER,
  type CommandSigner,
  KEY_ID_HEADER,
  type ReceivedCommand,
  SIGNATURE_HEADER,
  type SignatureVerdict,
  type SignedCommand,
  signCommand,
  verifyCommand,
} from './command-signature';
export {
  decodeEnvelope,
  type Envelope,
  encodeEnvelope,
  HEADER_MAX_BYTES,
  type HeaderList,
  headerText,
} from './envelope';
export { type TrustedKey, TrustedKeys } from './trusted-keys';
export { controlEventId, MILLRACE_NAMESPACE, uuidV5 } from './uuid-v5';
