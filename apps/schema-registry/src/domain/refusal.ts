/** An answer that is no: the HTTP status and error code of Confluent's registry, and a sentence for people. */
export interface Refusal {
  readonly status: number;
  readonly errorCode: number;
  readonly message: string;
}

const refusal = (status: number, errorCode: number, message: string): Refusal => ({ status, errorCode, message });

export const subjectNotFound = (subject: string): Refusal => refusal(404, 40401, `Subject '${subject}' not found.`);
export const versionNotFound = (version: number | 'latest'): Refusal =>
  refusal(404, 40402, `Version ${version} not found.`);
export const schemaNotFound = (id?: number): Refusal =>
  refusal(404, 40403, id === undefined ? 'Schema not found' : `Schema ${id} not found`);
export const subjectSoftDeleted = (subject: string): Refusal =>
  refusal(404, 40404, `Subject '${subject}' was soft deleted.`);
export const versionSoftDeleted = (subject: string, version: number): Refusal =>
  refusal(404, 40406, `Subject '${subject}' Version ${version} was soft deleted.`);
export const compatibilityNotConfigured = (subject: string): Refusal =>
  refusal(404, 40408, `Subject '${subject}' does not have subject-level compatibility configured`);
export const incompatibleSchema = (subject: string, messages: readonly string[]): Refusal =>
  refusal(
    409,
    409,
    `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${messages.join(', ')}]`,
  );
export const invalidSchema = (reason: string): Refusal => refusal(422, 42201, reason);
export const invalidVersion = (version: string): Refusal =>
  refusal(
    422,
    42202,
    `The specified version '${version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
  );
export const invalidCompatibilityLevel = (): Refusal =>
  refusal(
    422,
    42203,
    'Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive',
  );
export const notPermitted = (reason: string): Refusal => refusal(422, 42205, reason);
export const invalidSubject = (subject: string): Refusal =>
  refusal(422, 42208, `The specified subject '${subject}' is not a valid.`);
