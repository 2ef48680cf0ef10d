import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { compatibilityOf, resetCompatibility, setCompatibility } from '../domain/configure-compatibility';
import { LogWriter } from '../log/log-writer';
import { SchemaLog } from '../log/schema-log';
import { orRefuse } from '../refused';
import { isTrue } from './query';

const levelOf = (body: unknown): unknown => (body as { compatibility?: unknown } | undefined)?.compatibility;

@Controller('config')
export class ConfigController {
  constructor(
    private readonly log: SchemaLog,
    private readonly writer: LogWriter,
  ) {}

  @Get()
  global() {
    return orRefuse(compatibilityOf(this.log.current, null, true));
  }

  @Put()
  async setGlobal(@Body() body: unknown) {
    return this.writer.write((state) => setCompatibility(state, null, levelOf(body)));
  }

  @Delete()
  async resetGlobal() {
    return this.writer.write((state) => resetCompatibility(state, null));
  }

  @Get(':subject')
  ofSubject(@Param('subject') subject: string, @Query('defaultToGlobal') defaultToGlobal: unknown) {
    return orRefuse(compatibilityOf(this.log.current, subject, isTrue(defaultToGlobal)));
  }

  @Put(':subject')
  async set(@Param('subject') subject: string, @Body() body: unknown) {
    return this.writer.write((state) => setCompatibility(state, subject, levelOf(body)));
  }

  @Delete(':subject')
  async reset(@Param('subject') subject: string) {
    return this.writer.write((state) => resetCompatibility(state, subject));
  }
}
