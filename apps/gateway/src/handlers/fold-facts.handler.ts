import { Topics } from '@millrace/contracts';
import { foldOf, type Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { ViewStore } from '../persistence/view-store';
import { alerts, quality, windows } from '../views/monitoring';
import {
  approvals,
  commands,
  datasets,
  endpoints,
  expectations,
  learners,
  models,
  policies,
  quarantines,
  releases,
  risks,
  runs,
  sources,
  verdicts,
} from '../views/projections';
import { triggers } from '../views/retraining';

type Batch = Received<unknown>[];

/** Facts become rows of the views, a fetched batch in one transaction of the transport. */
@Controller()
export class FoldFactsHandler {
  constructor(private readonly views: ViewStore) {}

  @EventPattern<string>(foldOf(Topics.sources))
  sources(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [sources, commands]);
  }

  @EventPattern<string>(foldOf(Topics.datasets))
  datasets(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [datasets, commands]);
  }

  @EventPattern<string>(foldOf(Topics.verdicts))
  verdicts(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [verdicts, commands]);
  }

  @EventPattern<string>(foldOf(Topics.expectations))
  expectations(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [expectations, commands]);
  }

  @EventPattern<string>(foldOf(Topics.runs))
  runs(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [runs, commands]);
  }

  /** Progress answers no command. */
  @EventPattern<string>(foldOf(Topics.workerReports))
  progress(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [runs]);
  }

  @EventPattern<string>(foldOf(Topics.models))
  models(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [models, runs, commands]);
  }

  @EventPattern<string>(foldOf(Topics.endpoints))
  endpoints(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [endpoints, commands]);
  }

  @EventPattern<string>(foldOf(Topics.releases))
  releases(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [releases, commands]);
  }

  @EventPattern<string>(foldOf(Topics.learners))
  learners(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [learners, commands]);
  }

  @EventPattern<string>(foldOf(Topics.quarantines))
  quarantines(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [quarantines, commands]);
  }

  @EventPattern<string>(foldOf(Topics.risks))
  risks(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [risks, commands]);
  }

  @EventPattern<string>(foldOf(Topics.policies))
  policies(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [policies, commands]);
  }

  @EventPattern<string>(foldOf(Topics.approvals))
  approvals(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [approvals, commands]);
  }

  /** Heads themselves are shown by who reads their topic. */
  @EventPattern<string>(foldOf(Topics.treeHeads))
  treeHeads(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [commands]);
  }

  /** What was told of windows answers no command. */
  @EventPattern<string>(foldOf(Topics.windows))
  windows(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [windows, quality]);
  }

  @EventPattern<string>(foldOf(Topics.alerts))
  alerts(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [alerts, commands]);
  }

  @EventPattern<string>(foldOf(Topics.retraining))
  retraining(@Payload() batch: Batch): Promise<void> {
    return this.views.apply(batch, [triggers, commands]);
  }
}
