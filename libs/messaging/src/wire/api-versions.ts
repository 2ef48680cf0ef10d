import type { WireApi } from './wire-api';
import type { WireReader } from './wire-reader';

export interface ApiVersionsResponse {
  errorCode: number;
  throttleTimeMs: number;
  /** Range of versions per API key. */
  apis: Map<number, { min: number; max: number }>;
  /** Finalized feature levels, for example `transaction.version` -> 2. */
  finalizedFeatures: Map<string, number>;
}

/**
 * ApiVersions v3 (KIP-511, KIP-584)
 * ```
 * request  = client software name cstring | client software version cstring | tags
 * response = error i16 | [api key i16 | min i16 | max i16 | tags] | throttle ms i32
 *          | tags: 0 supported features, 1 finalized epoch i64, 2 finalized [name cstring | max i16 | min i16 | tags]
 * ```
 */
export const apiVersions: WireApi<{ softwareName: string; softwareVersion: string }, ApiVersionsResponse> = {
  key: 18,
  name: 'ApiVersions',
  version: 3,
  responseHeader: 0,
  encode(writer, request) {
    writer.compactString(request.softwareName).compactString(request.softwareVersion).noTags();
  },
  decode(reader) {
    const errorCode = reader.i16();
    const apis = new Map(
      reader.compactArray(7, (api) => {
        const entry: [number, { min: number; max: number }] = [api.i16(), { min: api.i16(), max: api.i16() }];
        api.tags();
        return entry;
      }),
    );
    const throttleTimeMs = reader.i32();
    let finalizedFeatures = new Map<string, number>();
    reader.tags((tag, value) => {
      if (tag === 2) finalizedFeatures = decodeFinalized(value);
    });
    return { errorCode, throttleTimeMs, apis, finalizedFeatures };
  },
};

function decodeFinalized(reader: WireReader): Map<string, number> {
  return new Map(
    reader.compactArray(6, (feature) => {
      const entry: [string, number] = [feature.compactString(), feature.i16()];
      feature.i16();
      feature.tags();
      return entry;
    }),
  );
}
