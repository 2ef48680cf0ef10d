import type { ArtifactStore } from '@millrace/artifacts';
import { AppError, type ImportModel, NAME_PATTERN, type Refusal } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { dryRunModel } from '@millrace/onnx';
import { UnitOfWork, type WorkItem, WorkQueue } from '@millrace/persistence';
import { ARTIFACT_STORE, CLOCK, type Clock, SETTINGS } from '@millrace/service';
import { Inject, Injectable } from '@nestjs/common';
import { nameFields } from '../domain/name-fields';
import { refuseVersion, registerVersion } from '../domain/register-version';
import { contextOf } from '../handlers/context';
import { RegistryRepository } from '../persistence/registry.repository';
import type { RegistrySettings } from '../registry.settings';

/** Imports an ONNX file: its bytes by digest, the static gate, a dry run in a limited child, then the next version. */
@Injectable()
export class ImportModelWork {
  constructor(
    private readonly repository: RegistryRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly queue: WorkQueue,
    @Inject(ARTIFACT_STORE) private readonly artifacts: ArtifactStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: RegistrySettings,
  ) {}

  async work(item: WorkItem): Promise<void> {
    const command = item.payload as Received<ImportModel>;
    const inspected = await this.inspect(command.data);
    if ('reasonCode' in inspected) {
      await this.refuse(item, inspected);
      return;
    }
    await this.unitOfWork.run(async () => {
      const model = await this.repository.models.load(command.data.model);
      const { artifact, description } = command.data;
      const candidate = {
        model: command.data.model,
        artifact,
        signature: inspected.signature,
        origin: 'IMPORT' as const,
        run: null,
        dataset: null,
        datasetDigest: null,
        learner: null,
        metrics: {},
        description,
      };
      const facts = registerVersion(model.state, candidate, contextOf(command, model, this.clock.now()));
      await this.repository.models.save(model, facts, command);
      await this.queue.complete(item.id);
    });
  }

  async giveUp(item: WorkItem, error: Error): Promise<void> {
    await this.refuse(item, {
      reasonCode: 'IMPORT_FAILED',
      reason: `The model could not be examined: ${error.message}`,
    });
  }

  private async inspect({ model, artifact }: ImportModel): Promise<ReturnType<typeof nameFields>> {
    if (!NAME_PATTERN.test(model))
      return { reasonCode: 'BAD_NAME', reason: `"${model}" is not a name: use [a-z][a-z0-9-]{0,62}.` };
    const bytes = await this.artifacts.get(artifact.digest).catch((error: unknown) => {
      if (error instanceof AppError && !error.retriable) return { reasonCode: error.code, reason: error.message };
      throw error;
    });
    if (!Buffer.isBuffer(bytes)) return bytes;
    // The child judges by the static gate first: a hostile file costs memory there and not here.
    const verdict = await dryRunModel(bytes, { timeoutMs: this.settings.MILLRACE_DRY_RUN_LIMIT_MS });
    if (!verdict.accepted) return { reasonCode: verdict.reasonCode, reason: verdict.reason };
    return nameFields(verdict.signature);
  }

  private async refuse(item: WorkItem, refusal: Refusal): Promise<void> {
    const command = item.payload as Received<ImportModel>;
    await this.unitOfWork.run(async () => {
      const model = await this.repository.models.load(command.data.model);
      const context = contextOf(command, model, this.clock.now());
      const digest = command.data.artifact.digest;
      const facts = refuseVersion(command.data.model, digest, 'io.millrace.registry.ImportModel', context, refusal);
      await this.repository.models.save(model, facts, command);
      await this.queue.complete(item.id);
    });
  }
}
