import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { deleteSubject, deleteVersion, HARD_DELETE_REFUSED } from '../domain/delete-schema';
import { findVersion, lookUpSchema } from '../domain/find-version';
import { subjectNotFound } from '../domain/refusal';
import { registerSchema } from '../domain/register-schema';
import type { SchemaVersion } from '../domain/registry-state';
import { LogWriter } from '../log/log-writer';
import { SchemaLog } from '../log/schema-log';
import { orRefuse, Refused } from '../refused';
import { isTrue, versionOf } from './query';
import { avroCompatibility, readSchemaRequest } from './schema-request';

/** What a client sees of a version; `schemaType` is left out for Avro, as Confluent's registry does. */
const shown = ({ subject, id, version, text, type }: SchemaVersion) => ({
  subject,
  version,
  id,
  ...(type === 'AVRO' ? {} : { schemaType: type }),
  schema: text,
});

@Controller('subjects')
export class SubjectsController {
  private readonly check = avroCompatibility();

  constructor(
    private readonly log: SchemaLog,
    private readonly writer: LogWriter,
  ) {}

  @Get()
  list(@Query('subjectPrefix') prefix: unknown, @Query('deleted') deleted: unknown): string[] {
    return this.log.current.subjectNames(typeof prefix === 'string' ? prefix : '', isTrue(deleted));
  }

  @Post(':subject')
  @HttpCode(200)
  lookUp(@Param('subject') subject: string, @Query('deleted') deleted: unknown, @Body() body: unknown) {
    return shown(orRefuse(lookUpSchema(this.log.current, subject, readSchemaRequest(body), isTrue(deleted))));
  }

  @Delete(':subject')
  async remove(@Param('subject') subject: string, @Query('permanent') permanent: unknown): Promise<number[]> {
    if (isTrue(permanent)) throw new Refused(HARD_DELETE_REFUSED);
    return this.writer.write((state) => deleteSubject(state, subject));
  }

  @Get(':subject/versions')
  versions(@Param('subject') subject: string, @Query('deleted') deleted: unknown): number[] {
    const versions = this.log.current.versions(subject, isTrue(deleted));
    if (versions.length === 0) throw new Refused(subjectNotFound(subject));
    return versions.map(({ version }) => version);
  }

  @Post(':subject/versions')
  @HttpCode(200)
  async register(@Param('subject') subject: string, @Body() body: unknown): Promise<{ id: number }> {
    const text = readSchemaRequest(body);
    return this.writer.write((state) => registerSchema(state, subject, text, this.check));
  }

  @Get(':subject/versions/:version')
  version(@Param('subject') subject: string, @Param('version') version: string, @Query('deleted') deleted: unknown) {
    return shown(orRefuse(findVersion(this.log.current, subject, versionOf(version), isTrue(deleted))));
  }

  @Get(':subject/versions/:version/schema')
  schemaOf(
    @Param('subject') subject: string,
    @Param('version') version: string,
    @Query('deleted') deleted: unknown,
  ): string {
    return orRefuse(findVersion(this.log.current, subject, versionOf(version), isTrue(deleted))).text;
  }

  @Delete(':subject/versions/:version')
  async removeVersion(
    @Param('subject') subject: string,
    @Param('version') version: string,
    @Query('permanent') permanent: unknown,
  ): Promise<number> {
    if (isTrue(permanent)) throw new Refused(HARD_DELETE_REFUSED);
    const wanted = versionOf(version);
    return this.writer.write((state) => deleteVersion(state, subject, wanted));
  }
}
