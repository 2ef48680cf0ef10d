import { Controller, Get, Param, Query } from '@nestjs/common';
import { schemaNotFound } from '../domain/refusal';
import type { SchemaVersion } from '../domain/registry-state';
import { SchemaLog } from '../log/schema-log';
import { Refused } from '../refused';
import { isTrue } from './query';

@Controller('schemas')
export class SchemasController {
  constructor(private readonly log: SchemaLog) {}

  @Get('types')
  types(): string[] {
    return ['AVRO'];
  }

  @Get('ids/:id')
  byId(@Param('id') id: string, @Query('fetchMaxId') fetchMaxId: unknown) {
    const { text, type } = this.find(id);
    return {
      schema: text,
      ...(type === 'AVRO' ? {} : { schemaType: type }),
      ...(isTrue(fetchMaxId) ? { maxId: this.log.current.maxId } : {}),
    };
  }

  @Get('ids/:id/schema')
  textById(@Param('id') id: string): string {
    return this.find(id).text;
  }

  @Get('ids/:id/subjects')
  subjects(@Param('id') id: string, @Query('deleted') deleted: unknown): string[] {
    return [...new Set(this.uses(id, deleted).map(({ subject }) => subject))];
  }

  @Get('ids/:id/versions')
  versions(@Param('id') id: string, @Query('deleted') deleted: unknown): { subject: string; version: number }[] {
    return this.uses(id, deleted).map(({ subject, version }) => ({ subject, version }));
  }

  private uses(id: string, deleted: unknown): SchemaVersion[] {
    this.find(id);
    return this.log.current.usesOf(Number(id), isTrue(deleted));
  }

  private find(text: string) {
    const id = /^\d{1,10}$/.test(text) ? Number(text) : undefined;
    const schema = id === undefined ? undefined : this.log.current.schema(id);
    if (!schema) throw new Refused(schemaNotFound(id));
    return schema;
  }
}
