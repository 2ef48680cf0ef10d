import type { ArtifactStore, StoredArtifact } from '@millrace/artifacts';
import { ARTIFACT_STORE, SETTINGS } from '@millrace/service';
import { Controller, Inject, Put, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { GatewaySettings } from '../gateway.settings';
import { Allow } from '../identity/access.guard';
import { Describe } from './described';
import { Problem } from './problem';

const BYTES = 'application/octet-stream';

/** Bytes that a command names later, such as an ONNX file to import. */
@Controller('api/v1/artifacts')
export class ArtifactsController {
  constructor(
    @Inject(ARTIFACT_STORE) private readonly artifacts: ArtifactStore,
    @Inject(SETTINGS) private readonly settings: GatewaySettings,
  ) {}

  @Put()
  @Allow('admin')
  @Describe({ summary: 'Keep a file', bodyType: BYTES, answers: { 200: 'Its SHA-256 and size' } })
  async put(@Req() request: Request): Promise<StoredArtifact> {
    if (!request.is(BYTES)) throw new Problem(415, 'NO_BYTES', `Send the file with the header Content-Type: ${BYTES}.`);
    const max = this.settings.MILLRACE_ARTIFACT_MAX_BYTES;
    if (Number(request.get('content-length') ?? 0) > max) throw tooLarge(max);
    return this.artifacts.put(bounded(request, max));
  }
}

/** Length headers may be absent or wrong: what counts is what comes. */
async function* bounded(bytes: AsyncIterable<Uint8Array>, max: number): AsyncIterable<Uint8Array> {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > max) throw tooLarge(max);
    yield chunk;
  }
}

const tooLarge = (max: number) =>
  new Problem(413, 'BODY_TOO_LARGE', `A file may have ${max} bytes (MILLRACE_ARTIFACT_MAX_BYTES).`);
