import type { ArtifactStore } from '@millrace/artifacts';
import type { ArtifactRef } from '@millrace/contracts';
import { ARTIFACT_STORE } from '@millrace/service';
import { Controller, Get, Header, Inject, Param, StreamableFile } from '@nestjs/common';
import { Allow } from '../identity/access.guard';
import { ViewStore } from '../persistence/view-store';
import { Describe } from './described';
import { notFound, Problem } from './problem';

/** What validation found out about a data set, whole: the verdict holds a summary only. */
@Controller('api/v1/datasets')
export class ProfilesController {
  constructor(
    private readonly views: ViewStore,
    @Inject(ARTIFACT_STORE) private readonly artifacts: ArtifactStore,
  ) {}

  @Get(':dataset/profile')
  @Allow('admin', 'approver', 'caller', 'viewer')
  @Header('content-type', 'application/json')
  @Describe({
    summary: 'The profile of a data set',
    answers: { 200: 'Columns, correlations, suspicions; its bytes are those that the verdict names' },
  })
  async profile(@Param('dataset') dataset: string): Promise<StreamableFile> {
    const verdict = await this.views.find('verdict', dataset);
    if (!verdict) throw await this.whyNone(dataset);
    const profile = verdict.profile as ArtifactRef | null;
    if (!profile) throw new Problem(404, 'NO_PROFILE', `${dataset} could not be profiled: its verdict says why.`);
    return new StreamableFile(await this.artifacts.get(profile.digest));
  }

  private async whyNone(dataset: string): Promise<Problem> {
    if (!(await this.views.find('dataset', dataset)))
      return notFound('dataset', dataset, await this.views.ids('dataset'));
    return new Problem(404, 'NO_VERDICT', `${dataset} has not been judged yet: ask again, or see millrace status.`);
  }
}
