import { declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'risk_classes', kind: 'projection' });

export class RegistryRiskClasses1764060000000 implements MigrationInterface {
  readonly name = 'RegistryRiskClasses1764060000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE risk_classes (id text PRIMARY KEY, risk_class text NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE risk_classes');
  }
}
