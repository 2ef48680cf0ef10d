import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Allow, type AuthenticatedRequest } from '../identity/access.guard';
import { isServing, servedMajor } from '../infer/endpoint-directory';
import { FindEndpoint, liveVersion } from '../infer/find-endpoint';
import { Infer } from '../infer/infer';
import { InferReadiness } from '../infer/infer-readiness';
import { inferRequest, metadataOf } from '../infer/open-inference';
import { Describe } from './described';
import { bodyOf, idempotencyKeyOf, traceparentOf } from './parse';
import { Problem } from './problem';

const VERSION = '0.1.0';
const NOT_READY = 503;

/**
 * The Open Inference Protocol V2, REST (https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md).
 * A model of the protocol is an endpoint of Millrace, its version the model version that the live release serves.
 */
@Controller('v2')
export class InferenceController {
  constructor(
    private readonly infer: Infer,
    private readonly endpoints: FindEndpoint,
    private readonly readiness: InferReadiness,
  ) {}

  @Get()
  @Allow('anyone')
  @Describe({ summary: 'Server metadata', answers: { 200: 'name, version, extensions' } })
  server() {
    return { name: 'millrace', version: VERSION, extensions: [] };
  }

  @Get('health/live')
  @Allow('anyone')
  @Describe({ summary: 'Whether the server lives', answers: { 200: 'It does' } })
  live() {
    return { live: true };
  }

  @Get('health/ready')
  @Allow('anyone')
  @Describe({ summary: 'Whether calls to infer can be answered', answers: { 200: 'They can', 503: 'They cannot' } })
  ready(@Res({ passthrough: true }) response: Response) {
    const ready = this.readiness.ready();
    if (!ready) response.status(NOT_READY).setHeader('retry-after', '5');
    return { ready };
  }

  @Get(['models/:model', 'models/:model/versions/:version'])
  @Allow('admin', 'approver', 'caller', 'viewer')
  @Describe({ summary: 'Inputs and outputs of an endpoint', answers: { 200: 'Model metadata' } })
  metadata(@Param('model') model: string, @Param('version') version?: string) {
    const entry = this.endpoints.entry(model, version ?? null);
    return metadataOf(model, liveVersion(entry), servedMajor(entry).signature);
  }

  @Get(['models/:model/ready', 'models/:model/versions/:version/ready'])
  @Allow('admin', 'approver', 'caller', 'viewer')
  @Describe({ summary: 'Whether an endpoint serves', answers: { 200: 'It does', 503: 'It does not' } })
  modelReady(
    @Res({ passthrough: true }) response: Response,
    @Param('model') model: string,
    @Param('version') version?: string,
  ) {
    const entry = this.endpoints.entry(model, version ?? null);
    const ready = isServing(entry) && this.readiness.ready();
    if (!ready) response.status(NOT_READY).setHeader('retry-after', '5');
    return { name: model, ready };
  }

  @Post(['models/:model/infer', 'models/:model/versions/:version/infer'])
  @Allow('admin', 'caller')
  @Describe({
    summary: 'Predict 1 to 256 rows, through the topics',
    body: inferRequest,
    idempotent: true,
    answers: {
      200: 'Every row was predicted',
      422: 'Some row was not: the status of each',
      504: 'No response in time',
    },
  })
  async predict(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Param('model') endpoint: string,
    @Param('version') version?: string,
  ) {
    if (request.get('inference-header-content-length') !== undefined)
      throw new Problem(415, 'BINARY_TENSORS', 'Tensors as binary data are not supported: send them as JSON.');
    const call = bodyOf(request, inferRequest);
    const { actor } = request as AuthenticatedRequest;
    const answer = await this.infer.answer({
      endpoint,
      version: version ?? null,
      call,
      actor: actor.name,
      idempotencyKey: idempotencyKeyOf(request),
      traceparent: traceparentOf(request),
    });
    response.status(answer.status);
    return answer.body;
  }
}
