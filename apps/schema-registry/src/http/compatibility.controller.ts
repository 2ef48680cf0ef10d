import { Body, Controller, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { Refusal } from '../domain/refusal';
import { testCompatibility, testCompatibilityWith } from '../domain/test-compatibility';
import { SchemaLog } from '../log/schema-log';
import { orRefuse, Refused } from '../refused';
import { isTrue, versionOf } from './query';
import { avroCompatibility, readSchemaRequest } from './schema-request';

@Controller('compatibility/subjects/:subject/versions')
export class CompatibilityController {
  private readonly check = avroCompatibility();

  constructor(private readonly log: SchemaLog) {}

  @Post()
  @HttpCode(200)
  withAll(@Param('subject') subject: string, @Query('verbose') verbose: unknown, @Body() body: unknown) {
    return verdict(verbose, () => testCompatibility(this.log.current, subject, readSchemaRequest(body), this.check));
  }

  @Post(':version')
  @HttpCode(200)
  withOne(
    @Param('subject') subject: string,
    @Param('version') version: string,
    @Query('verbose') verbose: unknown,
    @Body() body: unknown,
  ) {
    const wanted = versionOf(version);
    return verdict(verbose, () =>
      testCompatibilityWith(this.log.current, subject, wanted, readSchemaRequest(body), this.check),
    );
  }
}

/** With `verbose` an invalid schema is a reason among others; without it is an error of its own. */
function verdict(verbose: unknown, test: () => readonly string[] | Refusal) {
  let messages: readonly string[];
  try {
    messages = orRefuse(test());
  } catch (error) {
    if (!isTrue(verbose) || !(error instanceof Refused) || error.refusal.errorCode !== 42201) throw error;
    messages = [error.refusal.message];
  }
  return { is_compatible: messages.length === 0, ...(isTrue(verbose) ? { messages } : {}) };
}
